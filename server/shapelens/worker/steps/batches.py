"""One batch of the data that a method of Keras was given, as specs of tensors: no data is read but one example.

Shapes and dtypes are those that Keras' own adapters hand to a step (keras/src/trainers/data_adapters): the batch axis
of arrays is unknown where the last batch is smaller, floats other than floatx are cast to it, lists become tuples.
"""

from __future__ import annotations

import contextlib
import time
from typing import Any, Iterator, Optional, Tuple

from .run_time import BatchFacts

_NUMBERS = "biufc"
"""Kinds of NumPy's dtypes that TensorFlow takes without looking at values."""

_SECONDS_TO_COUNT = 0.25

_KEEPS_BATCHES = ("Prefetch", "Map", "ParallelMap", "Shuffle", "Cache", "Options", "Model", "Zip", "MemoryCache")
"""Beginnings of the names of datasets with as many elements as their first input."""


class Batches:
    """Knows the adapters of this Keras."""

    def __init__(self) -> None:
        import tensorflow as tf
        from keras.src import tree
        from keras.src.trainers.data_adapters import array_slicing

        self._tf = tf
        self._tree = tree
        self._slicing = array_slicing

    def spec(self, adapter: Any) -> Any:
        """Return the nest of TypeSpecs of a batch.

        Raises what Keras raises for data that it cannot turn into tensors.
        """
        inputs = getattr(adapter, "_inputs", None)
        usual = isinstance(getattr(adapter, "_batch_size", None), int)
        if type(adapter).__name__ == "ArrayDataAdapter" and inputs is not None and usual:
            # Without a partial batch all are alike, and TensorFlow knows it (get_tf_dataset, slice_batch_indices).
            whole = getattr(adapter, "_partial_batch_size", None) == 0
            return self._of_arrays(inputs, adapter._batch_size if whole else None)
        with self._generators_not_started():
            return adapter.get_tf_dataset().element_spec

    def facts(self, adapter: Any) -> BatchFacts:
        """Return the sizes of the first batch and of a smaller last one, and the arrays that batches are taken from."""
        first = self._first_size(adapter)
        number = getattr(adapter, "_num_samples", None)
        if number is None and getattr(adapter, "_dataset", None) is not None:
            number = batches_of_dataset(adapter._dataset)[1]
        rest = number % first if isinstance(number, int) and first else 0
        sizes = tuple(size for size in (first, rest) if size)
        inputs = getattr(adapter, "_inputs", None)
        if inputs is None:
            inputs = next(iter(getattr(adapter, "_first_batches", None) or ()), None)
        return BatchFacts(sizes, tuple(self._tf.nest.flatten(self._tree.lists_to_tuples(inputs))))

    def real(self, adapter: Any) -> Any:
        """Return the first batch itself, as tensors."""
        return next(iter(adapter.get_tf_dataset()))

    def none(self, adapter: Any) -> bool:
        """Tell whether data has no batch at all."""
        dataset = getattr(adapter, "_dataset", None)
        return getattr(adapter, "_num_samples", None) == 0 or (dataset is not None and int(dataset.cardinality()) == 0)

    def first(self, adapter: Any, spec: Any, size: Optional[int] = None) -> Any:
        """Return the specs of the first batch: ``predict`` reads batches before it traces, and so knows their size."""
        size = self._first_size(adapter) if size is None else size
        if size is None:
            return spec
        return self._tf.nest.map_structure(lambda item: _with_batch_axis(self._tf, item, size), spec)

    def _first_size(self, adapter: Any) -> Optional[int]:
        known, size = getattr(adapter, "_num_samples", None), getattr(adapter, "_batch_size", None)
        if isinstance(known, int) and isinstance(size, int):
            return min(known, size)
        dataset = getattr(adapter, "_dataset", None)
        if dataset is not None:
            return batches_of_dataset(dataset)[0]
        batches = getattr(adapter, "_first_batches", None)
        if not batches and getattr(adapter, "py_dataset", None) is not None:
            batches = [adapter.py_dataset[0]]
        return self._rows(batches[0]) if batches else None

    def _rows(self, batch: Any) -> int:
        x = batch[0] if isinstance(batch, (tuple, list)) else batch
        return int(self._tree.flatten(x)[0].shape[0])

    def samples(self, adapter: Any, steps: Optional[int]) -> Optional[int]:
        """Return how many samples ``predict`` would give, or None where only a run can tell."""
        known = getattr(adapter, "_num_samples", None)
        size = getattr(adapter, "_batch_size", None)
        if isinstance(known, int) and isinstance(size, int):
            return min(known, steps * size) if steps else known
        dataset = getattr(adapter, "_dataset", None)
        told = None if dataset is None else samples_of_dataset(dataset, steps)
        return self._counted(adapter, steps) if told is None else told

    def _counted(self, adapter: Any, steps: Optional[int]) -> Optional[int]:
        """Return the number of samples of data that tells it to nobody, where all of it is read in a moment."""
        number, until = 0, time.monotonic() + _SECONDS_TO_COUNT
        for step, batch in enumerate(adapter.get_numpy_iterator()):
            if steps is not None and step >= steps:
                break
            if time.monotonic() > until:
                return None
            number += self._rows(batch)
        return number

    def _of_arrays(self, inputs: Any, size: Optional[int]) -> Any:
        few = self._tree.map_structure(lambda item: None if item is None else _first(item), inputs)
        sliceable = self._slicing.convert_to_sliceable(few, target_backend="tensorflow")
        return self._tree.lists_to_tuples(self._tree.map_structure(lambda item: self._of_array(item, size), sliceable))

    def _of_array(self, item: Any, size: Optional[int]) -> Any:
        if item is None:
            return None
        convert = getattr(item, "convert_to_tf_dataset_compatible", None)
        # The first samples alone are converted: an object array fails in the words that the whole would.
        value = item[:] if hasattr(item, "__getitem__") else item
        value = convert(value) if convert is not None else value
        if getattr(getattr(value, "dtype", None), "kind", "O") in _NUMBERS:  # an array of NumPy
            return _batch(self._tf, self._tf.TensorSpec(value.shape, value.dtype), size)
        spec = self._tf.type_spec_from_value(
            value if self._tf.is_tensor(value) or not hasattr(value, "dtype") else self._tf.convert_to_tensor(value)
        )
        return _batch(self._tf, spec, size)

    @contextlib.contextmanager
    def _generators_not_started(self) -> Iterator[None]:
        dataset: Any = self._tf.data.Dataset
        original = dataset.__dict__["from_generator"]

        def from_generator(*arguments: Any, output_signature: Any = None, **keywords: Any) -> Any:
            if output_signature is None:
                return original.__func__(*arguments, **keywords)
            return _NeverRun(output_signature)

        dataset.from_generator = staticmethod(from_generator)
        try:
            yield
        finally:
            dataset.from_generator = original


class _NeverRun:
    """A dataset of which only the elements' spec is asked."""

    def __init__(self, element_spec: Any) -> None:
        self.element_spec = element_spec

    def __getattr__(self, _: str) -> Any:
        return lambda *arguments, **keywords: self


def _first(array: Any) -> Any:
    """Return the first two samples; all of a sparse tensor, which cannot be indexed."""
    rows = getattr(array, "iloc", array)
    return rows[:2] if hasattr(rows, "__getitem__") else rows


def _batch(tf: Any, spec: Any, size: Optional[int]) -> Any:
    """Return a spec with a batch axis of this size in the place of the few samples'."""
    if isinstance(spec, tf.TensorSpec) and spec.shape.rank:
        return tf.TensorSpec([size, *spec.shape[1:]], spec.dtype)
    if isinstance(spec, tf.SparseTensorSpec) and spec.shape.rank:
        return tf.SparseTensorSpec([size, *spec.shape[1:]], spec.dtype)
    if isinstance(spec, tf.RaggedTensorSpec):
        return tf.RaggedTensorSpec([size, *spec.shape[1:]], spec.dtype, spec.ragged_rank, spec.row_splits_dtype)
    return spec


def _with_batch_axis(tf: Any, spec: Any, size: int) -> Any:
    unknown = isinstance(spec, tf.TensorSpec) and spec.shape.rank and spec.shape[0] is None
    return tf.TensorSpec([size, *spec.shape[1:]], spec.dtype) if unknown else spec


def samples_of_dataset(dataset: Any, steps: Optional[int]) -> Optional[int]:
    """Return the number of samples in the batches of a dataset, or None where only iterating would tell."""
    batch, total = batches_of_dataset(dataset)
    if batch is None:
        return _whole_batches(dataset, steps)
    if total is None:
        return steps * batch if steps else None
    return min(total, steps * batch) if steps else total


def batches_of_dataset(dataset: Any) -> Tuple[Optional[int], Optional[int]]:
    """Return the size of the first batch and the number of all samples, each None where only iterating would tell."""
    current = dataset
    while current is not None:
        name = type(current).__name__.strip("_")
        inputs = current._inputs()
        if name in ("BatchDataset", "ParallelBatchDataset"):
            size, total = _constant(current._batch_size), int(inputs[0].cardinality())
            if size is None or total < 0:
                return size, None
            if _constant(current._drop_remainder):
                total -= total % size
            return min(size, total), total
        if not name.startswith(_KEEPS_BATCHES) or not inputs:
            break
        current = inputs[0]
    return None, None


def _whole_batches(dataset: Any, steps: Optional[int]) -> Optional[int]:
    import tensorflow as tf

    sizes = {spec.shape[0] if spec.shape.rank else None for spec in tf.nest.flatten(dataset.element_spec)}
    number = steps or int(dataset.cardinality())
    size = sizes.pop() if len(sizes) == 1 else None
    return number * size if size is not None and number >= 0 else None


def _constant(value: Any) -> Optional[int]:
    try:
        return int(value)
    except Exception:  # a tensor of a graph
        return None
