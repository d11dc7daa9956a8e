"""Keras 3 on TensorFlow: variables without values, and the state that must not be touched before a fork.

Facts, from keras/src/backend/tensorflow/core.py (Keras 3.15) and measurement on TensorFlow 2.21:
a variable's value is made by ``_initialize_with_initializer``; while Keras infers shapes it works inside a
StatelessScope, where reading a variable without value yields a symbolic one from its initializer, which costs
nothing. ``Dense(100000)`` on 100000 features so takes 18 ms and no memory instead of 40 GB.
"""

from __future__ import annotations

import importlib
import os
from types import FunctionType
from typing import Any, Callable, Tuple


def defer_variables() -> bool:
    """Make Keras create a variable's value when it is first read, instead of when the variable is made.

    Returns False where this Keras has no place for that (before 3.5): all works, at the cost of making all values.
    """
    import tensorflow as tf
    from keras.src.backend.common.stateless_scope import in_stateless_scope
    from keras.src.backend.tensorflow import core

    variable: Any = core.Variable
    if not hasattr(variable, "_initialize_with_initializer"):
        return False
    initialize: Callable[..., None] = variable._initialize_with_initializer
    initialize_deferred: Callable[..., None] = variable._deferred_initialize
    assign: Callable[..., None] = variable._direct_assign
    read = variable.value.fget

    sure = _InitializersThatCannotFail()

    def make(self: Any) -> None:
        with tf.init_scope():
            initialize(self, self._initializer)
        self._initializer = None

    def _initialize_with_initializer(self: Any, initializer: Any) -> None:
        # A distribution strategy places variables when they are made. One that may fail has to fail here.
        if tf.distribute.has_strategy() or not sure.fits(initializer, self._shape):
            initialize(self, initializer)
        else:
            self._value = None
            self._initializer = initializer

    def _deferred_initialize(self: Any) -> None:
        # Keras calls this for variables made in a StatelessScope; they can go on waiting.
        if self._value is not None or self._initializer is None:
            initialize_deferred(self)

    def value(self: Any) -> Any:
        if self._value is None and self._initializer is not None and not in_stateless_scope():
            make(self)
        return read(self)

    def _direct_assign(self: Any, new: Any) -> None:
        if self._value is None and self._initializer is not None:
            make(self)
        assign(self, new)

    variable._initialize_with_initializer = _initialize_with_initializer
    variable._deferred_initialize = _deferred_initialize
    variable.value = property(value)
    variable._direct_assign = _direct_assign
    return True


class _InitializersThatCannotFail:
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


def answer_for_devices() -> None:
    """Let recurrent layers learn whether there is a GPU without making the eager context.

    They ask for logical devices, which makes it (keras/src/backend/tensorflow/rnn.py, _is_gpu_available).
    """
    import tensorflow as tf

    # The package has a function of the module's name, which an ordinary import would give.
    recurrent: Any = importlib.import_module("keras.src.backend.tensorflow.rnn")
    if hasattr(recurrent, "_is_gpu_available"):
        hidden = device_name() == "cpu"
        recurrent._is_gpu_available = lambda: not hidden and bool(tf.config.list_physical_devices("GPU"))


def eager_context_untouched() -> bool:
    """Tell whether TensorFlow's eager context is still to be made; its threads would not survive a fork."""
    from tensorflow.python.eager import context

    current = context._context
    return current is None or current._context_handle is None


def device_name() -> str:
    """Return ``gpu`` where TensorFlow was left to see one, else ``cpu``; does not initialise any device."""
    return "cpu" if os.environ.get("CUDA_VISIBLE_DEVICES") == "-1" else "gpu"
