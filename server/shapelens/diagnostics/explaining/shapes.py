"""Shapes as the messages of Keras, its backends and NumPy write them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shapelens.worker.contract import TensorSpec

Shape = tuple[int | None, ...]

SHAPE = r"(?:torch\.Size\()?[\[(](?:(?:None|\?|\d+)(?:[, ]+(?:None|\?|\d+))*)?,?[\])]"
"""``(None, 3)``, ``[?,3]``, ``[None 3]``, ``torch.Size([2, 3])``."""

_SHAPE = re.compile(rf"(?<!\w){SHAPE}")
_SIZE = re.compile(r"None|\?|\d+")


def read_shape(text: str) -> Shape:
    """Return the shape that a piece of a message shows."""
    return tuple(int(size) if size.isdigit() else None for size in _SIZE.findall(text))


def read_shapes(text: str) -> tuple[Shape, ...]:
    """Return every shape in a piece of a message, in order."""
    return tuple(read_shape(found) for found in _SHAPE.findall(text))


def alike(one: Shape | None, other: Shape | None) -> bool:
    """Tell whether two shapes can be the same, sizes that are not known aside."""
    if one is None or other is None or len(one) != len(other):
        return False
    return all(left == right or left is None or right is None for left, right in zip(one, other, strict=True))


def differences(shapes: Sequence[Shape]) -> tuple[int, ...]:
    """Return the axes on which shapes of one rank have different known sizes."""
    axes = range(len(shapes[0]))
    return tuple(axis for axis in axes if len({shape[axis] for shape in shapes} - {None}) > 1)


def clash(one: Shape, other: Shape) -> tuple[int, int, int] | None:
    """Return the last axis, counted from the end, that does not broadcast, with its sizes; None where all do."""
    for axis in range(-1, -min(len(one), len(other)) - 1, -1):
        left, right = one[axis], other[axis]
        if left is not None and right is not None and left != right and 1 not in (left, right):
            return axis, left, right
    return None


def spec_of(shape: Shape) -> TensorSpec:
    """Return a shape of a message as what shapes are written from; its dtype is not known."""
    return TensorSpec(shape, "")


def counted(number: int, noun: str) -> str:
    """Return ``1 feature``, ``3 features``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(words: Sequence[str], last: str = "and") -> str:
    """Return ``a, b and c``."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
