"""Replaces what is costly in Keras 3's trainer on JAX (keras/src/backend/jax/trainer.py).

Its steps are pure functions of a state and a batch, which Keras compiles. Here they are traced with shapes alone
(``jax.eval_shape``), which raises what tracing for the compiler would; the state is left as it is, and so needs no
values.
"""

from __future__ import annotations

from typing import Any, Callable

from .one_batch import Epochs, epochs_of_one_batch, for_all_samples, like_softmax
from .progress import Progress
from .results import logs
from .trainer_methods import TrainerMethods


class JaxTrainerSteps:
    """Patches the trainer for the process of an evaluation."""

    def __init__(self, progress: Progress, callbacks_not_run: Callable[[Any], None]) -> None:
        from keras.src.backend.jax import trainer

        self._module: Any = trainer
        self._progress = progress
        self._methods = TrainerMethods(trainer, callbacks_not_run, progress)
        self._epochs = Epochs()

    def install(self) -> None:
        """Patch ``JAXTrainer`` and the iterator that it makes."""
        trainer: Any = self._module.JAXTrainer
        self._module.JAXEpochIterator = epochs_of_one_batch(self._module.JAXEpochIterator, self._epochs)
        trainer.make_train_function = self._maker("train_function", "train_step")
        trainer.make_test_function = self._maker("test_function", "test_step")
        trainer.make_predict_function = self._predict_maker()
        trainer._get_jax_state = _state_of_shapes
        trainer.jax_state_sync = lambda model: None
        trainer._get_metrics_result_or_logs = lambda model, step_logs: step_logs
        trainer.fit = self._methods.fit(trainer.fit)
        trainer.evaluate = self._methods.without_callbacks(trainer.evaluate)
        predict = self._methods.without_callbacks(trainer.predict)
        trainer.predict = lambda model, *given, **named: for_all_samples(predict(model, *given, **named), self._epochs)

    def _maker(self, attribute: str, step: str) -> Callable[..., None]:
        def make(model: Any, force: bool = False) -> None:
            if getattr(model, attribute) is None or force:
                setattr(model, attribute, self._traced(model, step))

        return make

    def _traced(self, model: Any, step: str) -> Callable[..., Any]:
        import jax

        def function(state: Any, iterator: Any) -> Any:
            self._progress.step()
            with self._progress.of(model):
                outputs, _ = jax.eval_shape(getattr(model, step), state, next(iter(iterator)))
            return logs(outputs), state

        return function

    def _predict_maker(self) -> Callable[..., None]:
        import jax
        from keras.src import tree

        def make(model: Any, force: bool = False) -> None:
            if model.predict_function is not None and not force:
                return

            def function(state: Any, iterator: Any) -> Any:
                self._progress.step()
                with self._progress.of(model):
                    outputs, _ = jax.eval_shape(model.predict_step, state, next(iter(iterator)))
                return tree.map_structure(lambda item: like_softmax(list(item.shape), item.dtype), outputs), state

            model.predict_function = function

        return make


def _state_of_shapes(
    model: Any,
    trainable_variables: bool = False,
    non_trainable_variables: bool = False,
    optimizer_variables: bool = False,
    metrics_variables: bool = False,
    purge_model_variables: bool = False,
) -> Any:
    """Return the state that a step takes, as shapes; the model's variables keep theirs."""
    import jax

    wanted = []
    if trainable_variables:
        wanted.append(model.trainable_variables)
    if non_trainable_variables:
        wanted.append(model.non_trainable_variables)
    if optimizer_variables:
        wanted.append(model.optimizer.variables)
    if metrics_variables:
        wanted.append(model.metrics_variables)
    return tuple([jax.ShapeDtypeStruct(item.shape, item._dtype) for item in variables] for variables in wanted)
