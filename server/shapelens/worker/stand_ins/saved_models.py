"""Saving and loading of Keras 3's models and weights.

Replaced: the values of weights. What Keras writes are its own small files without values, in the evaluation's private
folder; what it reads from any file are shapes. Kept true: everything that Keras checks, on the way out (names of
files, configurations that cannot be serialised, models without weights) and on the way in (unknown classes, lambdas,
numbers and shapes of weights). A model that a ``ModelCheckpoint`` would have saved can be loaded. A file that is not
there is missing, however Keras says it.
"""

from __future__ import annotations

import functools
import string
from typing import Any, Callable, Dict, Tuple

import numpy as np

from ..contract import SkipReason
from ..unknown import NotEvaluated
from .file_overlay import overlay
from .model import StandIn
from .tensorflow_files import keep_saved_model

Function = Callable[..., Any]


class With:
    """A module of a library with some of its functions replaced, for one other module that uses it."""

    def __init__(self, module: Any, **replaced: Any) -> None:
        self.__dict__["_module"] = module
        self.__dict__.update(replaced)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._module, name, value)


def without_values(shape: Any, dtype: Any) -> Any:
    """Return an array of zeros that takes no memory."""
    return np.broadcast_to(np.zeros((), dtype), tuple(shape))


def stored_shape(stored: Any, dtype: Any = None) -> Any:
    """Return an array without values for what a file of HDF5 holds, and anything else as NumPy does."""
    if type(stored).__name__ == "Dataset" and len(getattr(stored, "shape", ())) > 0:
        return without_values(stored.shape, dtype or stored.dtype)
    return np.array(stored, dtype=dtype)


def _is_path(value: Any) -> bool:
    return isinstance(value, (str, bytes)) or hasattr(value, "__fspath__")


def has_no_values(value: Any) -> bool:
    """Tell whether an array is such a one."""
    return isinstance(value, np.ndarray) and value.ndim > 0 and not any(value.strides) and value.size > 1


# --- HDF5 ---------------------------------------------------------------------------------------------------------


def _h5py(h5py: Any) -> None:
    """Let files of HDF5 lie in the overlay, and let arrays without values take no room in them."""
    file: Any = h5py.File
    group: Any = h5py.Group
    dataset: Any = h5py.Dataset
    opened, made, set_item, set_values = file.__init__, group.create_dataset, group.__setitem__, dataset.__setitem__

    @functools.wraps(opened)
    def __init__(self: Any, name: Any, mode: str = "r", *arguments: Any, **keywords: Any) -> None:
        if _is_path(name):
            files = overlay()
            exists = files.exists(files.absolute(name))
            if mode == "r" or (mode == "r+" and not exists):
                if not exists:
                    raise FileNotFoundError(2, "No such file or directory", str(name))
                name = files.reading(name)
            elif keywords.get("driver") != "core":
                name = files.writing(name, keep=mode in ("a", "r+"), must_be_new=mode in ("w-", "x"))
        opened(self, name, mode, *arguments, **keywords)

    @functools.wraps(made)
    def create_dataset(
        self: Any, name: Any, shape: Any = None, dtype: Any = None, data: Any = None, **keywords: Any
    ) -> Any:
        if has_no_values(data):
            shape, dtype, data = data.shape if shape is None else shape, dtype or data.dtype, None
        return made(self, name, shape, dtype, data, **keywords)

    @functools.wraps(set_item)
    def __setitem__(self: Any, name: Any, obj: Any) -> None:
        if has_no_values(obj):
            made(self, name, obj.shape, obj.dtype)
        else:
            set_item(self, name, obj)

    @functools.wraps(set_values)
    def set_no_values(self: Any, args: Any, val: Any) -> None:
        if not has_no_values(val):
            set_values(self, args, val)

    file.__init__, group.create_dataset = __init__, create_dataset
    group.__setitem__, dataset.__setitem__ = __setitem__, set_no_values


# --- models without surprises --------------------------------------------------------------------------------------


class _Saved:
    """A model of Keras' own layers, as it was when it was saved: nothing of that can fail, and it takes a second.

    The file is written when someone reads it.
    """

    def __init__(self, model: Any, layers: int) -> None:
        self.model = model
        self._layers = layers

    @property
    def unchanged(self) -> bool:
        """Whether the model has the layers it had."""
        return _number_of_layers(self.model) == self._layers


def _number_of_layers(model: Any) -> int:
    return sum(1 for _ in model._flatten_layers())


def _is_plain(model: Any) -> bool:
    """Tell whether a model is made of nothing but Keras' own layers, and no code of the program."""
    kinds = {type(layer) for layer in model._flatten_layers()}
    plain = all(kind.__module__.startswith("keras.src.") and kind.__name__ != "Lambda" for kind in kinds)
    return plain and bool(model.built)


def _lazily(module: Any) -> None:
    """Let Keras write and read models without surprises only where it matters."""
    if not hasattr(module, "_serialize_model_as_json"):
        return  # Keras 2, and Keras 3 before 3.4
    save_model, load_model = module.save_model, module.load_model
    save_weights, load_weights = module.save_weights_only, module.load_weights_only

    def keep(model: Any, path: Any, write: Callable[[], None]) -> bool:
        files = overlay()
        full = files.absolute(path)
        if not _is_plain(model) or "://" in str(path) or files.is_private(full):
            return False
        files.writing(path)  # raises what a plain run raises
        saved = _Saved(model, _number_of_layers(model))

        def written() -> None:
            if not saved.unchanged:
                message = f"The model in {str(path)!r} was changed after it was saved."
                raise NotEvaluated(SkipReason.REPLACED_VALUES, message)
            write()

        files.keep(path, saved, written)
        return True

    @functools.wraps(save_model)
    def save(model: Any, filepath: Any, *arguments: Any, **keywords: Any) -> Any:
        write = functools.partial(save_model, model, filepath, *arguments, **keywords)
        if not _is_path(filepath) or arguments or keywords or not str(filepath).endswith(".keras"):
            return write()
        return None if keep(model, filepath, write) else write()

    @functools.wraps(load_model)
    def load(filepath: Any, custom_objects: Any = None, compile: bool = True, safe_mode: bool = True) -> Any:
        saved = overlay().kept(filepath) if _is_path(filepath) else None
        if not isinstance(saved, _Saved) or not saved.unchanged:
            return load_model(filepath, custom_objects, compile, safe_mode)
        config, _ = module._serialize_model_as_json(saved.model)
        return module._model_from_config(config, custom_objects, compile, safe_mode)

    @functools.wraps(save_weights)
    def save_only(model: Any, filepath: Any, *arguments: Any, **keywords: Any) -> Any:
        write = functools.partial(save_weights, model, filepath, *arguments, **keywords)
        simple = not any(arguments) and not any(keywords.values()) and str(filepath).endswith(".weights.h5")
        return None if simple and keep(model, filepath, write) else write()

    @functools.wraps(load_weights)
    def load_only(model: Any, filepath: Any, *arguments: Any, **keywords: Any) -> Any:
        saved = overlay().kept(filepath)
        if isinstance(saved, _Saved) and saved.model is model and saved.unchanged:
            return None
        return load_weights(model, filepath, *arguments, **keywords)

    module.save_model, module.load_model = save, load
    module.save_weights_only, module.load_weights_only = save_only, load_only


# --- Keras --------------------------------------------------------------------------------------------------------


def _storing(module: Any) -> None:
    """Let a module of Keras that stores variables store, and read, their shapes."""
    if isinstance(module.backend, With) or not hasattr(module.backend, "convert_to_numpy"):
        return  # Keras 2
    numpy_of = module.backend.convert_to_numpy
    variable = module.backend.Variable

    def convert_to_numpy(x: Any) -> Any:
        if not isinstance(x, variable):
            return numpy_of(x)
        kind = str(x.dtype)
        return numpy_of(x) if kind == "bfloat16" or not x.shape else without_values(x.shape, kind)

    module.backend = With(module.backend, convert_to_numpy=convert_to_numpy)
    module.np = With(np, array=stored_shape, asarray=stored_shape)


def _variables(module: Any) -> None:
    """Let a variable that is assigned no values keep those it has, where the shape is right."""
    variable = getattr(module, "Variable", None) or module.KerasVariable
    original = variable.assign

    @functools.wraps(original)
    def assign(self: Any, value: Any) -> Any:
        if has_no_values(value) and value.shape == tuple(self.shape):
            return value
        return original(self, value)

    variable.assign = assign


def _optimizers(module: Any) -> None:
    """Let optimizers hand over their variables, rather than the values of them."""

    def save_own_variables(self: Any, store: Any) -> None:
        for index, variable in enumerate(self.variables):
            store[str(index)] = variable

    module.BaseOptimizer.save_own_variables = save_own_variables


def _loading(module: Any) -> None:
    """Let a model that is not there be a missing file, which Keras calls a wrong value."""
    zipfile = module.zipfile
    if isinstance(zipfile, With):
        return

    def is_zipfile(filename: Any) -> Any:
        files = overlay()
        if _is_path(filename) and isinstance(files.kept(filename), _Saved):
            return True
        if not hasattr(filename, "read") and not files.exists(files.absolute(filename)):
            raise NotEvaluated(SkipReason.MISSING_FILE, f"The model {str(filename)!r} was not found.")
        return zipfile.is_zipfile(filename)

    module.zipfile = With(zipfile, is_zipfile=is_zipfile)


def _checkpoints(module: Any) -> None:
    """Let ``ModelCheckpoint`` promise the file that it would write while a model is trained."""
    callback: Any = module.ModelCheckpoint
    original = callback.set_model
    if hasattr(original, "__wrapped__"):
        return  # Keras 3 has the class in two modules

    @functools.wraps(original)
    def set_model(self: Any, model: Any) -> None:
        original(self, model)
        try:
            path = string.Formatter().vformat(self.filepath, (), _Formatted(epoch=1, batch=1))
        except (AttributeError, IndexError, KeyError, ValueError):
            return  # a plain run raises when it comes to write
        overlay().promise(path, functools.partial(_write, self, model, path))

    callback.set_model = set_model


class _Formatted(Dict[str, Any]):
    """What the name of a checkpoint may hold: the number of the epoch, and any metric."""

    def __missing__(self, key: str) -> float:
        return 0.0


def _write(callback: Any, model: Any, path: str) -> None:
    if not model.built:
        message = f"The checkpoint {path!r} was not written: the model was not trained."
        raise NotEvaluated(SkipReason.MISSING_FILE, message)
    try:
        if callback.save_weights_only:
            model.save_weights(path, overwrite=True)
        else:
            model.save(path, overwrite=True)
    except Exception as error:
        message = f"The checkpoint {path!r} could not be written: {type(error).__name__}: {error}."
        raise NotEvaluated(SkipReason.REPLACED_VALUES, message) from error


def _export(module: Any) -> None:
    """Let a model that is exported be one that is not: tracing and writing it takes seconds."""
    original = getattr(module.Model, "export", None)

    def export(self: Any, filepath: Any, *arguments: Any, **keywords: Any) -> None:
        if not self.built and original is not None:
            original(self, filepath, *arguments, **keywords)
        else:
            keep_saved_model(self, filepath)

    if original is not None:
        module.Model.export = export


def _summary(module: Any) -> None:
    """Leave out the table that ``summary`` would print, unless the program takes its lines."""
    original = module.Model.summary

    @functools.wraps(original)
    def summary(self: Any, *arguments: Any, **keywords: Any) -> None:
        if len(arguments) > 2 or keywords.get("print_fn") is not None or not self.built:
            original(self, *arguments, **keywords)

    module.Model.summary = summary


_CALLBACKS = ("keras.src.callbacks.model_checkpoint", "keras.src.callbacks", "tf_keras.src.callbacks")
_MODELS = ("keras.src.models.model", "keras.src.engine.training", "tf_keras.src.engine.training")

STAND_INS: Tuple[StandIn, ...] = (
    StandIn("h5py", _h5py),
    StandIn("keras.src.backend.common.variables", _variables),
    StandIn("keras.src.optimizers.base_optimizer", _optimizers),
    StandIn("keras.src.saving.saving_lib", _storing),
    StandIn("keras.src.saving.saving_lib", _lazily),
    StandIn("keras.src.legacy.saving.legacy_h5_format", _storing),
    *(StandIn(name, _loading) for name in ("keras.src.saving.saving_api", "tf_keras.src.saving.saving_api")),
    *(StandIn(name, _checkpoints) for name in _CALLBACKS),
    *(StandIn(name, apply) for name in _MODELS for apply in (_export, _summary)),
)
