"""Large arrays without memory: what programs get in place of random numbers and data sets of gigabytes.

Replaced are the values; kept true are shape, dtype, number of bytes, errors, and everything that is made of these
by indexing, arithmetic, reductions and NumPy's functions. A program meets an ordinary ``numpy.ndarray``: the
class derives from it and bears its name.
"""

# ruff: noqa: D102  (its methods are those of numpy.ndarray)

from __future__ import annotations

from typing import Any, Callable, Dict, Iterable, Tuple

import numpy as np

from .array_axes import along
from .array_elements import apply_ufunc, elementwise, reduced_axes
from .array_functions import ArrayFunctions
from .array_indexing import get_item, set_item
from .array_joins import repeated
from .array_products import reshaped
from .array_storage import Virtual, compact, depends_on_values, expand, real, virtual


class LargeArray(Virtual):
    """An array whose virtual axes hold one position for all (see array_storage)."""

    _functions = ArrayFunctions()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **keywords: Any) -> Any:
        return apply_ufunc(ufunc, method, inputs, keywords)

    def __array_function__(
        self, function: Callable[..., Any], types: Iterable[type], args: Tuple[Any, ...], kwargs: Dict[str, Any]
    ) -> Any:
        def default() -> Any:
            return Virtual.__array_function__(self, function, types, args, kwargs)

        return self._functions.call(default, function, args, kwargs)

    # --- parts --------------------------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Any:
        return get_item(self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        set_item(self, key, value)

    def __contains__(self, value: object) -> bool:
        return bool(np.any(compact(self) == value))

    def take(self, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise") -> Any:
        array = self.reshape(-1) if axis is None else self
        at = 0 if axis is None else reduced_axes(axis, self.ndim)[0]
        wanted = np.asarray(indices)
        if mode != "raise":
            wanted = np.remainder(wanted, array.shape[at])
        return array[(slice(None),) * at + (wanted,)]

    def compress(self, condition: Any, axis: Any = None, out: Any = None) -> Any:
        chosen = np.flatnonzero(np.asarray(condition))
        return self.take(chosen, axis)

    def nonzero(self) -> Any:
        depends_on_values("array.nonzero()")

    def fill(self, value: Any) -> None:
        compact(self)[...] = value

    # --- other shapes -------------------------------------------------------------------------------------

    def reshape(self, *shape: Any, order: Any = "C", copy: Any = None) -> Any:
        return reshaped(self, shape[0] if len(shape) == 1 else shape, order)

    def ravel(self, order: Any = "C") -> Any:
        return reshaped(self, -1, order)

    def flatten(self, order: Any = "C") -> Any:
        return reshaped(self, -1, order)

    def repeat(self, repeats: Any, axis: Any = None) -> Any:
        return repeated(self.reshape(-1) if axis is None else self, repeats, 0 if axis is None else axis)

    # --- copies -------------------------------------------------------------------------------------------

    def copy(self, order: Any = "C") -> Any:
        return _again(compact(self).copy(), self)

    def __copy__(self) -> Any:
        return self.copy()

    def __deepcopy__(self, memo: Any) -> Any:
        return self.copy()

    def astype(
        self, dtype: Any, order: Any = "K", casting: Any = "unsafe", subok: bool = True, copy: bool = True
    ) -> Any:
        if not copy and np.dtype(dtype) == self.dtype:
            return self
        with np.errstate(all="ignore"):
            return _again(compact(self).astype(dtype, "C", casting), self)

    def round(self, decimals: int = 0, out: Any = None) -> Any:
        return elementwise(lambda part: np.round(part, decimals), [self])

    def byteswap(self, inplace: bool = False) -> Any:
        return self if inplace else self.copy()

    def __reduce__(self) -> Any:
        return _restored, (np.array(compact(self)), self.shape)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.__reduce__()

    # --- lines along an axis ------------------------------------------------------------------------------

    def argmax(self, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Any:
        return self._place("argmax", axis, keepdims)

    def argmin(self, axis: Any = None, out: Any = None, *, keepdims: bool = False) -> Any:
        return self._place("argmin", axis, keepdims)

    def _place(self, method: str, axis: Any, keepdims: bool) -> Any:
        if axis is None:
            found = getattr(compact(self), method)()
            return np.full((1,) * self.ndim, found) if keepdims else found
        return along(self, axis, lambda part, at: getattr(part, method)(at, keepdims=keepdims))

    def argsort(self, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
        array, at = (self.reshape(-1), 0) if axis is None else (self, axis)
        return along(array, at, lambda part, axis: part.argsort(axis, kind, order))

    def sort(self, axis: Any = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> None:
        reduced_axes(axis, self.ndim)

    def partition(self, kth: Any, axis: Any = -1, kind: Any = "introselect", order: Any = None) -> None:
        reduced_axes(axis, self.ndim)

    def cumsum(self, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        return np.add.accumulate(*_line(self, axis), dtype=dtype, out=out)

    def cumprod(self, axis: Any = None, dtype: Any = None, out: Any = None) -> Any:
        return np.multiply.accumulate(*_line(self, axis), dtype=dtype, out=out)

    def trace(self, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Any:
        return np.sum(self.diagonal(offset, axis1, axis2), axis=-1, dtype=dtype)

    def dot(self, b: Any, out: Any = None) -> Any:
        return np.dot(self, b)

    def searchsorted(self, v: Any, side: Any = "left", sorter: Any = None) -> Any:
        return np.searchsorted(real(self, "array.searchsorted"), v, side, sorter)

    # --- all values ---------------------------------------------------------------------------------------

    def tolist(self) -> Any:
        return real(self, "array.tolist()").tolist()

    def tobytes(self, order: Any = "C") -> bytes:
        filled: bytes = real(self, "array.tobytes()").tobytes(order)
        return filled

    def tofile(self, fid: Any, sep: str = "", format: str = "%s") -> None:
        """Write nothing: an evaluation makes no files."""

    def dump(self, file: Any) -> None:
        """Write nothing: an evaluation makes no files."""

    def dumps(self) -> bytes:
        filled: bytes = real(self, "array.dumps()").dumps()
        return filled


# Messages, representations and what the program prints speak of the class that a plain run has.
LargeArray.__name__ = LargeArray.__qualname__ = "ndarray"
LargeArray.__module__ = "numpy"


def _again(base: Any, like: Any) -> Any:
    return virtual(base, like.shape)


def _line(array: Any, axis: Any) -> Tuple[Any, int]:
    return (array.reshape(-1), 0) if axis is None else (array, axis)


def _restored(base: Any, shape: Tuple[int, ...]) -> Any:
    return expand(base, shape)
