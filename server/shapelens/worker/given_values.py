"""Makes values of the shapes that comments give."""

from __future__ import annotations

import contextlib
import importlib
import sys
from typing import Any, ContextManager, Dict, Iterable

from .contract import Entries, GivenShape, Items, Structure, TensorSpec

_NO_SYMBOLS = (
    "KerasTensor cannot be used as input to a TensorFlow",
    "A KerasTensor is symbolic",
    "KerasTensor`s cannot",
)
"""What Keras 3 says where a symbolic tensor meets functions of TensorFlow or NumPy (backend/common/keras_tensor.py)."""


def given_value(structure: Structure) -> Any:
    """Return symbolic tensors where a dimension is unknown, else arrays of zeros that take no memory."""
    if isinstance(structure, Items):
        return [given_value(item) for item in structure.items]
    if isinstance(structure, Entries):
        return {key: given_value(item) for key, item in structure.entries.items()}
    return _symbol(structure) if _is_symbolic(structure) else _zeros(structure)


def graph_value(structure: Structure) -> Any:
    """Return placeholders of the graph that TensorFlow is building, as functions get them that it traces."""
    if isinstance(structure, Items):
        return [graph_value(item) for item in structure.items]
    if isinstance(structure, Entries):
        return {key: graph_value(item) for key, item in structure.entries.items()}
    tensorflow: Any = sys.modules["tensorflow"]
    return tensorflow.compat.v1.placeholder(structure.dtype, structure.shape)


def graph() -> ContextManager[Any]:
    """Return the context in which ``graph_value`` may be called; one that does nothing without TensorFlow."""
    tensorflow: Any = sys.modules.get("tensorflow")
    if tensorflow is None:
        return contextlib.nullcontext()
    context: ContextManager[Any] = tensorflow.__internal__.FuncGraph("given").as_default()
    return context


def may_need_graph(given: Iterable[GivenShape]) -> bool:
    """Tell whether there are symbolic tensors that functions of TensorFlow would refuse."""
    return "tensorflow" in sys.modules and any(_has_symbol(item.spec) for item in given)


def refused_symbol(message: str) -> bool:
    """Tell whether an exception says that a symbolic tensor of Keras met code that is not Keras'."""
    return any(sign in message for sign in _NO_SYMBOLS)


def values(given: Iterable[GivenShape], in_graph: bool = False) -> Dict[str, Any]:
    """Return the values by name."""
    make = graph_value if in_graph else given_value
    return {item.name: make(item.spec) for item in given}


def _has_symbol(structure: Structure) -> bool:
    if isinstance(structure, Items):
        return any(map(_has_symbol, structure.items))
    if isinstance(structure, Entries):
        return any(map(_has_symbol, structure.entries.values()))
    return _is_symbolic(structure)


def _is_symbolic(spec: TensorSpec) -> bool:
    return spec.shape is None or None in spec.shape


def _symbol(spec: TensorSpec) -> Any:
    keras: Any = sys.modules.get("tf_keras") or importlib.import_module("keras")
    if hasattr(keras, "KerasTensor"):
        return keras.KerasTensor(spec.shape, dtype=spec.dtype)
    return keras.Input(batch_shape=spec.shape, dtype=spec.dtype)


def _zeros(spec: TensorSpec) -> Any:
    import numpy

    try:
        one = numpy.array("", dtype=object) if spec.dtype == "string" else numpy.zeros((), spec.dtype)
    except TypeError:  # NumPy knows no int4, nor bfloat16 where ml_dtypes is absent
        return _symbol(spec)
    return numpy.broadcast_to(one, spec.shape)
