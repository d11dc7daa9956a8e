"""NumPy's functions that make arrays out of nothing, and those that turn a large array into an ordinary one.

``numpy.zeros`` and ``numpy.empty`` cost nothing until they are written to, so they are left alone for longer than
``numpy.ones``; from 64 MB on a program that fills one row by row would have all of it in memory.
"""

from __future__ import annotations

import functools
import math
from typing import Any, Callable, Optional, Tuple

import numpy as np

from .array_storage import REAL_BYTES, expand, is_virtual
from .large_arrays import LargeArray
from .model import StandIn

_UNTOUCHED_BYTES = 64 << 20
_MANY_ELEMENTS = 1 << 20
"""A list with arrays of so many elements in all is joined without copying them."""


def dimensions(shape: Any) -> Optional[Tuple[int, ...]]:
    """Return a shape as a tuple of lengths, or None where it is none."""
    try:
        if isinstance(shape, (int, np.integer)):
            lengths: Tuple[int, ...] = (int(shape),)
        else:
            lengths = tuple(int(length) for length in shape)
    except (TypeError, ValueError):
        return None
    return lengths if all(length >= 0 for length in lengths) else None


def _large(shape: Any, dtype: Any, most: int) -> Optional[Tuple[Tuple[int, ...], Any]]:
    if isinstance(shape, int) and shape * 8 <= most:
        return None
    lengths = dimensions(shape)
    if lengths is None or (math.prod(lengths) * 8 <= most and dtype in (None, float, int)):
        return None
    try:
        kind = np.dtype(dtype)
    except TypeError:
        return None
    if math.prod(lengths) * kind.itemsize <= most or kind.hasobject:
        return None
    return lengths, kind


def _filled(lengths: Tuple[int, ...], kind: Any, value: Any) -> Any:
    first = 0
    while math.prod(lengths[first:]) > 1 << 15:
        first += 1
    return expand(np.full((1,) * first + lengths[first:], value, kind), lengths)


def _untouched(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def create(shape: Any, dtype: Any = float, *rest: Any, **keywords: Any) -> Any:
        large = _large(shape, dtype, _UNTOUCHED_BYTES)
        if large is None or rest or keywords.get("like") is not None:
            return original(shape, dtype, *rest, **keywords)
        return _filled(*large, 0)

    return create


def _ones(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def ones(shape: Any, dtype: Any = None, *rest: Any, **keywords: Any) -> Any:
        large = _large(shape, dtype, REAL_BYTES)
        if large is None or rest or keywords.get("like") is not None:
            return original(shape, dtype, *rest, **keywords)
        return _filled(*large, 1)

    return ones


def _full(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def full(shape: Any, fill_value: Any, dtype: Any = None, *rest: Any, **keywords: Any) -> Any:
        kind = np.asarray(fill_value).dtype if dtype is None else dtype
        large = _large(shape, kind, REAL_BYTES)
        if large is None or np.ndim(fill_value) or rest or keywords.get("like") is not None:
            return original(shape, fill_value, dtype, *rest, **keywords)
        return _filled(*large, fill_value)

    return full


def _asarray(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def asarray(a: Any, dtype: Any = None, *rest: Any, **keywords: Any) -> Any:
        if isinstance(a, LargeArray):
            return a if dtype is None else a.astype(dtype, copy=False)
        joined = _joined(a)
        if joined is not None:
            return joined if dtype is None else joined.astype(dtype, copy=False)
        return original(a, dtype, *rest, **keywords)

    return asarray


def _array(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def array(object: Any, dtype: Any = None, *rest: Any, **keywords: Any) -> Any:
        if isinstance(object, LargeArray):
            made = object.copy() if dtype is None else object.astype(dtype)
        else:
            made = _joined(object)
            if made is None:
                return original(object, dtype, *rest, **keywords)
            made = made if dtype is None else made.astype(dtype, copy=False)
        missing = keywords.get("ndmin", 0) - made.ndim
        return made[(None,) * missing] if missing > 0 else made

    return array


def _joined(value: Any) -> Any:
    """Return a list of equal arrays as one array, without copying them, or None where it is something else."""
    if type(value) not in (list, tuple) or not value or not isinstance(value[0], np.ndarray):
        return None
    first = value[0]
    if (len(value) * first.size <= _MANY_ELEMENTS and not is_virtual(first)) or first.dtype.hasobject:
        return None
    if not all(isinstance(item, np.ndarray) and item.shape == first.shape for item in value):
        return None  # NumPy knows whether that is an error
    if is_virtual(first):
        return np.stack(value)
    kind = np.result_type(*{item.dtype for item in value})
    return expand(np.array(first[None], kind), (len(value), *first.shape))


def _contiguous(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def contiguous(a: Any, dtype: Any = None, *rest: Any, **keywords: Any) -> Any:
        if isinstance(a, LargeArray):
            return a if dtype is None else a.astype(dtype, copy=False)
        return original(a, dtype, *rest, **keywords)

    return contiguous


def _apply(numpy: Any) -> None:
    for name, wrapper in (
        ("array", _array),
        ("asarray", _asarray),
        ("asanyarray", _asarray),
        ("ascontiguousarray", _contiguous),
        ("asfortranarray", _contiguous),
        ("asarray_chkfinite", _contiguous),
        ("require", _contiguous),
        ("zeros", _untouched),
        ("empty", _untouched),
        ("ones", _ones),
        ("full", _full),
    ):
        setattr(numpy, name, wrapper(getattr(numpy, name)))


STAND_INS: Tuple[StandIn, ...] = (StandIn("numpy", _apply),)
