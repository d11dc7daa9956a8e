"""Arrays of true shape and dtype and next to no memory: along some axes, every position is one and the same.

An axis is *virtual* where its stride is 0. Whatever is computed for one position of a virtual axis holds for all
of them, so it is computed once (see array_elements, array_axes). Values are therefore samples: what is drawn or
computed is plausible, not what a plain run has. Where a shape depends on values, callers have to refuse.
"""

from __future__ import annotations

import math
from typing import Any, NoReturn, Sequence, Tuple, Type

import numpy as np

from ..contract import SkipReason
from ..unknown import NotEvaluated

STORED = 1 << 15
"""Elements that a new array stores."""

MOST_STORED = 1 << 18
"""Elements that a result may store, where the axes of its operands leave no smaller one: 2 MB of float64."""

REAL_BYTES = 8 << 20
"""The largest array that is filled in to do the real thing with it; it takes some 4 ms."""

Shape = Tuple[int, ...]


class Virtual(np.ndarray):  # type: ignore[misc]
    """What all such arrays share; the one class that programs meet derives from it (large_arrays)."""

    kind: Type[Virtual]
    """The class of new arrays."""

    def __init_subclass__(cls) -> None:
        Virtual.kind = cls


def expand(base: Any, shape: Sequence[int]) -> Any:
    """Return an array of a shape with the values of a base, which has the shape's length or 1 along every axis.

    The result is no ordinary array even where it is small, so that its values decide no shape.
    """
    if not shape:
        return base
    return virtual(shrink(base), shape)


def virtual(base: Any, shape: Sequence[int]) -> Any:
    """Return an array of a shape over the memory of a base."""
    if not base.flags.c_contiguous:
        base = np.array(base, order="C")
    strides = tuple(0 if length == 1 else stride for length, stride in zip(base.shape, base.strides))
    if base.dtype.hasobject or base.dtype.kind in "mM":  # these have no buffer
        return np.lib.stride_tricks.as_strided(base, shape, strides).view(Virtual.kind)
    return np.ndarray.__new__(Virtual.kind, tuple(shape), base.dtype, base, 0, strides)


def shrink(base: Any, most: int = MOST_STORED) -> Any:
    """Return the part of a base that is kept: leading axes are cut to one position until it is small enough."""
    if base.size <= most:
        return base
    key = [slice(None)] * base.ndim
    size = base.size
    for axis, length in enumerate(base.shape):
        if size <= most:
            break
        key[axis] = slice(0, 1)
        size //= max(length, 1)
    return base[tuple(key)]


def plain(array: Any) -> Any:
    """Return the same memory as an ordinary array; virtual axes keep their stride of 0."""
    return array.view(np.ndarray)


def compact(array: Any) -> Any:
    """Return what is stored of an array: an ordinary one with length 1 along virtual axes."""
    view = array.view(np.ndarray)
    if 0 not in view.strides:
        return view
    return view[tuple([slice(0, 1) if not stride else slice(None) for stride in view.strides])]


def slab(array: Any, axes: Sequence[int]) -> Any:
    """Return an ordinary array with true lengths along some axes, and as little as possible along all others."""
    view = array.view(np.ndarray)
    key = [slice(None) if axis in axes or stride else slice(0, 1) for axis, stride in enumerate(view.strides)]
    part = view[tuple(key)]
    if part.size > MOST_STORED:
        part = view[tuple([slice(None) if axis in axes else slice(0, 1) for axis in range(view.ndim)])]
    return part


class Known(np.ndarray):  # type: ignore[misc]
    """An ordinary array that the program did not make, such as a data set's labels.

    NumPy itself would take a mask of unknown values for one of known ones; this class is asked first.
    """

    def __getitem__(self, key: Any) -> Any:
        for part in key if isinstance(key, tuple) else (key,):
            if isinstance(part, Virtual) and part.dtype == bool:
                depends_on_values("what is selected by a mask")
        return np.ndarray.__getitem__(self, key)


# Messages and representations speak of the class that a plain run has.
Known.__name__ = Known.__qualname__ = "ndarray"
Known.__module__ = "numpy"


def stretch(base: Any, shape: Shape) -> Any:
    """Return an array of a shape whose last axes hold the values of a base again and again."""
    size = math.prod(shape)
    limit = max(STORED, base.size)
    first = 0
    while size > limit and first < len(shape):
        size //= max(shape[first], 1)
        first += 1
    if math.prod(shape[first:]) == 1 < base.size and base.dtype.kind in "iu":
        base = base.max()  # the range of labels, which numbers of classes are made of
    part = np.resize(base, (1,) * first + tuple(shape[first:]))
    return expand(part.astype(base.dtype, copy=False), shape)


def real(array: Any, doing: str) -> Any:
    """Return an ordinary, contiguous copy, where that is cheap.

    Raises:
        NotEvaluated: the array is large.
    """
    if array.nbytes > REAL_BYTES:
        too_large(array, doing)
    return np.array(array.view(np.ndarray), order="C")


def too_large(array: Any, doing: str) -> NoReturn:
    """Refuse to fill in a large array."""
    megabytes = array.nbytes / 1e6
    raise NotEvaluated(
        SkipReason.REPLACED_VALUES,
        f"{doing} needs the values of an array of {megabytes:,.0f} MB, which are not made during an evaluation.",
    )


def depends_on_values(doing: str) -> NoReturn:
    """Refuse what has a shape that only a plain run's values tell."""
    raise NotEvaluated(
        SkipReason.REPLACED_VALUES,
        f"The shape of {doing} depends on the values of a large array, which are not made during an evaluation.",
    )


def is_virtual(value: Any) -> bool:
    """Tell whether a value is an array of this kind."""
    return isinstance(value, Virtual)
