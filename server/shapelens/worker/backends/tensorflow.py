"""Keras 3 on TensorFlow: variables without values, and the state that must not be touched before a fork.

Facts, from keras/src/backend/tensorflow/core.py (Keras 3.15) and measurement on TensorFlow 2.21:
a variable's value is made by ``_initialize_with_initializer``; while Keras infers shapes it works inside a
StatelessScope, where reading a variable without value yields a symbolic one from its initializer, which costs
nothing. ``Dense(100000)`` on 100000 features so takes 18 ms and no memory instead of 40 GB.
"""

from __future__ import annotations

import importlib
import os
from typing import Any, Callable


def defer_variables() -> None:
    """Make Keras create a variable's value when it is first read, instead of when the variable is made."""
    import tensorflow as tf
    from keras.src.backend.common.stateless_scope import in_stateless_scope
    from keras.src.backend.tensorflow import core

    variable: Any = core.Variable
    initialize: Callable[..., None] = variable._initialize_with_initializer
    initialize_deferred: Callable[..., None] = variable._deferred_initialize
    assign: Callable[..., None] = variable._direct_assign
    read = variable.value.fget

    def make(self: Any) -> None:
        initializer, self._initializer = self._initializer, None
        with tf.init_scope():
            initialize(self, initializer)

    def _initialize_with_initializer(self: Any, initializer: Any) -> None:
        # A distribution strategy places variables when they are made.
        if tf.distribute.has_strategy():
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


def answer_for_hidden_devices() -> None:
    """Tell recurrent layers that there is no GPU where it is hidden, without asking TensorFlow.

    Asking makes the eager context (keras/src/backend/tensorflow/rnn.py, _is_gpu_available).
    """
    # The package has a function of the module's name, which an ordinary import would give.
    recurrent: Any = importlib.import_module("keras.src.backend.tensorflow.rnn")
    if device_name() == "cpu" and hasattr(recurrent, "_is_gpu_available"):
        recurrent._is_gpu_available = lambda: False


def eager_context_untouched() -> bool:
    """Tell whether TensorFlow's eager context is still to be made; its threads would not survive a fork."""
    from tensorflow.python.eager import context

    current = context._context
    return current is None or current._context_handle is None


def device_name() -> str:
    """Return ``gpu`` where TensorFlow was left to see one, else ``cpu``; does not initialise any device."""
    return "cpu" if os.environ.get("CUDA_VISIBLE_DEVICES") == "-1" else "gpu"
