"""Gradients and updates that are not computed: placeholders of the sources' shapes, and optimizers that only check.

None is given, as TensorFlow gives it, where a target does not depend on a source. Optimizers of Keras 3 build their
variables and raise what they raise; no variable ever gets another value, since nothing that is shown depends on one.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, List, Optional, Set, Tuple

from .lazy_tensors import lazy_tensor
from .symbolic_graph import SymbolicGraphs

_FIRST_OPERATION = 2
"""Identity of the first operation of a graph: a source and a sink come before it (tensorflow/core/graph/graph.h)."""


class SymbolicGradients:
    """Patches tapes and optimizers for the process of an evaluation; ``step`` is called with each use."""

    def __init__(self, graphs: SymbolicGraphs, step: Callable[[], None]) -> None:
        import tensorflow as tf

        self._tf = tf
        self._graphs = graphs
        self._step = step
        self.calls_not_computed = 0
        """How many calls of layers with eager tensors were only traced: no tape knows what they did."""

    def install(self) -> None:
        """Patch the classes; a tape goes on as before where all was computed."""
        self._patch_tape(self._tf.GradientTape)
        self._patch_optimizers()

    def _patch_tape(self, tape: Any) -> None:
        gradient, push, pop, watch = tape.gradient, tape._push_tape, tape._pop_tape, tape.watch

        def stand_in(own: Any, target: Any, sources: Any, *arguments: Any, **keywords: Any) -> Any:
            self._step()
            self._graphs.uses += 1
            computed = not (self._graphs.tracing or self.calls_not_computed)
            if computed or own._tape is None or target is None:
                return gradient(own, target, sources, *arguments, **keywords)
            if not own._persistent:
                if own._recording:
                    own._pop_tape()
                own._watched_variables, own._tape = own._tape.watched_variables(), None
            return self._of_graph(own, target, sources) if self._graphs.tracing else self._like(sources)

        def _push_tape(own: Any) -> None:
            push(own)
            if self._graphs.tracing:
                _recording(own).begin(self._graphs.current)

        def _pop_tape(own: Any) -> None:
            pop(own)
            _recording(own).end()

        def watched(own: Any, tensor: Any) -> None:
            watch(own, tensor)
            _recording(own).watched.update(map(self._graphs.key, self._tf.nest.flatten(tensor)))

        tape.gradient = functools.wraps(gradient)(stand_in)
        tape._push_tape, tape._pop_tape = _push_tape, _pop_tape
        tape.watch = functools.wraps(watch)(watched)

    def _like(self, sources: Any) -> Any:
        return self._tf.nest.map_structure(_like, sources)

    def _of_graph(self, tape: Any, target: Any, sources: Any) -> Any:
        recording = _recording(tape)
        targets = [item for item in self._tf.nest.flatten(target) if item is not None]
        reached = self._graphs.reached_from(targets, recording.has)

        def one(source: Any) -> Any:
            if source is None or not reached(source):
                return None
            tensor = self._graphs.as_tensor(source)
            if not (tensor.dtype.is_floating or tensor.dtype.is_complex):
                return None
            if not self._watched(tape, source):
                return None
            return self._graphs.computed_of([*targets, source], tensor.dtype, tensor.shape)

        return self._tf.nest.map_structure(one, sources)

    def _watched(self, tape: Any, source: Any) -> bool:
        """Tell whether a tape knows a source: variables are watched by themselves, what was computed of others too."""
        recording = _recording(tape)
        if self._graphs.key(source) in recording.watched:
            return True
        if hasattr(source, "assign"):
            return bool(tape._watch_accessed_variables)
        operation = None if hasattr(source, "numpy") else getattr(source, "op", None)
        return operation is not None and operation.type != "Placeholder" and recording.has(operation)

    def _patch_optimizers(self) -> None:
        from keras.src.backend.tensorflow import optimizer as tensorflow_optimizer
        from keras.src.optimizers.base_optimizer import BaseOptimizer

        def _backend_apply_gradients(own: Any, grads: Any, trainable_variables: Any) -> None:
            self._step()

        base: Any = BaseOptimizer
        base._backend_apply_gradients = _backend_apply_gradients
        real: Any = tensorflow_optimizer.TFOptimizer
        key, add, add_anywhere = real._var_key, real.add_variable_from_reference, base.add_variable_from_reference

        def _var_key(own: Any, variable: Any) -> Any:
            return id(variable) if hasattr(variable, "_initializer") else key(own, variable)

        def add_variable_from_reference(own: Any, reference_variable: Any, *arguments: Any, **keywords: Any) -> Any:
            # Placed beside a variable that has no value yet, it would give it one.
            waits = getattr(reference_variable, "_value", own) is None
            return (add_anywhere if waits else add)(own, reference_variable, *arguments, **keywords)

        real._var_key = _var_key
        real.add_variable_from_reference = add_variable_from_reference


class _Recording:
    """What a tape saw of graphs: the operations made while it was active, and the tensors it was told to watch."""

    def __init__(self) -> None:
        self.watched: Set[object] = set()
        self._spans: List[Tuple[Any, int, Optional[int]]] = []

    def begin(self, graph: Any) -> None:
        """Note that the tape is active from now on."""
        self._spans.append((graph, graph.version, None))

    def end(self) -> None:
        """Note that it is no more."""
        if self._spans:
            graph, begun, _ = self._spans[-1]
            self._spans[-1] = (graph, begun, graph.version)

    def has(self, operation: Any) -> bool:
        """Tell whether an operation was recorded; those in graphs of loops are taken to be."""
        spans = [span for span in self._spans if span[0] is operation.graph]
        number = operation._id - _FIRST_OPERATION
        return not spans or any(begun <= number and (end is None or number < end) for _, begun, end in spans)


def _recording(tape: Any) -> _Recording:
    known: Optional[_Recording] = getattr(tape, "_shapelens_recording", None)
    if known is None:
        known = tape._shapelens_recording = _Recording()
    return known


def _like(source: Any) -> Any:
    if source is None:
        return None
    return lazy_tensor([int(size) for size in source.shape], source.dtype)
