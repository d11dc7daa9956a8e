"""Calls of the program's own ``tf.function``s: those that use layers or gradients are traced and not run.

A plain run traces them as well, with AutoGraph, and with the same exceptions; what only running would find, such as an
id outside of an embedding, is not found. Functions without layers, such as those that prepare data, are run.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Dict, List

from ..contract import SkipReason
from ..unknown import NotEvaluated
from .declared_models import DeclaredModels
from .lazy_tensors import lazy_tensor
from .progress import Progress
from .symbolic_graph import SymbolicGraphs


class TensorFlowFunctions:
    """Replaces ``__call__`` of what ``tf.function`` returns."""

    def __init__(self, progress: Progress, graphs: SymbolicGraphs, models: DeclaredModels) -> None:
        import tensorflow as tf

        self._tf = tf
        self._progress = progress
        self._graphs = graphs
        self._models = models
        self._symbolic: Dict[int, Any] = {}
        """Functions whose graphs must not run: variables in them are placeholders. Kept alive for their identity."""
        self._running: List[Any] = []

    def install(self) -> None:
        """Patch the class; methods are bound to other objects of it."""
        from tensorflow.python.eager.polymorphic_function import polymorphic_function

        function: Any = polymorphic_function.Function
        function.__call__ = self._replaced(function.__call__)

    def _replaced(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def __call__(own: Any, *arguments: Any, **keywords: Any) -> Any:
            elsewhere = not self._tf.executing_eagerly() or self._tf.config.functions_run_eagerly()
            if self._running or elsewhere or _of_library(own):
                return original(own, *arguments, **keywords)
            self._running.append(own)
            try:
                concrete = self._traced(own, arguments, keywords)
            finally:
                self._running.pop()
            if id(own) not in self._symbolic:
                return original(own, *arguments, **keywords)
            self._progress.step()
            self._progress.values_replaced = True
            return self._tf.nest.map_structure(self._result, concrete.structured_outputs)

        return __call__

    def _traced(self, own: Any, arguments: Any, keywords: Any) -> Any:
        before = self._graphs.uses
        declared = self._models.uses
        with self._graphs.placeholders_for_variables():
            try:
                concrete = own.get_concrete_function(*arguments, **keywords)
            except Exception:
                if self._models.uses == declared:
                    raise
                with self._models.switched_off():
                    concrete = own.get_concrete_function(*arguments, **keywords)
        if self._graphs.uses != before:
            self._symbolic[id(own)] = own
        return concrete

    def _result(self, output: Any) -> Any:
        shape = getattr(output, "shape", None)
        if shape is None or hasattr(output, "numpy"):
            return output
        if not shape.is_fully_defined():
            raise NotEvaluated(SkipReason.REPLACED_VALUES, "The shape of this result depends on values.")
        return lazy_tensor([int(size) for size in shape], output.dtype)


def _of_library(function: Any) -> bool:
    module = str(getattr(function.python_function, "__module__", ""))
    return module.split(".")[0] in ("tensorflow", "keras", "tf_keras")
