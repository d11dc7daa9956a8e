"""Reading and writing parts: slices stay views, index arrays give the true shape, masks of drawn values are refused."""

from __future__ import annotations

import math
from typing import Any, List, Optional, Tuple

import numpy as np

from .array_elements import broadcast
from .array_storage import STORED, Shape, compact, depends_on_values, expand, is_virtual, plain

_BASIC = (int, slice, type(None), type(Ellipsis), str)
_NOT_A_NUMBER = (bool, np.bool_)


def is_basic(key: Any) -> bool:
    """Tell whether a key selects a view."""
    if isinstance(key, tuple):
        return all(map(_is_basic_part, key))
    return _is_basic_part(key)


def _is_basic_part(part: Any) -> bool:
    return (isinstance(part, (*_BASIC, np.integer))) and not isinstance(part, _NOT_A_NUMBER)


def get_item(array: Any, key: Any) -> Any:
    """Return ``array[key]``.

    Raises:
        NotEvaluated: the key is a mask whose values are not those of a plain run.
    """
    if is_basic(key):
        return np.ndarray.__getitem__(array, key)
    parts = tuple(None if part is True else part for part in (key if isinstance(key, tuple) else (key,)))
    if is_basic(parts):
        return get_item(array, parts)  # a lone True adds an axis, as None does
    return _picked(array, key)


class _Key:
    """A key with index arrays, taken apart: first the part that gives a view, then the arrays."""

    def __init__(self, array: Any, key: Any) -> None:
        parts = list(key) if isinstance(key, tuple) else [key]
        parts = [None if part is True else part if _is_basic_part(part) else _index_array(part) for part in parts]
        if not any(part is Ellipsis for part in parts):
            parts.append(Ellipsis)
        used = sum(_axes_taken(part) for part in parts)
        if used > array.ndim:
            plain(array)[tuple(parts)]  # raises NumPy's "too many indices"
        at = next(index for index, part in enumerate(parts) if part is Ellipsis)
        parts[at : at + 1] = [slice(None)] * (array.ndim - used)
        self.view_key: List[Any] = []
        """One part for each axis of the result of the first step."""
        self.pick_key: List[Any] = []
        for part in parts:
            if isinstance(part, np.ndarray):
                self.view_key += [slice(None)] * _axes_taken(part)
                self.pick_key.append(part)
            elif isinstance(part, (int, np.integer)):
                self.view_key.append(slice(None))
                self.pick_key.append(np.array(part))
            else:
                self.view_key.append(part)
                self.pick_key.append(slice(None))


def _index_array(part: Any) -> Any:
    if is_virtual(part):
        if part.dtype == bool:
            depends_on_values("what is selected by a mask")
        return part
    return np.asarray(part) if not isinstance(part, list) or part else np.asarray(part, dtype=np.intp)


def _selects(part: Any) -> bool:
    return isinstance(part, list) or np.asanyarray(part).dtype.kind in "iub"


def _axes_taken(part: Any) -> int:
    if part is None or part is Ellipsis:
        return 0
    if isinstance(part, np.ndarray) and part.dtype == bool:
        return int(part.ndim)
    return 1


def _picked(array: Any, key: Any) -> Any:
    if (is_virtual(key) and key.dtype == bool) or (
        isinstance(key, tuple) and any(is_virtual(part) and part.dtype == bool for part in key)
    ):
        depends_on_values("what is selected by a mask")
    if not all(_is_basic_part(part) or _selects(part) for part in (key if isinstance(key, tuple) else (key,))):
        return plain(array)[key]  # raises NumPy's own IndexError
    parts = _Key(array, key)
    view = plain(array)[tuple(parts.view_key)]
    shape = _result(view, parts.pick_key)
    if not _any_virtual(parts.pick_key) and math.prod(shape) <= STORED:
        return expand(np.array(view[tuple(parts.pick_key)]), shape)
    # Axes without an index array keep one position here; the arrays keep all, so that NumPy checks each index.
    thin: List[Any] = []
    checked: List[Any] = []
    picked: List[Any] = []
    for part in parts.pick_key:
        axis = len(thin)
        if isinstance(part, slice):
            thin.append(slice(0, 1))
            checked.append(part)
            picked.append(slice(None) if view.strides[axis] else slice(0, 1))
            continue
        thin += [slice(None)] * _axes_taken(part)
        part = _within(part, view.shape[axis]) if is_virtual(part) else part
        checked.append(part)
        picked += [item.reshape(-1)[:1].reshape((1,) * item.ndim) for item in _numbers(part)]
    view[tuple(thin)][tuple(checked)]
    return expand(view[tuple(picked)], shape)


def _any_virtual(parts: List[Any]) -> bool:
    return any(is_virtual(part) for part in parts)


def _within(part: Any, length: int) -> Any:
    """Return what is stored of an index array of which only the shape is known, within bounds."""
    return np.remainder(compact(part), max(length, 1))


def _numbers(part: Any) -> Tuple[Any, ...]:
    """Return the index arrays that a mask stands for, or the array itself."""
    if part.dtype != bool:
        return (part,)
    return part.nonzero() if part.ndim else (np.zeros(int(part), np.intp),)


def _result(view: Any, key: List[Any]) -> Shape:
    """Return the shape that a key of slices and arrays gives.

    The axes of the arrays stand where the first array does, or in front where a slice parts the arrays.
    """
    arrays: List[Any] = []
    place: Optional[int] = None
    last = -1
    axis = 0
    lengths: List[int] = []
    for position, part in enumerate(key):
        if isinstance(part, slice):
            lengths.append(view.shape[axis])
            axis += 1
            continue
        if part.dtype == bool:
            _check_mask(view, part, axis)
        arrays += _numbers(part)
        axis += _axes_taken(part)
        if place is None:
            place = len(lengths)
        elif last != position - 1:
            place = 0
        last = position
    shape = broadcast([item.shape for item in arrays])
    if shape is None:
        np.empty((1,) * len(arrays))[tuple(np.zeros(item.shape, np.intp) for item in arrays)]  # raises IndexError
        raise IndexError("shape mismatch: indexing arrays could not be broadcast together")
    return (*lengths[:place], *shape, *lengths[place:])


def _check_mask(view: Any, mask: Any, axis: int) -> None:
    if mask.shape != view.shape[axis : axis + mask.ndim]:
        thin = tuple(slice(None) if axis <= index < axis + mask.ndim else slice(0, 1) for index in range(view.ndim))
        view[thin][(slice(None),) * axis + (mask,)]  # raises NumPy's own IndexError


def set_item(array: Any, key: Any, value: Any) -> None:
    """Do ``array[key] = value``: with NumPy's checks, and for one position of a virtual axis instead of all."""
    parts = key if isinstance(key, tuple) else (key,)
    if is_virtual(key) and key.dtype == bool:
        if np.ndim(value) == 0:
            plain(array)[(slice(0, 1),) * array.ndim] = value  # checks the value
        return  # writes somewhere, and changes neither shape nor dtype
    if any(is_virtual(part) for part in parts):
        return
    basic = is_basic(key)
    target = np.ndarray.__getitem__(array, key) if basic else _picked(array, key)
    small = not isinstance(target, np.ndarray) or target.size <= STORED
    if small or not _fits(target.shape, np.shape(value)):
        plain(array)[key] = value  # where it does not fit, NumPy says so before it copies anything
        return
    if basic:
        values = np.asarray(value)
        one = (slice(0, 1),)
        plain(target)[one * target.ndim] = values[one * values.ndim]


def _fits(target: Shape, value: Shape) -> bool:
    lead = max(len(value) - len(target), 0)
    return broadcast([target, value[lead:]]) == target and all(length == 1 for length in value[:lead])
