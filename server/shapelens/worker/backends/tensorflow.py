"""TensorFlow: the state that must not be touched before a fork, and Keras 3 on it."""

from __future__ import annotations

import importlib
from typing import Any

from .backend import gpu_hidden
from .deferral import defer_variables


class TensorFlow:
    """TensorFlow, with Keras of either generation (implements Backend)."""

    name = "tensorflow"

    def defer_variables(self) -> bool:
        """Give Keras 3's variables their values when they are read; False where this Keras has no place for that."""
        import tensorflow as tf
        from keras.src.backend.tensorflow import core

        # A distribution strategy places variables when they are made.
        return defer_variables(core.Variable, tf.init_scope, tf.distribute.has_strategy)

    def ready(self) -> None:
        """Let recurrent layers of Keras 3 learn whether there is a GPU without making the eager context.

        They ask for logical devices, which makes it (keras/src/backend/tensorflow/rnn.py, _is_gpu_available).
        """
        import tensorflow as tf

        # The package has a function of the module's name, which an ordinary import would give.
        recurrent: Any = importlib.import_module("keras.src.backend.tensorflow.rnn")
        if hasattr(recurrent, "_is_gpu_available"):
            hidden = gpu_hidden()
            recurrent._is_gpu_available = lambda: not hidden and bool(tf.config.list_physical_devices("GPU"))

    def device_name(self) -> str:
        """Return ``gpu`` where TensorFlow was left to see one, else ``cpu``; does not initialise any device."""
        return "cpu" if gpu_hidden() else "gpu"

    def fork_obstacle(self) -> str:
        """Tell of an eager context: its threads do not survive a fork, and children hang in their first operation."""
        from tensorflow.python.eager import context

        current = context._context
        if current is None or current._context_handle is None:
            return ""
        return "TensorFlow's eager context was initialised in the host"
