"""Pretrained models without their weights: the architecture, with Keras' own checks of every argument.

``keras.applications`` builds its models as ever; in place of the file of weights it gets a path that
``load_weights`` knows and does not read, so the weights stay as they were initialised. ``decode_predictions`` gives
the structure of the real one with made-up class names. ``get_file`` finds files that are there, and downloads none.
"""

from __future__ import annotations

import functools
import os
from typing import Any, Callable, List, Optional, Tuple

from ..contract import SkipReason
from ..unknown import NotEvaluated
from .model import StandIn

_GET_FILE_IN = (
    "keras.src.utils.file_utils",
    "keras.utils",
    "keras._tf_keras.keras.utils",
    "keras.src.utils.data_utils",
    "keras.api._v2.keras.utils",
    "tf_keras.src.utils.data_utils",
    "tf_keras.utils",
    "tf_keras.api._v2.keras.utils",
)
_MODEL_IN = ("keras.src.models.model", "keras.src.engine.training", "tf_keras.src.engine.training")
_CLASSES_IN = ("keras.src.applications.imagenet_utils", "tf_keras.src.applications.imagenet_utils")
_WEIGHTS_URLS = ("keras-applications", "keras_applications", "deep-learning-models/releases", "/tensorflow/keras-")


class PretrainedWeights(str):
    """The path of a file of pretrained weights that was not downloaded."""


class _ImageNetClasses:
    """Names of the thousand classes, by their number as text."""

    def __getitem__(self, number: str) -> List[str]:
        return [f"n{int(number) + 1440764:08d}", f"class_{number}"]


def _getting(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def get_file(
        fname: Any = None,
        origin: Optional[str] = None,
        untar: bool = False,
        md5_hash: Any = None,
        file_hash: Any = None,
        cache_subdir: str = "datasets",
        hash_algorithm: str = "auto",
        extract: bool = False,
        archive_format: Any = "auto",
        cache_dir: Any = None,
        force_download: bool = False,
    ) -> Any:
        if origin is None:
            raise ValueError('Please specify the "origin" argument (URL of the file to download).')
        name = os.fspath(fname) if fname else os.path.basename(origin.split("?")[0])
        if cache_subdir == "models" and any(part in origin for part in _WEIGHTS_URLS):
            return PretrainedWeights(name)
        folder = os.path.join(cache_dir or os.path.expanduser(os.path.join("~", ".keras")), cache_subdir)
        for path in _places(os.path.join(folder, name), untar or extract):
            if os.path.exists(path) and not force_download:
                return path
        raise NotEvaluated(SkipReason.NETWORK, f"{name} would be downloaded from {origin}.")

    return get_file


def _places(path: str, unpacked: bool) -> List[str]:
    """Return where a file was put by an earlier download; Keras 3 unpacks archives to a folder beside them."""
    if not unpacked:
        return [path]
    stem = path[: -len(".tar.gz")] if path.endswith(".tar.gz") else os.path.splitext(path)[0]
    return [f"{stem}_extracted", f"{path}_extracted", stem]


def _get_file(module: Any) -> None:
    if hasattr(module, "get_file"):
        module.get_file = _getting(module.get_file)


def _load_weights(module: Any) -> None:
    original = module.Model.load_weights

    @functools.wraps(original)
    def load_weights(self: Any, filepath: Any, *arguments: Any, **keywords: Any) -> Any:
        if isinstance(filepath, PretrainedWeights):
            return None
        return original(self, filepath, *arguments, **keywords)

    module.Model.load_weights = load_weights


def _class_names(module: Any) -> None:
    module.CLASS_INDEX = _ImageNetClasses()


STAND_INS: Tuple[StandIn, ...] = (
    *(StandIn(name, _get_file) for name in _GET_FILE_IN),
    *(StandIn(name, _load_weights) for name in _MODEL_IN),
    *(StandIn(name, _class_names) for name in _CLASSES_IN),
)
