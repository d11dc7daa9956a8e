"""What is computed along one axis, or some, and repeats along all others."""

from __future__ import annotations

import operator
from typing import Any, Callable, List, Sequence

import numpy as np

from .array_storage import Shape, expand, slab, stretch


def along(array: Any, axis: Any, function: Callable[[Any, int], Any]) -> Any:
    """Return what a function makes of lines along an axis; it may change the axis' length, or take it away."""
    at = operator.index(axis)
    if not -array.ndim <= at < array.ndim:
        return function(array.view(np.ndarray)[(slice(0, 1),) * array.ndim], at)  # raises NumPy's own AxisError
    at %= array.ndim
    return over(array, (at,), lambda part: function(part, at))


def over(array: Any, axes: Sequence[int], function: Callable[[Any], Any]) -> Any:
    """Return what a function makes of blocks over some axes; it keeps all others in their places."""
    part = slab(array, axes)
    result = np.asarray(function(part))
    shape: List[int] = list(result.shape)
    if result.ndim == array.ndim:
        others = [index for index in range(array.ndim) if index not in axes]
        for index in others:
            shape[index] = array.shape[index]
    else:
        left = [length for index, length in enumerate(array.shape) if index not in axes]
        # A function may put axes of its own in front, as percentiles of several levels do.
        shape[len(shape) - len(left) :] = left
    return expand(result, shape)


def resized(array: Any, shape: Shape) -> Any:
    """Return an array of another shape made of the same values, in the order of memory."""
    part = array.view(np.ndarray)
    stored = part[tuple([slice(0, 1) if not stride else slice(None) for stride in part.strides])]
    return stretch(stored, shape)


def spliced(array: Any, axis: int, length: int) -> Any:
    """Return an array whose length along an axis changed, with the values of the first position for what is new."""
    part = slab(array, ())
    shape = list(array.shape)
    shape[axis] = length
    if part.shape[axis] not in (1, length):
        part = part[(slice(None),) * axis + (slice(0, 1),)]
    return expand(part, shape)
