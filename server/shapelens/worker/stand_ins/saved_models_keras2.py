"""Saving and loading of Keras 2's models and weights, in ``tf_keras`` and in Keras before 3.

Replaced: the values of weights, and everything in TensorFlow's own formats, which is kept as the model it was. Kept
true: the checks of names, configurations, numbers and shapes that Keras makes for its own formats.
"""

from __future__ import annotations

import functools
import os
from typing import Any, List, Tuple

from ..contract import SkipReason
from ..unknown import NotEvaluated
from .file_overlay import overlay
from .model import StandIn
from .saved_models import With, has_no_values, stored_shape, without_values
from .tensorflow_files import checkpoints, keep_saved_model


def _hdf5(module: Any) -> None:
    """Let the legacy format hold shapes only."""
    set_values, get_values = module.backend.batch_set_value, module.backend.batch_get_value
    import numpy as np

    def batch_set_value(tuples: Any) -> None:
        set_values([(variable, value) for variable, value in tuples if not has_no_values(value)])

    def batch_get_value(tensors: Any) -> List[Any]:
        return [
            without_values(item.shape, item.dtype.as_numpy_dtype) if len(item.shape) else get_values([item])[0]
            for item in tensors
        ]

    module.backend = With(module.backend, batch_set_value=batch_set_value, batch_get_value=batch_get_value)
    module.np = With(np, array=stored_shape, asarray=stored_shape)


def _variables(module: Any) -> None:
    """Let layers store the shapes of their weights."""

    def save_own_variables(self: Any, store: Any) -> None:
        for index, variable in enumerate(self._trainable_weights + self._non_trainable_weights):
            store[f"{index}"] = (
                without_values(variable.shape, variable.dtype.as_numpy_dtype)
                if len(variable.shape)
                else variable.numpy()
            )

    module.Layer.save_own_variables = save_own_variables


def _saving(module: Any) -> None:
    original = module.save

    @functools.wraps(original)
    def save(model: Any, filepath: Any, *_: Any, **__: Any) -> None:
        if not model.built:
            original(model, filepath, *_, **__)  # says that the model has no inputs
        keep_saved_model(model, filepath)

    module.save = save


def _loading(module: Any) -> None:
    original = module.load

    @functools.wraps(original)
    def load(path: Any, compile: bool = True, options: Any = None) -> Any:
        saved = overlay().kept(os.path.join(overlay().absolute(path), "saved_model.pb"))
        if saved is None:
            return original(path, compile, options)
        try:
            model = type(saved).from_config(saved.get_config())
        except Exception:  # of a class that has none: the same object has the same shapes
            return saved
        arguments = getattr(saved, "_compile_config", None) if compile else None
        if arguments is not None:
            model.compile_from_config(arguments.serialize())
        return model

    module.load = load


def _weights(module: Any) -> None:
    load_weights, load_model = module.load_weights, module.load_model

    @functools.wraps(load_weights)
    def load(model: Any, filepath: Any, *arguments: Any, **keywords: Any) -> Any:
        if overlay().absolute(filepath) in checkpoints().saved:
            return checkpoints().status()
        return load_weights(model, filepath, *arguments, **keywords)

    @functools.wraps(load_model)
    def load_whole(filepath: Any, *arguments: Any, **keywords: Any) -> Any:
        files = overlay()
        if not hasattr(filepath, "attrs") and not files.exists(files.absolute(filepath)) and "://" not in str(filepath):
            raise NotEvaluated(SkipReason.MISSING_FILE, f"The model {str(filepath)!r} was not found.")
        if not hasattr(filepath, "attrs") and files.kept(os.path.join(str(filepath), "saved_model.pb")) is not None:
            return module.saved_model_load.load(str(filepath), keywords.get("compile", True))
        return load_model(filepath, *arguments, **keywords)

    module.load_weights, module.load_model = load, load_whole


_PACKAGES = ("keras", "tf_keras")

STAND_INS: Tuple[StandIn, ...] = tuple(
    StandIn(f"{package}.src.{module}", apply)
    for package in _PACKAGES
    for module, apply in (
        ("saving.legacy.hdf5_format", _hdf5),
        ("engine.base_layer", _variables),
        ("saving.legacy.saved_model.save", _saving),
        ("saving.legacy.saved_model.load", _loading),
        ("saving.legacy.save", _weights),
    )
)
