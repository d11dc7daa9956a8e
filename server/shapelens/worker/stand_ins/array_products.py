"""Matrix products and other contractions: the true shape and dtype, and values of the right size at best."""

from __future__ import annotations

import math
import operator
from typing import Any, Dict, Sequence, Tuple

import numpy as np

from .array_storage import Shape, expand, is_virtual, plain, real, stretch


def filled(shape: Sequence[int], *operands: Any) -> Any:
    """Return an array of a shape, with some value, of the dtype that operands have together."""
    return expand(np.ones((1,) * len(shape), np.result_type(*operands)), tuple(shape))


def contracted(ufunc: Any, inputs: Tuple[Any, ...], keywords: Dict[str, Any]) -> Any:
    """Return what a generalised function such as ``matmul`` gives; its signature tells the axes."""
    operands = [np.asanyarray(item) for item in inputs]
    if ufunc is np.matmul and not set(keywords) - {"out", "axes"}:
        result = _matmul(operands)
        target = (keywords.get("out") or (None,))[0]
        if target is not None:
            target[...] = result
            return target
        return result
    keywords.pop("out", None)
    return ufunc(
        *(real(item, f"numpy.{ufunc.__name__}") if is_virtual(item) else item for item in operands), **keywords
    )


def _matmul(operands: Sequence[Any]) -> Any:
    first, second = operands
    rows = first.shape[:-1] if first.ndim > 1 else ()
    columns = second.shape[-1:] if second.ndim > 1 else ()
    inner = second.shape[-2] if second.ndim > 1 else second.shape[0] if second.ndim else 0
    if not first.ndim or not second.ndim or first.shape[-1] != inner:
        return np.matmul(_thin(first), _thin(second))  # says in NumPy's own words what does not fit
    batch = np.broadcast_shapes(rows[:-1], second.shape[:-2])
    shape = (*batch, *rows[-1:], *columns)
    return _scalar_or_array(filled(shape, first, second))


def _thin(array: Any) -> Any:
    view = plain(array) if is_virtual(array) else array
    return view[(slice(0, 1),) * max(view.ndim - 2, 0)] if view.ndim > 2 else view


def _scalar_or_array(result: Any) -> Any:
    return result[()] if result.ndim == 0 else result


def dot(first: Any, second: Any, out: Any = None) -> Any:
    """Return the shape and dtype of ``numpy.dot``."""
    first, second = np.asanyarray(first), np.asanyarray(second)
    if not first.ndim or not second.ndim:
        return np.multiply(first, second, dtype=np.result_type(first.dtype, second.dtype))
    at = -2 if second.ndim > 1 else -1
    if first.shape[-1] != second.shape[at]:
        return np.dot(_cut(first, first.ndim - 1), _cut(second, second.ndim + at))
    shape = (*first.shape[:-1], *second.shape[:at], *(second.shape[-1:] if at == -2 else ()))
    return _scalar_or_array(filled(shape, first, second))


def _cut(array: Any, axis: int) -> Any:
    # NumPy compares lengths before it multiplies, so views of the true shape cost nothing here.
    return plain(array) if is_virtual(array) else array


def inner(first: Any, second: Any) -> Any:
    """Return the shape and dtype of ``numpy.inner``."""
    first, second = np.asanyarray(first), np.asanyarray(second)
    if not first.ndim or not second.ndim:
        return first * second
    if first.shape[-1] != second.shape[-1]:
        return np.inner(_cut(first, -1), _cut(second, -1))
    return _scalar_or_array(filled((*first.shape[:-1], *second.shape[:-1]), first, second))


def outer(first: Any, second: Any, out: Any = None) -> Any:
    """Return the shape and dtype of ``numpy.outer``."""
    first, second = np.asanyarray(first), np.asanyarray(second)
    return filled((first.size, second.size), first, second)


def tensordot(first: Any, second: Any, axes: Any = 2) -> Any:
    """Return the shape and dtype of ``numpy.tensordot``."""
    first, second = np.asanyarray(first), np.asanyarray(second)
    try:
        of_first, of_second = axes
    except TypeError:
        of_first, of_second = range(first.ndim - axes, first.ndim), range(axes)
    one = [operator.index(axis) % first.ndim for axis in _listed(of_first)]
    two = [operator.index(axis) % second.ndim for axis in _listed(of_second)]
    if len(one) != len(two) or any(first.shape[a] != second.shape[b] for a, b in zip(one, two)):
        raise ValueError("shape-mismatch for sum")
    shape = [n for axis, n in enumerate(first.shape) if axis not in one]
    shape += [n for axis, n in enumerate(second.shape) if axis not in two]
    return filled(shape, first, second)


def _listed(axes: Any) -> Sequence[Any]:
    try:
        return list(axes)
    except TypeError:
        return [axes]


def einsum(*operands: Any, out: Any = None, optimize: Any = False, **keywords: Any) -> Any:
    """Return the shape and dtype of ``numpy.einsum``."""
    if not isinstance(operands[0], str):
        return np.einsum(*(real(item, "numpy.einsum") if is_virtual(item) else item for item in operands), **keywords)
    text = operands[0].replace(" ", "")
    arrays = [np.asanyarray(item) for item in operands[1:]]
    given, arrow, wanted = text.partition("->")
    lengths: Dict[str, int] = {}
    spread: Shape = ()
    terms = given.split(",")
    if len(terms) != len(arrays):
        return np.einsum(text, *(_first_of_each(item) for item in arrays))
    for term, array in zip(terms, arrays):
        before, dots, after = term.partition("...")
        if (not dots and len(before) != array.ndim) or len(before) + len(after) > array.ndim:
            return np.einsum(text, *(_first_of_each(item) for item in arrays))
        middle = array.shape[len(before) : array.ndim - len(after)]
        spread = np.broadcast_shapes(spread, middle)
        labelled = [*zip(before, array.shape), *zip(after, array.shape[array.ndim - len(after) :])]
        for label, length in labelled:
            known = lengths.setdefault(label, length)
            if 1 not in (known, length) and known != length:
                return np.einsum(text, *(plain(item) if is_virtual(item) else item for item in arrays))
            lengths[label] = max(known, length)
    if not arrow:
        letters = [label for label in sorted(lengths) if given.count(label) == 1]
        wanted = "..." * ("..." in given) + "".join(letters)
    if any(label not in lengths for label in wanted.replace("...", "")):
        return np.einsum(text, *(_first_of_each(item) for item in arrays))
    before, dots, after = wanted.partition("...")
    shape = (*(lengths[label] for label in before), *(spread if dots else ()), *(lengths[label] for label in after))
    dtype = keywords.get("dtype")
    result = filled(shape, *arrays) if dtype is None else expand(np.ones((1,) * len(shape), dtype), shape)
    return _scalar_or_array(result)


def _first_of_each(array: Any) -> Any:
    view = plain(array) if is_virtual(array) else array
    return view[(slice(0, 1),) * view.ndim]


def kron(first: Any, second: Any) -> Any:
    """Return the shape and dtype of ``numpy.kron``."""
    first, second = np.asanyarray(first), np.asanyarray(second)
    rank = max(first.ndim, second.ndim)
    one, two = ((1,) * (rank - item.ndim) + item.shape for item in (first, second))
    return filled([a * b for a, b in zip(one, two)], first, second)


def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Return the shape and dtype of ``numpy.linalg.norm``: a Euclidean norm, whichever is asked for."""
    array = np.asanyarray(x)
    if not np.issubdtype(array.dtype, np.inexact):
        array = array.astype(float)
    if axis is None and ord is not None and array.ndim > 2:
        raise ValueError("Improper number of dimensions to norm.")
    return np.sqrt(np.add.reduce(np.abs(array * array), axis=axis, keepdims=keepdims))


def covariance(m: Any, y: Any = None, rowvar: bool = True, *_: Any, **__: Any) -> Any:
    """Return the shape and dtype of ``numpy.cov`` and ``numpy.corrcoef``."""
    array = np.asanyarray(m)
    count = 1 if array.ndim < 2 else array.shape[0 if rowvar else 1]
    if y is not None:
        other = np.asanyarray(y)
        count += 1 if other.ndim < 2 else other.shape[0 if rowvar else 1]
    values = np.eye(count, dtype=np.result_type(array, np.float64))
    return values if count > 1 else values.reshape(())


def reshaped(array: Any, shape: Any, order: Any = "C") -> Any:
    """Return an array in another shape; NumPy itself checks the shape, on an array without any bytes."""
    hollow = np.ndarray(array.shape, np.dtype([]))
    found = hollow.reshape(shape).shape
    if math.prod(found) == array.size and found == array.shape:
        return array[...]
    stored = plain(array)[tuple([slice(0, 1) if not step else slice(None) for step in array.strides])]
    return stretch(stored, found)
