"""What differs between Keras 3 and Keras 2, one module each; the rest of the worker asks here."""

from __future__ import annotations

import sys
from typing import Any, List, Tuple

from .generation import Generation, Graph, Origin
from .keras2 import Keras2
from .keras3 import Keras3


def loaded_generations() -> Tuple[Generation, ...]:
    """Return the generations that this process has imported, the one of ``tf.keras`` and ``keras`` first.

    Both where tf_keras was imported beside Keras 3; a program may use the one, the other, or both by mistake.
    """
    found: List[Generation] = []
    keras: Any = sys.modules.get("keras")
    if keras is not None:
        found.append(Keras2("keras") if is_second(str(getattr(keras, "__version__", ""))) else Keras3())
    if "tf_keras" in sys.modules:
        found.append(Keras2("tf_keras"))
    return tuple(found)


def is_second(version: str) -> bool:
    """Tell whether a version of Keras is of the second generation; none of the first one is in use any more."""
    return version.split(".")[0] in ("0", "1", "2")


def keras_backend() -> str:
    """Return the name of the backend that the package ``keras`` runs on; Keras 2 has TensorFlow only."""
    keras: Any = sys.modules.get("keras")
    if keras is None or is_second(str(getattr(keras, "__version__", ""))):
        return "tensorflow"
    return str(keras.config.backend())


__all__ = ["Generation", "Graph", "Keras2", "Keras3", "Origin", "is_second", "keras_backend", "loaded_generations"]
