"""Places and values that messages speak of; a part of the contract, which names them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping, Optional, Tuple, Union

# --- places ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, order=True)
class Span:
    """A piece of one file, end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, order=True)
class Location:
    """A piece of a named file; the path is absolute."""

    path: str
    span: Span


# --- values ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class TensorSpec:
    """Shape and dtype of one tensor; an unknown dimension is None, an unknown rank is ``shape=None``."""

    shape: Optional[Tuple[Optional[int], ...]]
    dtype: str


@dataclass(frozen=True)
class Items:
    """Tensors in a list or tuple, each an own structure."""

    items: Tuple[Structure, ...]


@dataclass(frozen=True)
class Entries:
    """Tensors in a dictionary, in its order."""

    entries: Mapping[str, Structure]

    def __hash__(self) -> int:
        return hash(tuple(self.entries.items()))


Structure = Union[TensorSpec, Items, Entries]
"""One tensor, or a nest of them as Keras passes them around. A member that is no tensor is left out."""
