"""Functions that put arrays together, or make longer, shorter or repeated ones of them."""

from __future__ import annotations

import math
from typing import Any, List, Sequence

import numpy as np

from .array_axes import spliced
from .array_elements import broadcast, elementwise, narrowed
from .array_storage import MOST_STORED, Virtual, compact, expand, is_virtual, plain, stretch


def concatenate(
    arrays: Sequence[Any], axis: Any = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind"
) -> Any:
    """Join arrays along an axis; those that do not fit are handed to NumPy, which says so."""
    parts = [np.asanyarray(item) for item in arrays]
    if axis is None:
        parts, axis = [item.reshape(-1) for item in parts], 0
    views = [plain(item) if is_virtual(item) else item for item in parts]
    rank = views[0].ndim
    if any(item.ndim != rank for item in views) or not -rank <= axis < rank:
        return np.concatenate(views, axis=axis)
    axis %= rank
    first = views[0].shape
    for item in views:
        if item.shape[:axis] != first[:axis] or item.shape[axis + 1 :] != first[axis + 1 :]:
            return np.concatenate(views, axis=axis)  # compares shapes before it copies anything
    kind = dtype or np.result_type(*views)
    shape = (*first[:axis], sum(item.shape[axis] for item in views), *first[axis + 1 :])
    result = _joined(views, axis, shape)
    if result.dtype != kind:
        result = result.astype(kind, casting=casting if dtype is not None else "unsafe")
    made = expand(result, shape)
    if out is not None:
        out[...] = made
        return out
    return made


def _joined(views: List[Any], axis: int, shape: Sequence[int]) -> Any:
    """Return a base for the whole: the parts after one another where that is small, else the first one's."""
    others = math.prod(shape[:axis]) * math.prod(shape[axis + 1 :])
    if others * shape[axis] <= MOST_STORED:
        return np.concatenate(views, axis=axis)
    hollow = [np.moveaxis(item, axis, 0)[:1] for item in views]
    thin = [np.moveaxis(item, 0, axis) for item in narrowed(hollow, np.broadcast_shapes(*(h.shape for h in hollow)))]
    if shape[axis] * thin[0].size <= MOST_STORED and all(item.size == thin[0].size for item in thin):
        cut = tuple(
            slice(None) if index == axis or length != 1 else slice(0, 1) for index, length in enumerate(thin[0].shape)
        )
        return np.concatenate([item[cut] for item in views], axis=axis)
    present = next((item for item, view in zip(thin, views) if view.shape[axis]), thin[0])
    return present


def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    """Repeat an array along new axes and those of length 1."""
    lengths = (int(shape),) if np.isscalar(shape) else tuple(int(length) for length in shape)
    if broadcast([array.shape, lengths]) != lengths:
        return np.broadcast_to(plain(array), lengths)
    stored = compact(array)
    return expand(stored.reshape((1,) * (len(lengths) - stored.ndim) + stored.shape), lengths)


def copyto(target: Any, source: Any, casting: str = "same_kind", where: Any = True) -> None:
    """Write one array over another."""
    target[...] = source


def full_like(
    array: Any,
    dtype: Any = None,
    order: str = "K",
    subok: bool = True,
    shape: Any = None,
    *,
    value: Any = 0,
    device: Any = None,
) -> Any:
    """Return an array of one value with the shape and dtype of another."""
    lengths = array.shape if shape is None else (int(shape),) if np.isscalar(shape) else tuple(shape)
    kind = array.dtype if dtype is None else np.dtype(dtype)
    filled = np.empty((1,) * len(lengths), kind)
    filled[...] = np.asarray(value).astype(kind) if np.ndim(value) == 0 else np.asarray(value).ravel()[0]
    return expand(filled, lengths)


def tile(array: Any, reps: Any) -> Any:
    """Repeat an array as a whole along each axis."""
    array = np.asanyarray(array)
    times = (int(reps),) if np.isscalar(reps) else tuple(int(number) for number in reps)
    rank = max(array.ndim, len(times))
    lengths = (1,) * (rank - array.ndim) + array.shape
    times = (1,) * (rank - len(times)) + times
    shape = tuple(length * number for length, number in zip(lengths, times))
    stored = compact(array.view(Virtual.kind)).reshape(
        (1,) * (rank - array.ndim) + compact(array.view(Virtual.kind)).shape
    )
    if math.prod(shape) <= MOST_STORED:
        return expand(np.tile(plain(array), times), shape)
    cut = tuple(slice(0, 1) if have != want else slice(None) for have, want in zip(stored.shape, shape))
    return expand(stored[cut], shape)


def repeated(array: Any, repeats: Any, axis: Any) -> Any:
    """Repeat each position of an axis; NumPy checks the numbers on a line of its own."""
    at = range(array.ndim)[axis]
    if np.ndim(repeats) == 0:
        return _of_length(array, at, array.shape[at] * int(repeats))
    line = np.broadcast_to(np.zeros((), np.int8), array.shape[at : at + 1])
    return _of_length(array, at, np.repeat(line, repeats).shape[0])


def resize(array: Any, new_shape: Any) -> Any:
    """Return an array of any other shape, filled with the values again and again."""
    lengths = (int(new_shape),) if np.isscalar(new_shape) else tuple(int(length) for length in new_shape)
    return stretch(compact(array), lengths)


def pad(array: Any, pad_width: Any, mode: Any = "constant", **keywords: Any) -> Any:
    """Make an array longer at the ends of its axes; NumPy checks the widths on a line of each axis."""
    if isinstance(pad_width, dict):
        pad_width = [pad_width.get(axis, pad_width.get(axis - array.ndim, (0, 0))) for axis in range(array.ndim)]
    widths = np.broadcast_to(np.asarray(pad_width), (array.ndim, 2))
    np.pad(np.zeros((1,) * array.ndim), np.minimum(widths, 1), mode, **keywords)
    result = array
    for axis, (before, after) in enumerate(widths.tolist()):
        if before or after:
            result = _of_length(result, axis, result.shape[axis] + before + after)
    return result


def _of_length(array: Any, axis: int, length: int) -> Any:
    return spliced(array if is_virtual(array) else array.view(Virtual.kind), axis, length)


def delete(array: Any, obj: Any, axis: Any = None) -> Any:
    """Remove positions from an axis; NumPy counts them on a line of its own."""
    if axis is None:
        array, axis = array.reshape(-1), 0
    axis = range(array.ndim)[axis]
    line = np.delete(np.broadcast_to(np.zeros((), np.int8), array.shape[axis : axis + 1]), obj)
    return _of_length(array, axis, line.shape[0])


def insert(array: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    """Put new positions into an axis."""
    array = np.asanyarray(array)
    if axis is None:
        array, axis = array.reshape(-1), 0
    axis = range(array.ndim)[axis]
    line = np.zeros(array.shape[axis : axis + 1], np.int8)
    many = np.ndim(obj) or isinstance(obj, slice)
    count = 1 if many else np.shape(values)[0] if np.ndim(values) == array.ndim else 1
    return _of_length(array, axis, np.insert(line, obj, 0 if many else np.zeros(count, np.int8)).shape[0])


def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """Choose elements by conditions."""
    count = len(condlist)

    def chosen(*parts: Any) -> Any:
        return np.select(list(parts[:count]), list(parts[count:-1]), parts[-1])

    return elementwise(chosen, [*condlist, *choicelist, default])
