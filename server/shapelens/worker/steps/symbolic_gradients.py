"""Gradients and updates that are not computed: placeholders of the sources' shapes, and optimizers that only check.

None is given, as TensorFlow gives it, where a target does not depend on a source. Optimizers of Keras 3 build their
variables and raise what they raise; no variable ever gets another value, since nothing that is shown depends on one.
"""

from __future__ import annotations

from typing import Any, Callable

from .lazy_tensors import lazy_tensor
from .symbolic_graph import SymbolicGraphs


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
        gradient = tape.gradient

        def stand_in(own: Any, target: Any, sources: Any, *arguments: Any, **keywords: Any) -> Any:
            self._step()
            self._graphs.uses += 1
            if self._graphs.tracing:
                return self._of_graph(target, sources)
            if self.calls_not_computed:
                return self._tf.nest.map_structure(_like, sources)
            return gradient(own, target, sources, *arguments, **keywords)

        stand_in.__doc__, stand_in.__name__ = gradient.__doc__, "gradient"
        tape.gradient = stand_in

    def _of_graph(self, target: Any, sources: Any) -> Any:
        targets = [item for item in self._tf.nest.flatten(target) if item is not None]
        reached = self._graphs.reached_from(targets)

        def one(source: Any) -> Any:
            if source is None or not reached(source):
                return None
            tensor = self._graphs.as_tensor(source)
            if not (tensor.dtype.is_floating or tensor.dtype.is_complex):
                return None
            return self._graphs.computed_of([*targets, source], tensor.dtype, tensor.shape)

        return self._tf.nest.map_structure(one, sources)

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


def _like(source: Any) -> Any:
    if source is None:
        return None
    return lazy_tensor([int(size) for size in source.shape], source.dtype)
