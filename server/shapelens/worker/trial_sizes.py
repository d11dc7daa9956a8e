"""Sizes that a backend tries in place of unknown ones, and how they become unknown again.

To infer shapes PyTorch has to compute with real sizes. So Keras calls a layer twice, with 83 and with 89 in place of
None, and takes for unknown what then differs (keras/src/backend/torch/core.py, compute_output_spec). What is seen
inside of the layer is put together here in the same way: the first call's tensors are held back, and each of the
second call is merged with the one that was seen at its turn in the first. Symbolic tensors, as layers that are built
on the way have them, are no part of this.
"""

from __future__ import annotations

from typing import Callable, List, Optional

from .contract import Structure, TensorSpec
from .structures import map_specs

_FIRST = 83


class TrialSizes:
    """What is known of the layer call that is being inferred; most of the time none is."""

    def __init__(self) -> None:
        self.active = False
        self.first = False
        """Whether tensors have to be held back, for a second call will come."""
        self._touched = False
        self._seen: List[TensorSpec] = []
        self._turn = 0
        self._held: List[Callable[[], None]] = []

    def begin(self, size: Optional[int]) -> None:
        """Note that a layer is about to be called with a size in place of None."""
        self.active, self.first, self._turn = True, size == _FIRST, 0
        if self.first:
            self._seen, self._held = [], []

    def end(self) -> None:
        """Note that the inference is over; what was held back is let go where there was no second call."""
        held = self._held if self.first else []
        self.active = self.first = False
        self._seen, self._held = [], []
        for take in held:
            take()

    def seen(self, spec: TensorSpec) -> TensorSpec:
        """Return what a tensor is, given what it was at this turn in the first call."""
        if self.first:
            self._touched = True
            self._seen.append(spec)
            return spec
        earlier = self._seen[self._turn] if self._turn < len(self._seen) else spec
        self._turn += 1
        return _merged(spec, earlier)

    def holds(self) -> bool:
        """Tell whether what was just described has to be held back."""
        touched, self._touched = self._touched, False
        return touched and self.first

    def hold(self, take: Callable[[], None]) -> None:
        """Keep something for the case that there is no second call."""
        self._held.append(take)


def untried(structure: Optional[Structure]) -> Optional[Structure]:
    """Return a structure of the first call with the tried size unknown, for want of a second one."""

    def change(spec: TensorSpec) -> TensorSpec:
        if spec.shape is None:
            return spec
        return TensorSpec(tuple(None if size == _FIRST else size for size in spec.shape), spec.dtype)

    return map_specs(structure, change)


def _merged(spec: TensorSpec, earlier: TensorSpec) -> TensorSpec:
    if spec.shape is None or earlier.shape is None or len(spec.shape) != len(earlier.shape):
        return spec
    sizes = tuple(one if one == other else None for one, other in zip(spec.shape, earlier.shape))
    return TensorSpec(sizes, spec.dtype)
