"""An epoch of one batch, and predictions for all samples made of those for that batch."""

from __future__ import annotations

from typing import Any, Iterator, List, Optional

from ..contract import SkipReason
from ..unknown import NotEvaluated
from .results import LOG_VALUE


class Epochs:
    """What the last epoch iterator that a trainer made knows of its data."""

    def __init__(self) -> None:
        self.adapter: Any = None
        self.steps: Optional[int] = None

    def samples(self) -> Optional[int]:
        """Return how many samples all the batches have, None where only reading them could tell."""
        adapter = self.adapter
        size, batches = getattr(adapter, "batch_size", None), getattr(adapter, "num_batches", None)
        known = getattr(adapter, "_num_samples", None)
        if isinstance(known, int) and isinstance(size, int):
            return min(known, self.steps * size) if self.steps else known
        if not isinstance(size, int) or not isinstance(batches, int):
            return None
        if self.steps and self.steps <= batches:
            return self.steps * size
        partial = getattr(adapter, "partial_batch_size", None)
        return batches * size if not partial else (batches - 1) * size + int(partial)

    def size(self, samples: int) -> int:
        """Return the size of the first batch."""
        size = getattr(self.adapter, "batch_size", None)
        return min(size, samples) if isinstance(size, int) else samples


def epochs_of_one_batch(kind: Any, epochs: Epochs) -> type:
    """Return a class of epoch iterators that end after their first batch."""

    class OneBatch(kind):  # type: ignore[misc]
        def __init__(self, *arguments: Any, **keywords: Any) -> None:
            super().__init__(*arguments, **keywords)
            epochs.adapter, epochs.steps = self.data_adapter, self.steps_per_epoch

        def _enumerate_iterator(self) -> Iterator[Any]:
            for item in super()._enumerate_iterator():
                yield item
                return

    OneBatch.__name__ = OneBatch.__qualname__ = kind.__name__
    return OneBatch


def for_all_samples(outputs: Any, epochs: Epochs) -> Any:
    """Return what ``predict`` gives for all samples: arrays without memory, of the shape and dtype they would have.

    Raises NotEvaluated where the number of samples is not known.
    """
    from keras.src import tree

    samples = epochs.samples()
    if samples is None:
        message = "How many samples this data has is not known without reading it all."
        raise NotEvaluated(SkipReason.REPLACED_VALUES, message)
    size = epochs.size(samples)

    def whole(item: Any) -> Any:
        sizes: List[int] = list(item.shape)
        if sizes and sizes[0] == size:
            sizes[0] = samples
        elif sizes:
            sizes[0] *= -(-samples // size)  # what each batch gives is joined
        return like_softmax(sizes, item.dtype)

    return tree.map_structure(whole, outputs)


def like_softmax(sizes: List[int], dtype: Any) -> Any:
    """Return an array without memory whose values add up to one along the last axis."""
    import numpy

    from ..stand_ins.array_storage import expand

    value = numpy.zeros((), dtype)
    if numpy.issubdtype(value.dtype, numpy.inexact):
        value = numpy.array(1.0 / max(sizes[-1], 1) if sizes else LOG_VALUE, dtype)
    return expand(value.reshape((1,) * len(sizes)), sizes)
