"""Variables of Keras 2 without values: each gets its own when it is first used in earnest.

Facts, from keras 2.15 and tf_keras 2.21: layers make variables by ``engine/base_layer_utils.make_variable``, eagerly,
while shapes are inferred in a scratch graph (``<layer>_scratch_graph``) that takes their handles as inputs and never
runs. A handle whose variable has no value costs no memory, and knows shape and dtype. So a variable is made without
value, and gets it when its handle is asked for anywhere but in a scratch graph.
"""

from __future__ import annotations

import functools
import importlib
from types import FunctionType
from typing import Any, Callable, Tuple

_SCRATCH = "scratch_graph"

_FOR_ALL_SHAPES = frozenset(
    "Zeros Ones RandomNormal RandomUniform TruncatedNormal VarianceScaling GlorotNormal GlorotUniform HeNormal "
    "HeUniform LecunNormal LecunUniform".split()
)


def defer_variables(package: str) -> None:
    """Make layers of a package of Keras 2 create variables without values."""
    utils: Any = importlib.import_module(f"{package}.src.engine.base_layer_utils")
    make: Callable[..., Any] = utils.make_variable
    variable = _waiting_class()

    @functools.wraps(make)
    def make_variable(
        name: Any,
        shape: Any = None,
        dtype: Any = None,
        initializer: Any = None,
        trainable: Any = None,
        **rest: Any,
    ) -> Any:
        if isinstance(initializer, type):
            initializer = initializer()
        known = shape is not None and not any(rest.get(key) for key in ("partitioner", "layout", "caching_device"))
        sizes = _sizes(shape) if known and dtype is not None else None
        if sizes is None or not _is_sure(package, initializer, sizes) or not _may_wait(rest):
            given = {"dtype": dtype} if dtype is not None else {}
            return make(name, shape=shape, initializer=initializer, trainable=trainable, **given, **rest)
        names = ("constraint", "synchronization", "aggregation")
        kept = {key: rest[key] for key in names if rest.get(key) is not None}
        # The metaclass of variables would ask whoever creates variables, a distribution strategy for one.
        made: Any = object.__new__(variable)
        made.__init__(initializer, sizes, dtype, name=name, trainable=trainable is not False, **kept)
        return made

    utils.make_variable = make_variable


def _may_wait(rest: Any) -> bool:
    import tensorflow as tf

    eager = tf.compat.v1.executing_eagerly_outside_functions()
    return eager and not tf.distribute.has_strategy() and rest.get("use_resource") is not False


def _sizes(shape: Any) -> Any:
    import tensorflow as tf

    full = tf.TensorShape(shape)
    return tuple(full.as_list()) if full.is_fully_defined() else None


def _is_sure(package: str, initializer: Any, shape: Tuple[int, ...]) -> bool:
    """Tell whether an initializer is one of Keras' own that give a value for every shape."""
    kind = type(initializer)
    if kind is FunctionType:
        return str(initializer.__module__).startswith(f"{package}.src.")
    if not str(kind.__module__).startswith(f"{package}.src.initializers"):
        return False
    if kind.__name__ == "Constant":
        return isinstance(getattr(initializer, "value", None), (int, float, bool))
    return kind.__name__ in _FOR_ALL_SHAPES or (kind.__name__ == "Orthogonal" and len(shape) >= 2)


def _waiting_class() -> type:
    from tensorflow.python.eager import context
    from tensorflow.python.framework import ops
    from tensorflow.python.ops import gen_resource_variable_ops as operations
    from tensorflow.python.ops import resource_variable_ops

    base: Any = resource_variable_ops.UninitializedVariable

    def in_scratch_graph() -> bool:
        if context.executing_eagerly():
            return False
        graph: Any = ops.get_default_graph()
        while graph is not None:
            if str(getattr(graph, "name", "")).endswith(_SCRATCH):
                return True
            graph = getattr(graph, "outer_graph", None)
        return False

    class Waiting(base):  # type: ignore[misc]
        """A resource variable whose value is made by its first use."""

        def __init__(self, initializer: Any, shape: Tuple[int, ...], dtype: Any, **options: Any) -> None:
            self._waiting_initializer = None
            super().__init__(shape=shape, dtype=dtype, **options)
            self._waiting_initializer = initializer

        @property
        def handle(self) -> Any:
            if self._waiting_initializer is not None and not in_scratch_graph():
                initializer, self._waiting_initializer = self._waiting_initializer, None
                with ops.init_scope():
                    value = initializer(tuple(self.shape), dtype=self.dtype)
                    operations.assign_variable_op(self._handle, ops.convert_to_tensor(value, dtype=self.dtype))
            return self._handle

    Waiting.__name__ = Waiting.__qualname__ = "ResourceVariable"
    return Waiting
