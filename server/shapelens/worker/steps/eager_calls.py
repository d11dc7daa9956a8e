"""Calls of layers and models with eager tensors: small ones are computed, large ones only traced.

A traced call gives the same shapes, builds the same weights and has the same exceptions as a computed one; its results
are stand-ins. A call that fails when it is traced is made again for real, because TensorFlow words the exceptions of
graphs differently.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, List, Optional, Tuple

from ..contract import SkipReason
from ..unknown import NotEvaluated
from .lazy_tensors import lazy_tensor
from .progress import Progress
from .symbolic_gradients import SymbolicGradients
from .symbolic_graph import SymbolicGraphs
from .symbolic_variables import SymbolicVariables

_MOST_WORK = 20_000_000
"""Multiplications, as parameters times positions; some 10 ms on one core."""

_MOST_POSITIONS = 4096
"""Positions of the input of a layer whose parameters are not known yet."""

_MOST_PARAMETERS = 1_000_000
"""Parameters that a call may give values to; their random numbers cost 10 ms."""


class EagerCalls:
    """Replaces ``Layer.__call__``; installed before the calls are watched, which have to see the results."""

    def __init__(
        self, progress: Progress, graphs: SymbolicGraphs, variables: SymbolicVariables, gradients: SymbolicGradients
    ) -> None:
        import tensorflow as tf
        from keras.src import tree

        self._tf = tf
        self._tree = tree
        self._progress = progress
        self._graphs = graphs
        self._variables = variables
        self._gradients = gradients
        self._depth = 0

    def install(self) -> None:
        """Patch Keras' base class of layers."""
        import keras

        layer: Any = keras.Layer
        layer.__call__ = self._replaced(layer.__call__)

    def _replaced(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def __call__(layer: Any, *arguments: Any, **keywords: Any) -> Any:
            if self._depth or not self._tf.executing_eagerly():
                return original(layer, *arguments, **keywords)
            given = self._tensors(arguments, keywords)
            if not given:
                return original(layer, *arguments, **keywords)  # symbolic, or no tensors at all
            self._progress.calls += 1
            self._depth += 1
            try:
                if self._small(layer, given):
                    with self._variables.few_values(_MOST_PARAMETERS) as refused:
                        try:
                            return original(layer, *arguments, **keywords)
                        except refused:
                            pass  # it has more weights than could be known before
                return self._traced(original, layer, arguments, keywords)
            finally:
                self._depth -= 1

        return __call__

    def _tensors(self, arguments: Tuple[Any, ...], keywords: Any) -> List[Any]:
        """Return the tensors and arrays that a layer is called with; none where one of them is symbolic."""
        found = []
        for item in self._tree.flatten((arguments, keywords)):
            if type(item).__name__ == "KerasTensor":
                return []
            if self._tf.is_tensor(item) or (hasattr(item, "dtype") and hasattr(item, "shape")):
                found.append(item)
        return found

    def _small(self, layer: Any, given: List[Any]) -> bool:
        positions = max(_positions(item) for item in given)
        if not layer.built:
            return positions <= _MOST_POSITIONS
        return positions * max(_parameters(layer), 1) <= _MOST_WORK

    def _traced(self, original: Callable[..., Any], layer: Any, arguments: Any, keywords: Any) -> Any:
        self._progress.values_replaced = True
        self._gradients.calls_not_computed += 1
        flat = self._tree.flatten((arguments, keywords))
        specs = [self._spec(item) for item in flat]

        def call(placeholders: Any) -> Any:
            mixed = [item if given is None else given for item, given in zip(flat, placeholders)]
            positional, named = self._tree.pack_sequence_as((arguments, keywords), mixed)
            return original(layer, *positional, **named)

        try:
            outputs = self._graphs.trace(call, specs)
        except Exception:
            return original(layer, *arguments, **keywords)
        return self._tree.map_structure(self._result, outputs)

    def _spec(self, item: Any) -> Optional[Any]:
        if self._tf.is_tensor(item) and hasattr(item, "numpy"):
            return self._tf.type_spec_from_value(item)
        if hasattr(item, "dtype") and hasattr(item, "shape") and getattr(item.dtype, "kind", "O") not in "OUS":
            return self._tf.TensorSpec(item.shape, item.dtype)
        return None

    def _result(self, output: Any) -> Any:
        if not self._tf.is_tensor(output) or hasattr(output, "numpy"):
            return output
        if not isinstance(output, self._tf.Tensor) or not output.shape.is_fully_defined():
            raise NotEvaluated(SkipReason.REPLACED_VALUES, "The shape of this result depends on values.")
        return lazy_tensor([int(size) for size in output.shape], output.dtype)


def _positions(item: Any) -> int:
    number = 1
    for size in list(item.shape)[:-1]:
        number *= int(size or 1)
    return number


def _parameters(layer: Any) -> int:
    try:
        return int(layer.count_params())
    except Exception:  # it is the program's own class, or has a part that is not built
        return 0
