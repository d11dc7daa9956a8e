"""Which initializers of Keras 3 cannot fail, so that their values may wait."""

from __future__ import annotations

from types import FunctionType
from typing import Any, Tuple


class InitializersThatCannotFail:
    """Knows the initializers of Keras that give a value for every shape, and those that do for some.

    All others are the program's own, or depend on an array: ``Constant(matrix)`` of the wrong shape fails where the
    variable is made.
    """

    def __init__(self) -> None:
        from keras import initializers

        known = "Zeros Ones RandomNormal RandomUniform TruncatedNormal VarianceScaling GlorotNormal GlorotUniform "
        known += "HeNormal HeUniform LecunNormal LecunUniform"
        self._for_all_shapes = tuple(getattr(initializers, name) for name in known.split())
        self._constant = initializers.Constant
        self._for_matrices = (initializers.Orthogonal,)

    def fits(self, initializer: Any, shape: Tuple[int, ...]) -> bool:
        """Tell whether the initializer is sure to give a value of the shape."""
        kind = type(initializer)
        if kind is FunctionType:
            # Keras' own, such as the one of a random seed or of an LSTM's bias, know the shape they are for.
            return str(initializer.__module__).startswith("keras.src.")
        if kind is self._constant:
            return isinstance(initializer.value, (int, float, bool))
        return kind in self._for_all_shapes or (kind in self._for_matrices and len(shape) >= 2)
