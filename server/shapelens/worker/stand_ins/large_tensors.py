"""Operations on large tensors that nobody filled: shapes and dtypes as TensorFlow infers them, no computation.

What it replaces: eager operations of which an input is such a tensor. What stays true: shapes, dtypes, devices and
exceptions; an operation whose shape TensorFlow cannot infer from shapes has no result, because the values that would
decide it do not exist. Every operation goes through one function of TensorFlow (``TFE_Py_FastPathExecute``); where that
one gives up, the generated code calls ``quick_execute`` with the operation in parts.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Dict, List, Optional, Sequence, Set, Tuple

import numpy as np

from ..contract import SkipReason
from ..unknown import NotEvaluated
from .array_storage import expand

_MARK = "_shapelens_unfilled"

_OF_SHAPES = ("Shape", "ShapeN", "Size", "Rank")
"""Operations that look at no value; what they tell is true."""

_SMALL = 1 << 16
"""Elements of a result that is a plain tensor of zeros."""


def mark(tensor: Any) -> Any:
    """Note that nobody filled a tensor, and return it."""
    setattr(tensor, _MARK, True)
    return tensor


def is_unfilled(value: Any) -> bool:
    """Tell whether a value is a tensor that nobody filled."""
    return getattr(value, _MARK, False) is True


class LargeTensors:
    """Replaces how TensorFlow executes eager operations."""

    def __init__(self, untouched: Callable[[Tuple[int, ...], Any], Any]) -> None:
        import tensorflow as tf
        from tensorflow.python import pywrap_tfe
        from tensorflow.python.eager import core, execute
        from tensorflow.python.framework import op_def_library, op_def_registry, ops

        self._tf = tf
        self._untouched = untouched
        self._fast: Any = pywrap_tfe
        self._execute: Any = execute
        self._fall_back: Any = core._FallbackException
        self._definition: Callable[[str], Any] = op_def_registry.get
        self._add: Callable[..., Any] = op_def_library._apply_op_helper
        self._eager: Any = ops.EagerTensor

    def install(self) -> None:
        """Patch both ways, and what arrays such tensors are."""
        self._fast.TFE_Py_FastPathExecute = self._not_fast(self._fast.TFE_Py_FastPathExecute)
        self._execute.execute = self._executed(self._execute.quick_execute)
        base = next(kind for kind in self._eager.__mro__ if "numpy" in vars(kind))
        base.numpy = _array(base.numpy)
        for name in ("__int__", "__index__"):
            setattr(base, name, _no_number(getattr(base, name)))

    def _not_fast(self, original: Callable[..., Any]) -> Callable[..., Any]:
        eager, fall_back = self._eager, self._fall_back

        def execute(context: Any, name: str, *arguments: Any) -> Any:
            for item in arguments:
                if type(item) is eager:
                    if hasattr(item, _MARK):
                        raise fall_back("")
                elif type(item) in (list, tuple) and any(hasattr(part, _MARK) for part in item):
                    raise fall_back("")
            return original(context, name, *arguments)

        return execute

    def _executed(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def execute(op_name: Any, num_outputs: int, inputs: Any, attrs: Any, ctx: Any, name: Any = None) -> Any:
            if any(hasattr(item, _MARK) for item in inputs):
                inferred = self._inferred(op_name, inputs, attrs)
                if inferred is not None:
                    return inferred
            return original(op_name, num_outputs, inputs, attrs, ctx, name)

        return execute

    def _inferred(self, name: Any, inputs: Sequence[Any], attributes: Any) -> Optional[List[Any]]:
        """Return the outputs of an operation, None where it has to be executed.

        Raises NotEvaluated where only values tell their shapes.
        """
        kind = name.decode() if isinstance(name, bytes) else str(name)
        definition = self._definition(kind)
        if definition is None or definition.is_stateful or kind in _OF_SHAPES:
            return None
        try:
            with self._tf.Graph().as_default():
                given = [self._in_graph(item) for item in inputs]
                _, _, operation, _ = self._add(kind, **_arguments(definition, given, attributes))
        except Exception:  # the kernel has its own words for what is wrong
            return None
        outputs = operation.outputs
        if any(item.dtype in (self._tf.resource, self._tf.variant, self._tf.string) for item in outputs):
            return None
        return [self._result(item) for item in outputs]

    def _in_graph(self, item: Any) -> Any:
        if is_unfilled(item):
            return self._tf.compat.v1.placeholder(item.dtype, item.shape)
        if self._tf.is_tensor(item) and item.shape.num_elements() > _SMALL:
            return self._tf.compat.v1.placeholder(item.dtype, item.shape)
        return self._tf.constant(item.numpy() if hasattr(item, "numpy") else item)

    def _result(self, output: Any) -> Any:
        value = self._tf.get_static_value(output)
        if value is not None:
            return _constant(self._tf, value, output.dtype)
        if not output.shape.is_fully_defined():
            message = "The shape of this result depends on the values of a large tensor, which are not made."
            raise NotEvaluated(SkipReason.REPLACED_VALUES, message)
        sizes = tuple(int(size) for size in output.shape)
        if int(np.prod(sizes, dtype=np.int64)) <= _SMALL:
            return mark(_constant(self._tf, np.zeros(sizes, output.dtype.as_numpy_dtype), output.dtype))
        return self._untouched(sizes, output.dtype)


def _constant(tf: Any, value: Any, dtype: Any) -> Any:
    with tf.init_scope():
        return tf.constant(value, dtype)


def _arguments(definition: Any, inputs: List[Any], attributes: Any) -> Dict[str, Any]:
    """Return inputs and attributes of an operation in parts by their names in its definition.

    ``attributes`` has names and values by turns, those that follow from the inputs included.
    """
    given = dict(zip(attributes[::2], attributes[1::2]))
    arguments: Dict[str, Any] = {}
    inferred: Set[str] = set()
    rest = list(inputs)
    for item in definition.input_arg:
        inferred.update((item.type_attr, item.number_attr, item.type_list_attr))
        if item.number_attr:
            number = given[item.number_attr]
            arguments[item.name], rest = rest[:number], rest[number:]
        else:
            arguments[item.name] = rest.pop(0)
    arguments.update((name, value) for name, value in given.items() if name not in inferred)
    return arguments


def _no_number(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that refuses to give a number, which mostly becomes a size."""

    @functools.wraps(original)
    def number(tensor: Any) -> Any:
        if hasattr(tensor, _MARK):
            message = "This number depends on the values of a large tensor, which are not made."
            raise NotEvaluated(SkipReason.REPLACED_VALUES, message)
        return original(tensor)

    return number


def _array(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def numpy(tensor: Any) -> Any:
        if not hasattr(tensor, _MARK) or not tensor.shape.rank:
            return original(tensor)
        dtype = tensor.dtype.as_numpy_dtype
        return expand(np.zeros((1,) * tensor.shape.rank, dtype), tuple(int(size) for size in tensor.shape))

    return numpy
