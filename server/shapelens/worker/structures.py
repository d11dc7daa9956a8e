"""Changes to shapes inside a nest of tensors."""

from __future__ import annotations

from typing import Callable, Optional

from .contract import Entries, Items, Structure, TensorSpec


def map_specs(structure: Optional[Structure], change: Callable[[TensorSpec], TensorSpec]) -> Optional[Structure]:
    """Return the nest with each tensor's shape and dtype changed."""
    if isinstance(structure, Items):
        return Items(tuple(part for item in structure.items if (part := map_specs(item, change)) is not None))
    if isinstance(structure, Entries):
        parts = {name: map_specs(part, change) for name, part in structure.entries.items()}
        return Entries({name: part for name, part in parts.items() if part is not None})
    return None if structure is None else change(structure)


def with_batch(structure: Optional[Structure], batch: Optional[int]) -> Optional[Structure]:
    """Return the nest with a batch axis of this size where it is unknown."""

    def change(spec: TensorSpec) -> TensorSpec:
        if not spec.shape or spec.shape[0] is not None:
            return spec
        return TensorSpec((batch, *spec.shape[1:]), spec.dtype)

    return map_specs(structure, change)
