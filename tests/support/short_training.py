"""Cuts training short in a plain run: real steps, real validation of arguments, real errors, but few of them.

- ``fit`` runs one epoch; its history is made as long as asked for.
- An epoch of ``fit``, ``evaluate`` and ``predict`` runs its first and its last step; the data between is read but not
  computed with. Predictions get as many rows as the data has. Up to four steps are all run.
- Loops of the program over a ``tf.data.Dataset`` run to their end unless they take too long; then every such loop ends
  after three elements, and the last one while there is time to read that far. Three, because whoever bounds a loop
  chooses one or two: what depends on how often a loop ran then differs from what is known without running it.

Like the oracle, this module knows nothing of ShapeLens.
"""

from __future__ import annotations

import functools
import inspect
import sys
import time
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

FEW_STEPS = 4
LOOP_ELEMENTS = 3
LOOP_SECONDS = 15.0
"""What all loops of a program over datasets may take together."""
READ_SECONDS = 8.0
"""How long the data between the first and the last step of an epoch may be read."""
LAST_SECONDS = 20.0
"""What reading up to the last elements of loops that were cut may take together."""


class ShortTraining:
    """Patches Keras' trainers and iterators over data, and the iterators of tf.data."""

    def __init__(self) -> None:
        self._methods: list[str] = []
        self._spent = 0.0
        self._read = 0.0
        self._rows_passed = 0
        self.cut_loops = 0
        """How many loops of the program over datasets were ended early."""

    @contextmanager
    def _inside(self, method: str) -> Iterator[None]:
        self._methods.append(method)
        try:
            yield
        finally:
            self._methods.pop()

    def patch_trainer(self, trainer: Any) -> None:
        """Wrap ``fit``, ``evaluate`` and ``predict`` of a backend's trainer."""
        trainer.fit = self._wrapped(trainer.fit, self._fit)
        trainer.evaluate = self._wrapped(trainer.evaluate, lambda evaluate, given: evaluate(**given))
        trainer.predict = self._wrapped(trainer.predict, self._predict)

    def _wrapped(self, method: Any, short: Callable[..., Any]) -> Any:
        signature = inspect.signature(method)

        @functools.wraps(method)
        def shortened(model: Any, *arguments: Any, **named: Any) -> Any:
            try:
                bound = signature.bind(model, *arguments, **named)
            except TypeError:
                return method(model, *arguments, **named)
            bound.apply_defaults()
            given = bound.arguments
            given.pop(next(iter(given)))
            extra = given.pop("kwargs", {})
            with self._inside(method.__name__):
                return short(functools.partial(method, model), {**given, **extra})

        return shortened

    @staticmethod
    def _fit(fit: Any, given: dict[str, Any]) -> Any:
        first, epochs = given["initial_epoch"], given["epochs"]
        if not isinstance(epochs, int) or not isinstance(first, int) or epochs <= first + 1:
            return fit(**given)
        frequency = given["validation_freq"]
        validated = [epoch for epoch in range(first, epochs) if _is_validated(epoch, frequency)]
        # Validated in its one epoch if it would be in any.
        history = fit(**{**given, "epochs": first + 1, "validation_freq": [first + 1] if validated else [0]})
        history.epoch = list(range(first, epochs))
        history.params["epochs"] = epochs
        for name, values in history.history.items():
            length = len(validated) if name.startswith("val_") else epochs - first
            history.history[name] = values + values[-1:] * (length - len(values))
        return history

    def _predict(self, predict: Any, given: dict[str, Any]) -> Any:
        self._rows_passed = 0
        outputs = predict(**given)
        return _longer(outputs, self._rows_passed) if self._rows_passed else outputs

    def patch_epochs(self, iterator: Any) -> None:
        """Wrap the class ``EpochIterator``."""
        enumerate_all = iterator._enumerate_iterator

        def first_and_last(epoch: Any) -> Iterator[Any]:
            total = epoch.steps_per_epoch or epoch._num_batches or -1
            method = self._methods[-1] if self._methods else ""
            stride = epoch.steps_per_execution
            steps = range(0, total, stride)
            if not method or 0 < len(steps) <= FEW_STEPS or (total < 0 and method == "predict"):
                yield from enumerate_all(epoch)
                return
            epoch.data_adapter.on_epoch_begin()
            data = iter(epoch._get_iterator())
            yield 0, stride - 1, data
            # The rows of predictions are counted, so for them all data is read.
            seconds = None if method == "predict" else READ_SECONDS
            if total > 0 and self._pass_over(data, (len(steps) - 2) * stride, seconds):
                yield steps[-1], steps[-1] + stride - 1, data
            epoch.data_adapter.on_epoch_end()

        iterator._enumerate_iterator = first_and_last

    def _pass_over(self, data: Any, count: int, seconds: float | None) -> bool:
        """Read as many batches; return whether there are more and there was time to get there."""
        end = None if seconds is None else time.monotonic() + seconds
        for _ in range(count):
            batch = next(data, None)
            if batch is None or (end is not None and time.monotonic() > end):
                return False
            self._rows_passed += _rows(batch) or 0
        return True

    def patch_dataset(self, dataset: Any) -> None:
        """Mark the iterators that the program itself asks for."""
        make = dataset.__iter__

        @functools.wraps(make)
        def marked(data: Any) -> Any:
            iterator = make(data)
            if not self._methods and not _asked_by_library():
                iterator._short_elements = 0
            return iterator

        dataset.__iter__ = marked

    def patch_iterator(self, iterator: Any) -> None:
        """End marked iterators where all of them took too long."""
        advance = iterator.__next__

        @functools.wraps(advance)
        def bounded(marked: Any) -> Any:
            seen = getattr(marked, "_short_elements", None)
            if seen is None:
                return advance(marked)
            now = time.monotonic()
            self._spent += now - getattr(marked, "_short_last", now)
            if seen >= LOOP_ELEMENTS and self._spent > LOOP_SECONDS:
                if not getattr(marked, "_short_cut", False):
                    marked._short_cut = True
                    self.cut_loops += 1
                    return self._last(functools.partial(advance, marked))
                raise StopIteration
            element = advance(marked)
            marked._short_elements, marked._short_last = seen + 1, now
            return element

        iterator.__next__ = bounded

    def _last(self, advance: Callable[[], Any]) -> Any:
        """Return the last element of an iterator; raise StopIteration where none is left or time is up."""
        element = advance()
        while self._read < LAST_SECONDS:
            started = time.monotonic()
            try:
                element = advance()
            except StopIteration:
                return element
            finally:
                self._read += time.monotonic() - started
        raise StopIteration


def _asked_by_library() -> bool:
    frame: types.FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.endswith(("dataset_ops.py", __file__)):
        frame = frame.f_back
    name = frame.f_code.co_filename if frame is not None else ""
    return any(f"/site-packages/{package}/" in name for package in ("tensorflow", "keras"))


def _is_validated(epoch: int, frequency: Any) -> bool:
    if isinstance(frequency, int):
        return (epoch + 1) % frequency == 0
    return (epoch + 1) in frequency


def _rows(data: Any) -> int | None:
    """Return the size of the first axis of the first array in a nest."""
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, (list, tuple)):
        return _rows(data[0]) if data else None
    shape = getattr(data, "shape", None)
    return int(shape[0]) if shape is not None and len(shape) else None


def _longer(value: Any, more: int) -> Any:
    """Return predictions with more rows, without taking much memory for them."""
    import numpy

    if isinstance(value, dict):
        return type(value)((key, _longer(part, more)) for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return type(value)(_longer(part, more) for part in value)
    shape = (len(value) + more, *value.shape[1:])
    if value[:1].nbytes * shape[0] < 200_000_000:
        return numpy.resize(value, shape)
    return numpy.broadcast_to(value[:1], shape)
