"""What a program gets back from steps that were not run: logs, a history, predictions."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from ..contract import SkipReason
from ..unknown import NotEvaluated

LOG_VALUE = 0.5
"""Of every loss and metric: neither zero, which programs divide by, nor negative, which they take logarithms of."""


def logs(outputs: Any, batch: Optional[int] = None) -> Any:
    """Return what a step's symbolic outputs are worth: a number for each scalar, an array for what is none.

    ``batch`` is the size of the last batch, whose outputs Keras reports.
    """
    if isinstance(outputs, dict):
        return {key: logs(item, batch) for key, item in outputs.items()}
    if isinstance(outputs, (list, tuple)):
        return type(outputs)(logs(item, batch) for item in outputs)
    shape = getattr(outputs, "shape", None)
    if shape is None or not getattr(shape, "rank", len(shape) if isinstance(shape, tuple) else None):
        return LOG_VALUE
    return Predicted(outputs, batch).numpy()


def add_learning_rate(history: Any) -> None:
    """Note the learning rate of each epoch, as callbacks that change it do."""
    history.history["learning_rate"] = [LOG_VALUE] * len(history.epoch)


def extend_history(model: Any, history: Any, first: int, epochs: int, validation_freq: Any) -> None:
    """Give a history of one epoch as many entries as ``epochs`` epochs would have made."""
    run = list(range(first, epochs))
    validated = [epoch for epoch in run if model._should_eval(epoch, validation_freq)]
    record: Dict[str, List[Any]] = history.history
    for name, values in list(record.items()):
        number = len(validated) if name.startswith("val_") else len(run)
        if number:
            record[name] = [values[-1]] * number
        else:
            del record[name]
    history.epoch = run
    if isinstance(history.params, dict):
        history.params["epochs"] = epochs


class Predicted:
    """Stands for an output tensor of all the samples; becomes an array without memory when Keras asks for one."""

    def __init__(self, symbolic: Any, samples: Optional[int] = None, batch: Optional[int] = None) -> None:
        self._symbolic = symbolic
        self._samples = samples
        self._batch = batch
        """Size of the batch that the symbolic output is of."""

    def numpy(self) -> Any:
        """Return values that add up to one along the last axis, as those of a softmax do.

        Raises NotEvaluated where another dimension than the first depends on values.
        """
        import numpy

        from ..stand_ins.array_storage import expand

        sizes = self._sizes()
        named = self._symbolic.dtype
        dtype = getattr(named, "as_numpy_dtype", named)  # a variable of Keras has a name only
        value = numpy.zeros((), dtype)
        if dtype is not object and numpy.issubdtype(dtype, numpy.inexact):
            value = numpy.array(1.0 / max(sizes[-1], 1) if sizes else LOG_VALUE, dtype)
        return expand(value.reshape((1,) * len(sizes)), sizes)

    def _sizes(self) -> List[int]:
        shape = self._symbolic.shape
        rank = getattr(shape, "rank", len(shape) if isinstance(shape, tuple) else None)
        known = [] if rank is None else [size for size in shape if size is not None]
        if rank and self._samples is not None:
            if shape[0] in (None, self._batch):
                known[: 0 if shape[0] is None else 1] = [self._samples]
            elif self._batch:
                known[0] *= -(-self._samples // self._batch)  # what each batch gives is joined
        if len(known) != rank:
            raise NotEvaluated(SkipReason.REPLACED_VALUES, "The shape of this result depends on values.")
        return [int(size) for size in known]
