"""NumPy's functions on large arrays, by way of ``__array_function__``.

A function is found in one of three lists: those that NumPy writes in terms of others and that can run as they
are; those that are done here; and those whose result's shape depends on values, which are refused. Whatever is
in none of them is done for real on a copy where that is cheap, else refused.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, FrozenSet, List, Mapping, Tuple

import numpy as np

from . import array_products as products
from .array_axes import along, over
from .array_elements import elementwise, reduced_axes
from .array_joins import broadcast_to, concatenate, copyto, delete, full_like, insert, pad, resize, select, tile
from .array_storage import Virtual, compact, depends_on_values, expand, is_virtual, real
from .array_values import bincount, histogram, unique

Handler = Callable[..., Any]

_AS_THEY_ARE = (
    "all any amax amin append argmax argmin array2string array_repr array_split array_str around atleast_1d atleast_2d "
    "atleast_3d average clip column_stack cumprod cumsum diagonal dsplit dstack expand_dims flip fliplr flipud hsplit "
    "hstack imag iscomplexobj isrealobj max may_share_memory mean min moveaxis ndim prod ptp ravel real repeat reshape "
    "result_type rollaxis rot90 round round_ row_stack shape size split squeeze stack std sum swapaxes take trace "
    "transpose tril triu unstack var vsplit vstack common_type min_scalar_type can_cast "
    "cumulative_sum cumulative_prod permute_dims matrix_transpose astype ediff1d"
)
_REFUSED = "argwhere compress extract flatnonzero intersect1d nonzero setdiff1d setxor1d trim_zeros union1d"
_ELEMENT_BY_ELEMENT = "angle digitize fix i0 isclose isin in1d isneginf isposinf nan_to_num sinc unwrap real_if_close"
_LINE_BY_LINE = "argpartition argsort diff fft gradient partition roll sort trapezoid trapz"
_TRANSFORMS = "fft ifft rfft irfft hfft ihfft"
_BLOCK_TRANSFORMS = "fft2 ifft2 rfft2 irfft2 fftn ifftn rfftn irfftn fftshift ifftshift"
_LEVELS = "median percentile quantile nanmedian nanpercentile nanquantile"
_WITHOUT_NAN = "nanmax nanmin nanmean nanstd nanvar nansum nanprod nanargmax nanargmin nancumsum nancumprod"


class ArrayFunctions:
    """The table of NumPy's functions; made once."""

    def __init__(self) -> None:
        self._as_they_are: FrozenSet[Any] = frozenset(_found(np, _AS_THEY_ARE).values())
        self._handlers: Dict[Any, Handler] = {}
        for name, function in _found(np, _REFUSED).items():
            self._handlers[function] = _refusal(name)
        for function in _found(np, _ELEMENT_BY_ELEMENT).values():
            self._handlers[function] = _by_element(function)
        for function in _found(np, _LINE_BY_LINE).values():
            self._handlers[function] = _by_line(function)
        for function in _found(np.fft, _TRANSFORMS).values():
            self._handlers[function] = _by_line(function)
        for function in _found(np.fft, _BLOCK_TRANSFORMS).values():
            self._handlers[function] = _by_block(function)
        for function in _found(np, _LEVELS).values():
            self._handlers[function] = _levels(function)
        for name, function in _found(np, _WITHOUT_NAN).items():
            self._handlers[function] = getattr(np, name[len("nan") :])
        self._handlers.update({getattr(np, name): handler for name, handler in _OTHERS.items() if hasattr(np, name)})
        self._handlers[np.linalg.norm] = products.norm

    def call(
        self, default: Callable[..., Any], function: Any, arguments: Tuple[Any, ...], keywords: Mapping[str, Any]
    ) -> Any:
        """Do what ``__array_function__`` is asked for; ``default`` runs NumPy's own implementation."""
        if function in self._as_they_are:
            return default()
        handler = self._handlers.get(function)
        if handler is not None:
            return handler(*arguments, **keywords)
        return _for_real(function, arguments, keywords)


def _found(module: Any, names: str) -> Dict[str, Any]:
    # Versions of NumPy differ in what they have.
    return {name: getattr(module, name) for name in names.split() if hasattr(module, name)}


def _for_real(function: Any, arguments: Tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
    doing = f"numpy.{getattr(function, '__name__', 'function')}"

    def filled(item: Any) -> Any:
        if is_virtual(item):
            return real(item, doing)
        if isinstance(item, (list, tuple)) and any(map(is_virtual, item)):
            return type(item)(map(filled, item))
        return item

    return function(*map(filled, arguments), **{name: filled(item) for name, item in keywords.items()})


def _refusal(name: str) -> Handler:
    def refuse(*_: Any, **__: Any) -> Any:
        depends_on_values(f"numpy.{name}(...)")

    return refuse


def _by_element(function: Any) -> Handler:
    def apply(array: Any, *rest: Any, **keywords: Any) -> Any:
        keywords.pop("out", None)
        keywords.pop("copy", None)
        if not is_virtual(array):
            return _for_real(function, (array, *rest), keywords)
        return elementwise(lambda part: function(part, *map(_stored, rest), **keywords), [array])

    return apply


def _stored(item: Any) -> Any:
    return compact(item) if is_virtual(item) else item


def _by_line(function: Any) -> Handler:
    """For functions that take the array first and the axis by name, or as third argument; the last is the default."""
    at = {np.diff: 2, np.roll: 2, np.argsort: 1, np.sort: 1}.get(function, 2)

    def apply(array: Any, *rest: Any, **keywords: Any) -> Any:
        if not is_virtual(array):
            return _for_real(function, (array, *rest), keywords)
        arguments = list(rest)
        if len(arguments) >= at:
            keywords["axis"] = arguments.pop(at - 1)
        axis = keywords.pop("axis", None if function is np.roll else -1)
        if function is np.roll:
            return array[...] if axis is None else _rolled(array, arguments, axis)
        if function is np.gradient:
            axes = range(array.ndim) if axis in (None, -1) and "axis" not in keywords else [axis]
            found = [along(array, item, lambda part, at: np.gradient(part, *arguments, axis=at)) for item in axes]
            return found[0] if len(found) == 1 else type(np.gradient(np.eye(2)))(found)
        if axis is None:
            array, axis = array.reshape(-1), 0
        return along(array, axis, lambda part, at: function(part, *arguments, axis=at, **keywords))

    return apply


def _rolled(array: Any, arguments: List[Any], axis: Any) -> Any:
    reduced_axes(axis, array.ndim)
    return array[...]


def _by_block(function: Any) -> Handler:
    def apply(array: Any, *rest: Any, **keywords: Any) -> Any:
        if not is_virtual(array):
            return _for_real(function, (array, *rest), keywords)
        if function in (np.fft.fftshift, np.fft.ifftshift):
            return array[...]
        last_two = function.__name__.endswith("2")
        named = dict(zip(("s", "axes", "norm"), rest), **keywords)
        axes = named.pop("axes", (-2, -1) if last_two else None)
        if axes is None:
            sizes = named.get("s")
            axes = range(array.ndim) if sizes is None else range(array.ndim - len(sizes), array.ndim)
        axes = tuple(reduced_axes(tuple(axes), array.ndim))
        return over(array, axes, lambda part: function(part, axes=axes, **named))

    return apply


def _levels(function: Any) -> Handler:
    def apply(array: Any, *rest: Any, **keywords: Any) -> Any:
        keywords.pop("overwrite_input", None)
        names = ("axis", "out") if "median" in function.__name__ else ("q", "axis", "out")
        named = dict(zip(names, rest), **keywords)
        axis, keepdims = named.pop("axis", None), named.pop("keepdims", False)
        named.pop("out", None)
        axes = reduced_axes(axis, array.ndim)
        part = compact(array)
        result = np.asarray(function(part, axis=tuple(axes), keepdims=True, **named))
        lead = result.shape[: result.ndim - array.ndim]
        kept = [1 if index in axes else length for index, length in enumerate(array.shape)]
        result = expand(result, (*lead, *kept))
        if not keepdims:
            result = np.squeeze(result, axis=tuple(len(lead) + index for index in axes))
        return result[()] if result.ndim == 0 else result

    return apply


def _where(condition: Any, *choices: Any) -> Any:
    if not choices:
        depends_on_values("numpy.where(condition)")
    return elementwise(np.where, [condition, *choices])


def _allclose(a: Any, b: Any, *_: Any, **__: Any) -> bool:
    return bool(np.all(np.isclose(compact(np.asanyarray(a).view(Virtual.kind)).ravel()[:1], 0.0))) and np.size(b) == 0


def _array_equal(a: Any, b: Any, *_: Any, **__: Any) -> bool:
    return np.shape(a) == np.shape(b) and a is b


def _count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    count = np.sum(a != 0, axis=axis, keepdims=keepdims)
    return type(np.count_nonzero(np.eye(1)))(count) if axis is None and not keepdims else count


def _apply_along_axis(function: Any, axis: int, array: Any, *rest: Any, **keywords: Any) -> Any:
    if not is_virtual(array):
        return _for_real(np.apply_along_axis, (function, axis, array, *rest), keywords)
    line = np.moveaxis(array, axis, -1)
    one = np.asarray(function(np.array(line[(0,) * (array.ndim - 1)]), *rest, **keywords))
    shape = [*array.shape]
    at = axis % array.ndim
    result = one.reshape((1,) * at + one.shape + (1,) * (array.ndim - 1 - at))
    return expand(result, (*shape[:at], *one.shape, *shape[at + 1 :]))


def _saved(*_: Any, **__: Any) -> None:
    return None  # an evaluation writes no files


_OTHERS: Mapping[str, Handler] = {
    "allclose": _allclose,
    "apply_along_axis": _apply_along_axis,
    "array_equal": _array_equal,
    "bincount": bincount,
    "broadcast_to": broadcast_to,
    "concat": concatenate,
    "concatenate": concatenate,
    "copy": lambda a, order="K", subok=False: a.copy(),
    "copyto": copyto,
    "corrcoef": products.covariance,
    "count_nonzero": _count_nonzero,
    "cov": products.covariance,
    "delete": delete,
    "dot": products.dot,
    "einsum": products.einsum,
    "empty_like": full_like,
    "full_like": lambda a, fill_value, *rest, **keywords: full_like(a, *rest, value=fill_value, **keywords),
    "histogram": histogram,
    "inner": products.inner,
    "insert": insert,
    "kron": products.kron,
    "ones_like": lambda a, *rest, **keywords: full_like(a, *rest, value=1, **keywords),
    "outer": products.outer,
    "pad": pad,
    "resize": resize,
    "save": _saved,
    "savetxt": _saved,
    "savez": _saved,
    "savez_compressed": _saved,
    "select": select,
    "tensordot": products.tensordot,
    "tile": tile,
    "unique": unique,
    "where": _where,
    "zeros_like": full_like,
}
