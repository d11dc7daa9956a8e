"""A step of training, traced once for each kind of batch, as ``tf.function`` does it with ``reduce_retracing``."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from .run_time import BatchFacts

Examine = Callable[[BatchFacts, Sequence[Any]], None]
"""Looks at a traced graph in the light of real batches, and of the specs of their leaves."""


class TracedStep:
    """Traces when it has to.

    A batch that a known trace covers is not traced again, and one of a new shape is traced with what its shape has in
    common with the earlier ones (``FunctionCache`` in tensorflow/core/function/polymorphism): targets of ranks 1 and 2,
    one after the other, have no rank at all.
    """

    def __init__(self, tf: Any, trace: Callable[[Any], Tuple[Any, Examine]]) -> None:
        self._tf = tf
        self._trace = trace
        self._known: Dict[object, Tuple[Any, Examine]] = {}
        self._traced: List[Tuple[str, List[Any], Tuple[Any, Examine]]] = []

    def outputs(self, spec: Any, facts: BatchFacts) -> Any:
        """Return the symbolic outputs of the step for a batch of this spec.

        Raises what tracing raises, or what running would raise on real batches.
        """
        leaves = list(self._tf.nest.flatten(spec))
        structure = str(self._tf.nest.map_structure(lambda _: 0, spec))
        key = (structure, tuple(leaves))
        if key not in self._known:
            covering = self._covering(structure, leaves)
            if covering is not None:
                self._known[key] = covering
        if key not in self._known:
            common = self._common(structure, leaves)
            self._known[key] = self._trace(self._tf.nest.pack_sequence_as(spec, common))
            self._traced.append((structure, common, self._known[key]))
        outputs, examine = self._known[key]
        examine(facts, leaves)
        return outputs

    def _covering(self, structure: str, leaves: List[Any]) -> Optional[Tuple[Any, Examine]]:
        for other, earlier, traced in self._traced:
            if other == structure and all(self._wider(leaf, known) == known for leaf, known in zip(leaves, earlier)):
                return traced
        return None

    def _common(self, structure: str, leaves: List[Any]) -> List[Any]:
        for other, earlier, _ in self._traced:
            if other == structure:
                wider = [self._wider(leaf, known) for leaf, known in zip(leaves, earlier)]
                leaves = leaves if any(found is False for found in wider) else wider
        return leaves

    def _wider(self, leaf: Any, known: Any) -> Any:
        """Return the spec that covers both, False where there is none."""
        if not isinstance(leaf, self._tf.TypeSpec) or not isinstance(known, self._tf.TypeSpec):
            return leaf if leaf is known else False
        return leaf.most_specific_common_supertype([known]) or False
