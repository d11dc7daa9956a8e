"""Large arrays as TensorFlow's tensors and datasets.

A large array becomes an eager tensor over memory that nobody has touched, which the system backs with nothing: true
shape, dtype and device, all zeros. Its conversion takes half a millisecond whatever its size. TensorFlow takes over
memory that is aligned to pages as it is (``TF_NewTensor`` copies only what is not aligned).

Iterating over a dataset made of such a tensor would copy it (measured on TensorFlow 2.21: 3.6 GB for the first
batch), so a dataset of slices becomes one row repeated: same element specification, cardinality and structure.
"""

from __future__ import annotations

import functools
import mmap
from typing import Any, Callable, Dict, List, Tuple

import numpy as np

from .array_storage import is_virtual, plain
from .large_arrays import LargeArray
from .large_tensors import LargeTensors, is_unfilled, mark
from .model import StandIn

_REAL_BYTES = 1 << 20
"""Arrays up to this size are converted as they are."""

_NORESERVE = 0x4000
"""Linux' MAP_NORESERVE: the memory does not count as promised; Python names it from 3.13 on."""

_TAKING_ARRAYS = "expand_dims squeeze tile pad gather one_hot unstack split identity shape"
"""Functions that hand arrays to native code at once, where ``__tf_tensor__`` is not asked."""


def untouched(lengths: Tuple[int, ...], dtype: Any) -> Any:
    """Return an eager tensor of zeros for which no memory is used until it is written to."""
    import tensorflow as tf
    from tensorflow.python.eager import context
    from tensorflow.python.framework import ops

    kind = tf.as_dtype(dtype)
    size = max(int(np.prod(lengths, dtype=np.int64)) * kind.size, 1)
    flags = getattr(mmap, "MAP_PRIVATE", 0) | getattr(mmap, "MAP_ANONYMOUS", 0)
    if hasattr(mmap, "MAP_POPULATE"):  # Linux
        flags |= getattr(mmap, "MAP_NORESERVE", _NORESERVE)
    memory = mmap.mmap(-1, size, flags=flags) if flags else mmap.mmap(-1, size)
    values = np.frombuffer(memory, kind.as_numpy_dtype, count=size // kind.size).reshape(lengths)
    context.ensure_initialized()
    with tf.device("/CPU:0"):
        return mark(ops.EagerTensor(values, context.context().device_name, None))


def to_tensor(array: Any, dtype: Any = None) -> Any:
    """Return a large array as a tensor; raises what TensorFlow raises where the dtype does not fit."""
    import tensorflow as tf

    if array.dtype.kind not in "biufc":
        return tf.convert_to_tensor(np.array(plain(array)), dtype)
    wanted = tf.as_dtype(array.dtype) if dtype is None else tf.as_dtype(dtype)
    if wanted != tf.as_dtype(array.dtype):
        tf.convert_to_tensor(np.array(plain(array)[(slice(0, 1),) * array.ndim]), wanted)
    if array.nbytes <= _REAL_BYTES:
        return tf.convert_to_tensor(np.array(plain(array)), dtype)
    if not tf.executing_eagerly():
        with tf.init_scope():
            return untouched(array.shape, wanted)
    return untouched(array.shape, wanted)


def _convert(value: Any) -> Any:
    if is_virtual(value):
        return to_tensor(value)
    if isinstance(value, (list, tuple)) and any(map(is_virtual, value)):
        return type(value)(_convert(item) for item in value)
    return value


def _taking_arrays(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def call(*arguments: Any, **keywords: Any) -> Any:
        if arguments and not isinstance(arguments[0], (np.ndarray, list, tuple)):
            return original(*arguments, **keywords)
        return original(*map(_convert, arguments), **{key: _convert(item) for key, item in keywords.items()})

    return call


def _joining(together: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a wrapper that joins arrays before they are tensors; ``together`` is NumPy's function for it."""

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def join(values: Any, axis: Any = 0, **keywords: Any) -> Any:
            if isinstance(values, (list, tuple)) and values and all(map(is_virtual, values)):
                try:
                    return to_tensor(together(values, axis=axis))
                except ValueError:
                    pass  # they do not fit, which TensorFlow says in its own words
            return original(_convert(values), axis, **keywords)

        return join

    return wrap


def _constant(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def constant(value: Any, dtype: Any = None, shape: Any = None, name: str = "Const") -> Any:
        if isinstance(value, (list, tuple)) and any(map(is_virtual, value)):
            value = np.stack(value)
        if not is_virtual(value):
            return original(value, dtype, shape, name)
        return to_tensor(value if shape is None else value.reshape(shape), dtype)

    return constant


def _cast(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def cast(x: Any, dtype: Any, name: Any = None) -> Any:
        if not is_virtual(x):
            return original(x, dtype, name)
        import tensorflow as tf

        return to_tensor(x.astype(tf.as_dtype(dtype).as_numpy_dtype, copy=False))

    return cast


# --- datasets -----------------------------------------------------------------------------------------------------


def _leaves(value: Any) -> List[Any]:
    # Tuples and dictionaries are structure to tf.data; a list is an array written out.
    if isinstance(value, tuple):
        return [leaf for item in value for leaf in _leaves(item)]
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    return [value]


def _mapped(value: Any, function: Callable[[Any], Any]) -> Any:
    if isinstance(value, tuple):
        items = [_mapped(item, function) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if isinstance(value, dict):
        return {key: _mapped(item, function) for key, item in value.items()}
    return function(value)


def _joined(value: Any) -> Any:
    is_list = isinstance(value, list) and any(map(is_virtual, value))
    return np.stack(value) if is_list else value


def _of_slices(original: Callable[..., Any], dataset: Any) -> Callable[..., Any]:
    @functools.wraps(original)
    def from_tensor_slices(tensors: Any, name: Any = None) -> Any:
        tensors = _mapped(tensors, _joined)
        leaves = _leaves(tensors)
        if not any(is_unfilled(leaf) or (is_virtual(leaf) and leaf.dtype.kind in "biufc") for leaf in leaves):
            return original(tensors, name)
        if len({np.shape(leaf)[:1] for leaf in leaves}) != 1:
            return original(_mapped(tensors, _convert), name)  # says in TensorFlow's words what does not fit

        def sliced(leaf: Any) -> Any:
            if is_unfilled(leaf):
                return dataset.from_tensors(leaf[0]).repeat(len(leaf))
            if not is_virtual(leaf):
                return original(leaf)
            return dataset.from_tensors(np.asarray(leaf[0])).repeat(len(leaf))

        made = _mapped(tensors, sliced)
        if isinstance(tensors, (tuple, dict)):
            made = dataset.zip(made)
        # A plain run has this class, which people see.
        made.__class__ = type("_TensorSliceDataset", (type(made),), {})
        return made

    return from_tensor_slices


def _apply(tensorflow: Any) -> None:
    setattr(LargeArray, "__tf_tensor__", lambda self, dtype=None, name=None: to_tensor(self, dtype))  # noqa: B010
    wrappers: Dict[str, Callable[..., Any]] = dict.fromkeys(_TAKING_ARRAYS.split(), _taking_arrays)
    wrappers.update(constant=_constant, cast=_cast, stack=_joining(np.stack), concat=_joining(np.concatenate))
    for name, wrapper in wrappers.items():
        setattr(tensorflow, name, wrapper(getattr(tensorflow, name)))
    LargeTensors(untouched).install()
    dataset = tensorflow.data.Dataset
    dataset.from_tensor_slices = staticmethod(_of_slices(dataset.from_tensor_slices, dataset))


STAND_INS: Tuple[StandIn, ...] = (StandIn("tensorflow", _apply),)
