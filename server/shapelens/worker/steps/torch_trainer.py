"""Shortens Keras 3's trainer on PyTorch (keras/src/backend/torch/trainer.py) to one real step on one batch.

PyTorch computes as it goes, so there is nothing to trace: a step on the first batch, whose messages name its size, is
what a plain run does first, and costs what that costs.
"""

from __future__ import annotations

from typing import Any, Callable

from .one_batch import Epochs, epochs_of_one_batch, for_all_samples
from .progress import Progress
from .trainer_methods import TrainerMethods


class TorchTrainerSteps:
    """Patches the trainer for the process of an evaluation."""

    def __init__(self, progress: Progress, callbacks_not_run: Callable[[Any], None]) -> None:
        from keras.src.backend.torch import trainer

        self._module: Any = trainer
        self._progress = progress
        self._methods = TrainerMethods(trainer, callbacks_not_run, progress)
        self._epochs = Epochs()

    def install(self) -> None:
        """Patch ``TorchTrainer`` and the iterator that it makes."""
        trainer: Any = self._module.TorchTrainer
        self._module.TorchEpochIterator = epochs_of_one_batch(self._module.TorchEpochIterator, self._epochs)
        for name in ("train_step", "test_step", "predict_step"):
            setattr(trainer, name, self._counted(getattr(trainer, name)))
        trainer.fit = self._methods.fit(trainer.fit)
        trainer.evaluate = self._methods.without_callbacks(trainer.evaluate)
        predict = self._methods.without_callbacks(trainer.predict)
        trainer.predict = lambda model, *given, **named: for_all_samples(predict(model, *given, **named), self._epochs)

    def _counted(self, step: Callable[..., Any]) -> Callable[..., Any]:
        def counted(model: Any, data: Any) -> Any:
            self._progress.step()
            with self._progress.of(model):
                return step(model, data)

        return counted
