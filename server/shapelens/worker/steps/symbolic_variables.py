"""Variables of Keras 3 on TensorFlow that have no value yet: placeholders in graphs that nobody runs.

They get their values when something eager reads them (see backends/deferral). Numbers such as a learning rate wait for
that too, because the first eager operation makes TensorFlow's context, which takes 40 ms.
"""

from __future__ import annotations

import contextlib
import functools
from typing import Any, Callable, Iterator, Optional, Type

from .symbolic_graph import SymbolicGraphs


class _TooManyValues(BaseException):
    """A call would give more parameters values than it may; neither Keras nor the program takes it for its own."""


class SymbolicVariables:
    """Patches Keras' variables and metrics for the process of an evaluation."""

    def __init__(self, graphs: SymbolicGraphs) -> None:
        import tensorflow as tf
        from keras.src.backend.common import stateless_scope

        self._tf = tf
        self._graphs = graphs
        self._in_stateless_scope: Callable[[], bool] = stateless_scope.in_stateless_scope
        self._stateless_scope: Callable[[], Any] = stateless_scope.get_stateless_scope
        self._values_left: Optional[int] = None

    def install(self) -> None:
        """Patch the classes; each goes on as before outside of a symbolic graph."""
        from keras.src.backend.tensorflow import core
        from keras.src.metrics.metric import Metric

        self._patch_reading(core.Variable)
        self._patch_numbers(core.Variable)
        self._patch_metrics(Metric)

    def _patch_reading(self, variable: Any) -> None:
        read, assign = variable.value.fget, variable._direct_assign

        def value(own: Any) -> Any:
            if own._value is None and own._initializer is not None:
                if self._symbolic(own):
                    return own._maybe_autocast(self._graphs.of_variable(own))
                self._count(own)
            return read(own)

        def _direct_assign(own: Any, new: Any) -> None:
            # Nobody reads a value that no graph will compute; the shape was checked before.
            if not (_waits(own) and self._graphs.tracing):
                assign(own, new)

        variable.value = property(value)
        variable._direct_assign = _direct_assign

    def _symbolic(self, variable: Any) -> bool:
        if self._graphs.tracing:
            return True
        # Keras infers shapes in a graph of its own (compute_output_spec), where a value costs several operations.
        return (
            self._in_stateless_scope()
            and not self._tf.executing_eagerly()
            and self._stateless_scope().get_current_value(variable) is None
        )

    def _patch_numbers(self, variable: Any) -> None:
        from keras.src.initializers import Constant

        original, assign = variable.__init__, variable.assign

        @functools.wraps(assign)
        def assign_number(own: Any, value: Any) -> Any:
            # As metrics do it when they start anew.
            if type(value) in (int, float) and _waits(own) and own._shape == ():
                own._initializer = Constant(value)
                return own
            return assign(own, value)

        variable.assign = assign_number

        @functools.wraps(original)
        def __init__(
            own: Any, initializer: Any, shape: Any = None, dtype: Any = None, *rest: Any, **named: Any
        ) -> None:
            number = type(initializer) in (int, float) and shape is None and dtype is not None
            if number and not self._in_stateless_scope():
                initializer, shape = Constant(initializer), ()
            original(own, initializer, shape, dtype, *rest, **named)

        variable.__init__ = __init__

    def _patch_metrics(self, metric: Any) -> None:
        original = metric.reset_state

        @functools.wraps(original)
        def reset_state(own: Any) -> None:
            # All start from zero anyway.
            if not all(map(_waits, own.variables)):
                original(own)

        metric.reset_state = reset_state

    # --- values -------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def few_values(self, most: int) -> Iterator[Type[BaseException]]:
        """Refuse to make the values of more than so many parameters; yield the exception that says so."""
        before, self._values_left = self._values_left, most
        try:
            yield _TooManyValues
        finally:
            self._values_left = before

    def _count(self, variable: Any) -> None:
        if self._values_left is None or self._in_stateless_scope():
            return
        number = 1
        for size in variable.shape:
            number *= size
        if number > self._values_left:
            raise _TooManyValues
        self._values_left -= number


def _waits(variable: Any) -> bool:
    return getattr(variable, "_value", variable) is None and getattr(variable, "_initializer", None) is not None
