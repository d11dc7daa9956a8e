"""Eager tensors of TensorFlow whose values nobody will read, and which take no memory until someone does."""

from __future__ import annotations

from typing import Any, Sequence

from ..stand_ins.tensorflow_arrays import untouched

_SMALL = 2**16
"""Elements; below it a plain constant is as quick."""


def lazy_tensor(shape: Sequence[int], dtype: Any) -> Any:
    """Return a tensor of values that add up to one along the last axis, or of zeros where it is large.

    Memory of large ones is mapped by the system when it is first touched.
    """
    import tensorflow as tf

    kind = tf.as_dtype(dtype)
    number = 1
    for size in shape:
        number *= size
    if number <= _SMALL or not (kind.is_floating or kind.is_integer) or kind.name == "bfloat16":
        value = 1.0 / max(shape[-1], 1) if shape and (kind.is_floating or kind.is_complex) else 0
        if kind == tf.string:
            return tf.fill(shape, "")
        return tf.fill(shape, tf.cast(value, kind))
    return untouched(tuple(shape), kind)
