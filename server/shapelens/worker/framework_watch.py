"""Notices a program that chooses another Keras than the host has imported for it.

The server looks for that in the program's text before it chooses a host. What it cannot see there, such as a variable
that a local module sets, is seen here, and the evaluation ends with a word of what was wanted.
"""

from __future__ import annotations

import os
import sys
from types import FunctionType, ModuleType
from typing import Any, Mapping, Tuple

from .generations import Keras3, keras_backend, loaded_generations

_VARIABLES = ("KERAS_BACKEND", "KERAS_HOME", "TF_USE_LEGACY_KERAS")
"""What Keras and TensorFlow read when they are imported."""

_DECIDING = ("keras", "tensorflow", "tf_keras")


class OtherFramework(BaseException):
    """The program needs another host; ``wanted`` is told to the server (see ``Finished.wanted``)."""

    def __init__(self, wanted: Tuple[str, ...]) -> None:
        super().__init__(*wanted)
        self.wanted = wanted


class FrameworkWatch:
    """Looks at the program after each of its statements."""

    def __init__(self) -> None:
        self._values = _values()
        self._tf_keras = "tf_keras" in sys.modules
        self._decided = False

    def install(self) -> None:
        """Answer ``keras.config.set_backend``, which imports Keras anew and so would lose what is recorded."""
        if any(isinstance(generation, Keras3) for generation in loaded_generations()):
            for name in ("keras.src.utils.backend_utils", "keras.config", "keras._tf_keras.keras.config"):
                module: Any = sys.modules.get(name)
                if hasattr(module, "set_backend"):
                    module.set_backend = set_backend

    def look(self, namespace: Mapping[str, Any]) -> None:
        """Raise OtherFramework where the program, whose names are given, has chosen; cheap once Keras is imported."""
        if "tf_keras" in sys.modules and not self._tf_keras:
            raise OtherFramework(("tf_keras",))
        if self._decided:
            return
        values = _values()
        if values != self._values:
            raise OtherFramework(
                tuple(
                    f"{name}={value or ''}"
                    for name, value, before in zip(_VARIABLES, values, self._values)
                    if value != before
                )
            )
        self._decided = any(map(_is_of_framework, list(namespace.values())))


def set_backend(backend: str) -> None:
    """Stand for ``keras.config.set_backend``: there is nothing to do where the host has this backend."""
    os.environ["KERAS_BACKEND"] = backend
    if backend != keras_backend():
        raise OtherFramework((f"KERAS_BACKEND={backend}",))


def _values() -> Tuple[Any, ...]:
    backend, *others = map(os.environ.get, _VARIABLES)
    # To choose what is there changes nothing.
    return (None if backend == keras_backend() else backend, *others)


def _is_of_framework(value: object) -> bool:
    kind = type(value)
    if issubclass(kind, ModuleType):
        name = vars(value).get("__name__", "")
    elif kind is FunctionType or issubclass(kind, type):
        name = getattr(value, "__module__", "")
    else:
        return False
    return isinstance(name, str) and name.split(".")[0] in _DECIDING
