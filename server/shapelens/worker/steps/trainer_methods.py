"""``fit`` and its kin of a trainer of Keras 3: one epoch, no callbacks, no progress bar."""

from __future__ import annotations

import functools
import inspect
from typing import Any, Callable, Dict, Iterator, List

from ..unknown import Unknown
from .progress import Progress
from .results import add_learning_rate, extend_history

_NOTE_LEARNING_RATE = ("ReduceLROnPlateau", "LearningRateScheduler")


class TrainerMethods:
    """Wraps the methods of the trainer in a backend's module."""

    def __init__(self, module: Any, callbacks_not_run: Callable[[Any], None], progress: Progress) -> None:
        self._callbacks = module.callbacks_module
        self._progress = progress
        self._callbacks_not_run = callbacks_not_run

    def fit(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``fit`` for one epoch, whose history has as many entries as epochs were asked for."""
        signature = inspect.signature(original)

        @functools.wraps(original)
        def fit(model: Any, *arguments: Any, **keywords: Any) -> Any:
            try:
                bound = signature.bind(model, *arguments, **keywords)
            except TypeError:
                return original(model, *arguments, **keywords)  # raises what it raises
            bound.apply_defaults()
            given = bound.arguments
            epochs, first, frequency = given["epochs"], given["initial_epoch"], given["validation_freq"]
            several = isinstance(epochs, int) and isinstance(first, int) and epochs > first
            if several:
                given["epochs"], given["validation_freq"] = first + 1, 1
            callbacks = self._quiet(model, given)
            history = original(*bound.args, **bound.kwargs)
            if several:
                extend_history(model, history, first, epochs, frequency)
            if any(type(callback).__name__ in _NOTE_LEARNING_RATE for callback in callbacks):
                add_learning_rate(history)
            history.history.update(self._metrics(history.history))
            return history

        return fit

    def without_callbacks(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Return a method that leaves callbacks out, and tells of them."""
        signature = inspect.signature(original)

        @functools.wraps(original)
        def method(model: Any, *arguments: Any, **keywords: Any) -> Any:
            try:
                bound = signature.bind(model, *arguments, **keywords)
            except TypeError:
                return original(model, *arguments, **keywords)
            bound.apply_defaults()
            self._quiet(model, bound.arguments)
            return self._metrics(original(*bound.args, **bound.kwargs))

        return method

    def _metrics(self, results: Any) -> Any:
        """Return results with what stands for metrics in the place of numbers."""
        if isinstance(results, dict):
            return {key: self._metrics(item) for key, item in results.items()}
        if type(results) is list:
            return [self._metrics(item) for item in results]
        return self._progress.metric(results) if type(results) is float else results

    def _quiet(self, model: Any, given: Dict[str, Any]) -> List[Any]:
        """Take the callbacks and the progress bar from a method's arguments, and return the callbacks."""
        given["verbose"] = 0
        callbacks = given["callbacks"]
        if isinstance(callbacks, self._callbacks.CallbackList):
            return []  # of fit, which evaluates
        given["callbacks"] = None
        taken = list(_flat(callbacks))
        for callback in taken:
            if not isinstance(callback, Unknown):
                callback.set_model(model)  # what is none has no such method
            self._callbacks_not_run(callback)
        return taken


def _flat(callbacks: Any) -> Iterator[Any]:
    if isinstance(callbacks, (list, tuple)):
        for item in callbacks:
            yield from _flat(item)
    elif callbacks is not None:
        yield callbacks
