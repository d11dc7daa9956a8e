"""What is known of the data that a method of a model was given: shapes, dtypes, and a little of whole numbers.

Of arrays without memory (array_storage) what is stored is looked at: the smallest and the largest number in it are
those of the whole, and rows that are one-hot in it are one-hot throughout (keras_datasets, keras_utilities,
random_arrays).
"""

from __future__ import annotations

import math
from typing import Any, Iterator, List, Mapping, Optional, Sequence, Tuple

from ..contract import Given, Items, Kind, Structure, TensorSpec
from ..describe import Describer, tensor_spec
from ..stand_ins.array_storage import compact, is_virtual

_MOST_WHOLE_NUMBERS = 4_000_000
"""Integers of an array that are looked at; finding their extremes takes some milliseconds."""

_MOST_FLOATS = 1_000_000
"""Floats of targets that are looked at; whether they are whole numbers takes as long."""

_MOST_INPUTS = 64
"""Members of a nest of inputs; a longer list is data."""

PARTS = ("x", "y", "sample_weight")
"""What an element of a dataset or generator holds, in this order."""


class GivenData:
    """Describes the arguments of ``fit`` and its kin."""

    def __init__(self, describer: Describer) -> None:
        self._describer = describer

    def argument(self, name: str, value: Any, target: bool) -> Iterator[Given]:
        """Yield each array in an argument; ``target`` tells that its values are looked at whatever their dtype."""
        if isinstance(value, Mapping):
            for key, item in list(value.items())[:_MOST_INPUTS]:
                yield from self.argument(f"{name}[{key!r}]", item, target)
        elif isinstance(value, (list, tuple)):
            if len(value) <= _MOST_INPUTS:
                for index, item in enumerate(value):
                    yield from self.argument(f"{name}[{index}]", item, target)
        elif hasattr(value, "iloc"):
            yield _of_frame(name, value, target)
        elif self._describer.kind(type(value)) is Kind.TENSOR:
            yield _of_tensor(name, tensor_spec(value), value, target)

    def element(self, names: Sequence[str], element: Any) -> Iterator[Given]:
        """Yield the arrays in one element of a dataset or one batch of a generator, given as specs."""
        parts = element if isinstance(element, tuple) else (element,)
        for name, part in zip(names, parts):
            yield from self._specs(name, part)

    def is_dataset(self, value: Any) -> bool:
        """Tell whether a value is a dataset of TensorFlow."""
        return self._describer.kind(type(value)) is Kind.DATASET

    def _specs(self, name: str, spec: Any) -> Iterator[Given]:
        if isinstance(spec, Mapping):
            for key, item in spec.items():
                yield from self._specs(f"{name}[{key!r}]", item)
        elif isinstance(spec, (list, tuple)):
            for index, item in enumerate(spec):
                yield from self._specs(f"{name}[{index}]", item)
        elif hasattr(spec, "shape") and hasattr(spec, "dtype"):
            yield Given(name, tensor_spec(spec), batched=True)


def _of_tensor(name: str, spec: TensorSpec, value: Any, target: bool) -> Given:
    array = _array(value)
    if array is None:
        return Given(name, spec)
    facts = _facts(array, spec.shape, target)
    return Given(name, spec, False, "", *facts)


def _of_frame(name: str, frame: Any, target: bool) -> Given:
    """Return what is known of a DataFrame or Series of pandas, or of what looks like one."""
    import numpy

    kinds = list(getattr(frame, "dtypes", ())) if len(frame.shape) > 1 else [frame.dtype]
    try:
        dtype = str(numpy.result_type(*kinds)) if kinds else "float64"
    except TypeError:  # types of pandas' own
        dtype = "object"
    spec = TensorSpec(tuple(int(size) for size in frame.shape), dtype)
    if dtype == "object" or math.prod(frame.shape) > _MOST_FLOATS:
        return Given(name, spec)
    return Given(name, spec, False, "", *_facts(frame.to_numpy(), spec.shape, target))


def _array(value: Any) -> Optional[Any]:
    """Return the array of NumPy that a value is, or holds in memory that NumPy can look at."""
    import numpy

    if isinstance(value, numpy.ndarray):
        return value
    if not hasattr(value, "numpy") or not hasattr(value, "__array__"):
        return None  # symbolic, ragged or sparse
    size = math.prod(_known(value.shape))
    if size > _MOST_FLOATS or str(value.dtype).endswith("string'>"):
        return None
    try:
        found = value.numpy()
    except Exception:  # a tensor of a graph, or on a device without memory that is shared
        return None
    return found if isinstance(found, numpy.ndarray) else None


def _known(shape: Any) -> List[int]:
    return [size if isinstance(size, int) else 0 for size in shape]


def _facts(
    array: Any, shape: Optional[Tuple[Optional[int], ...]], target: bool
) -> Tuple[Optional[float], Optional[float], bool, bool]:
    """Return the extremes of values, whether all are whole numbers, and whether rows are one-hot."""
    import numpy

    stored = compact(array) if is_virtual(array) else array.view(numpy.ndarray)
    kind = stored.dtype.kind
    if not stored.size or kind not in "biuf" or (kind == "f" and not target):
        return None, None, False, False
    if stored.size > (_MOST_WHOLE_NUMBERS if kind in "biu" else _MOST_FLOATS):
        return None, None, False, False
    low, high = float(stored.min()), float(stored.max())
    if not math.isfinite(low) or not math.isfinite(high):
        return None, None, False, False
    whole = kind in "biu" or bool((stored == numpy.floor(stored)).all())
    return low, high, whole, target and _one_hot(stored, shape, low, high, whole)


def _one_hot(stored: Any, shape: Optional[Tuple[Optional[int], ...]], low: float, high: float, whole: bool) -> bool:
    """Tell whether each row of an array of shape (samples, classes) holds one 1 and zeros else."""
    if not whole or shape is None or len(shape) != 2 or (shape[1] or 0) < 2 or (low, high) != (0.0, 1.0):
        return False
    return bool(stored.shape[1] == shape[1] and (stored.sum(axis=1) == 1).all())


def single(structure: Optional[Structure]) -> Optional[TensorSpec]:
    """Return the tensor of a structure that holds one only."""
    if isinstance(structure, Items) and len(structure.items) == 1:
        structure = structure.items[0]
    return structure if isinstance(structure, TensorSpec) else None
