"""What is computed element by element: each virtual axis once, whatever its length."""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from .array_axes import along
from .array_products import contracted
from .array_storage import MOST_STORED, Shape, Virtual, compact, expand, is_virtual, plain, real

_NOT_COUNTED = {np.maximum, np.minimum, np.logical_and, np.logical_or, np.bitwise_and, np.bitwise_or, np.fmax, np.fmin}
"""Functions for which a thousand equal operands give what one gives."""


def apply_ufunc(ufunc: Any, method: str, inputs: Tuple[Any, ...], keywords: Dict[str, Any]) -> Any:
    """Do what ``__array_ufunc__`` is asked for."""
    if method == "__call__":
        if ufunc.signature is not None:
            return contracted(ufunc, inputs, keywords)
        return _call(ufunc, inputs, keywords)
    if method == "reduce":
        return _reduce(ufunc, inputs[0], **keywords)
    if method == "accumulate":
        return _accumulate(ufunc, inputs[0], **keywords)
    if method == "outer":
        first, second = (np.asanyarray(item) for item in inputs)
        spread = first[(...,) + (None,) * second.ndim]
        return _call(ufunc, (spread, second), keywords)
    if method == "at" and is_virtual(inputs[0]):
        return None  # adds to some elements: neither shape nor dtype changes
    filled = [real(item, f"numpy.{ufunc.__name__}") if is_virtual(item) else item for item in inputs]
    return getattr(ufunc, method)(*filled, **keywords)


def broadcast(shapes: Sequence[Shape]) -> Optional[Shape]:
    """Return the shape that shapes have together, or None where they do not fit."""
    first = shapes[0]
    if all(shape == first or not shape for shape in shapes):
        return first
    rank = max(map(len, shapes))
    result = [1] * rank
    for shape in shapes:
        for axis, length in enumerate(shape, rank - len(shape)):
            if length != 1:
                if result[axis] not in (1, length):
                    return None
                result[axis] = length
    return tuple(result)


def narrowed(arrays: Sequence[Any], shape: Shape) -> List[Any]:
    """Return views of ordinary arrays that have one position along each axis that is virtual in all of them."""
    rank = len(shape)
    strides = []
    for array in arrays:
        padding = rank - array.ndim
        strides.append([0] * padding + [0 if n == 1 else step for n, step in zip(array.shape, array.strides)])
    lengths = [1 if not any(column) else length for column, length in zip(zip(*strides), shape)]
    size = math.prod(lengths)
    for axis in range(rank):
        if size <= MOST_STORED:
            break
        size //= lengths[axis]
        lengths[axis] = 1
    if lengths == list(shape):
        return list(arrays)
    cut = [slice(0, 1) if length == 1 else slice(None) for length in lengths]
    return [array[tuple(cut[rank - array.ndim :])] if array.ndim else array for array in arrays]


def elementwise(function: Callable[..., Any], operands: Sequence[Any]) -> Any:
    """Return what a function of broadcast operands gives; operands that are no arrays are handed on as they are."""
    operands = [_operand(item) for item in operands]
    arrays = [item for item in operands if isinstance(item, np.ndarray)]
    shape = broadcast([item.shape for item in arrays])
    if shape is None:
        return function(*operands)  # says in NumPy's own words that they do not fit
    views = iter(narrowed(arrays, shape))
    result = function(*(next(views) if isinstance(item, np.ndarray) else item for item in operands))
    return expand(np.asarray(result), shape)


def _operand(item: Any) -> Any:
    if isinstance(item, np.ndarray):
        return plain(item) if is_virtual(item) else item
    if isinstance(item, (list, tuple)) or hasattr(item, "__array__"):
        return np.asarray(item) if not np.isscalar(item) else item
    return item


def _call(ufunc: Any, inputs: Tuple[Any, ...], keywords: Dict[str, Any]) -> Any:
    outputs = keywords.pop("out", None) or ()
    where = keywords.pop("where", True)
    operands = [_operand(item) for item in inputs]
    targets = [plain(item) if item is not None else None for item in outputs]
    arrays = [item for item in operands if isinstance(item, np.ndarray)]
    kept = [item for item in targets if item is not None]
    condition = [_operand(where)] if isinstance(where, np.ndarray) else []
    everything = arrays + kept + condition
    shape = broadcast([item.shape for item in everything])
    if shape is None or any(item.shape != shape for item in kept):
        # These do not fit, which NumPy notices before it computes anything.
        return ufunc(*operands, **keywords, **({"out": tuple(targets)} if kept else {}))
    views = iter(narrowed(everything, shape))
    operands = [next(views) if isinstance(item, np.ndarray) else item for item in operands]
    if kept:
        keywords["out"] = tuple(next(views) if item is not None else None for item in targets)
    with np.errstate(all="ignore"):  # a plain run's values may give no reason to warn
        result = ufunc(*operands, **keywords)
    results = result if isinstance(result, tuple) else (result,)
    made = tuple(
        outputs[index] if index < len(outputs) and outputs[index] is not None else expand(np.asarray(item), shape)
        for index, item in enumerate(results)
    )
    return made if isinstance(result, tuple) else made[0]


def _reduce(
    ufunc: Any,
    array: Any,
    axis: Any = 0,
    dtype: Any = None,
    out: Any = None,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    if not is_virtual(array):
        array = np.asarray(array).view(Virtual.kind)
    shape = array.shape
    axes = reduced_axes(axis, array.ndim)
    stored = compact(array)
    more = {} if initial is None else {"initial": initial}
    with np.errstate(all="ignore"):
        result = ufunc.reduce(stored, axis=axes, dtype=dtype, keepdims=True, **more)
        times = math.prod(shape[index] // max(stored.shape[index], 1) for index in axes)
        if times != 1 and ufunc not in _NOT_COUNTED and result.dtype != object:
            count = np.asarray(times).astype(result.dtype)
            if ufunc is np.add:
                result = (result * count).astype(result.dtype, copy=False)
            elif ufunc is np.multiply:
                result = (result**count).astype(result.dtype, copy=False)
    return reduced(result, shape, axes, keepdims, out)


def reduced_axes(axis: Any, rank: int) -> Tuple[int, ...]:
    """Return the axes that a reduction takes, counted from the front; raises ``AxisError`` as NumPy does."""
    if axis is None:
        return tuple(range(rank))
    if isinstance(axis, int) and 0 <= axis < rank:
        return (axis,)
    normalize = getattr(np, "core", np).numeric.normalize_axis_tuple if np.__version__[0] == "1" else None
    if normalize is None:
        normalize = np.lib.array_utils.normalize_axis_tuple
    found: Tuple[int, ...] = normalize(axis, rank)
    return found


def reduced(result: Any, shape: Shape, axes: Sequence[int], keepdims: bool, out: Any = None) -> Any:
    """Give a reduced base the other axes' lengths, and its place where an output was handed in."""
    lengths = tuple(1 if index in axes else length for index, length in enumerate(shape))
    if not keepdims:
        left = [index for index in range(len(shape)) if index not in axes]
        result = result.reshape([result.shape[index] for index in left])
        lengths = tuple(lengths[index] for index in left)
    target = out[0] if isinstance(out, tuple) else out
    if target is not None:
        target[...] = expand(result, lengths)
        return target
    if not lengths:
        return result[()]
    return expand(result, lengths)


def _accumulate(ufunc: Any, array: Any, axis: int = 0, dtype: Any = None, out: Any = None) -> Any:
    with np.errstate(all="ignore"):
        result = along(array, axis, lambda part, at: ufunc.accumulate(part, axis=at, dtype=dtype))
    target = out[0] if isinstance(out, tuple) else out
    if target is not None:
        target[...] = result
        return target
    return result
