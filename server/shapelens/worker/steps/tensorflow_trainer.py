"""Replaces what is costly in Keras 3's trainer on TensorFlow (keras/src/backend/tensorflow/trainer.py).

``fit`` and its kin stay Keras' own. They are given one epoch, one batch of specs instead of an iterator over data, and
functions that trace a step instead of running it.
"""

from __future__ import annotations

import contextlib
import functools
from typing import Any, Callable, List, Optional, Sequence, Tuple

from ..contract import SkipReason
from ..unknown import NotEvaluated
from .alike_models import AlikeModels
from .batches import Batches
from .declared_models import DeclaredModels
from .progress import Progress
from .results import Predicted, logs
from .run_time import BatchFacts, RunTime
from .symbolic_graph import SymbolicGraphs
from .traced_step import Examine, TracedStep
from .trainer_methods import TrainerMethods


class _Batch:
    """What an epoch yields: the specs of a batch, and what ``predict`` asks beside them."""

    def __init__(self, batches: Batches, adapter: Any, steps: Optional[int]) -> None:
        self.spec = batches.spec(adapter)
        self._batches = batches
        self._adapter = adapter
        self._steps = steps

    def facts(self) -> BatchFacts:
        """Return what is known of the real batches."""
        return self._batches.facts(self._adapter)

    def first(self, size: Optional[int] = None) -> Any:
        """Return the specs of the first batch, with its size or another one."""
        return self._batches.first(self._adapter, self.spec, size)

    def real(self) -> Any:
        """Return the first batch itself, as tensors."""
        return self._batches.real(self._adapter)

    def samples(self) -> Optional[int]:
        """Return how many samples all the batches have, as far as that can be known."""
        return self._batches.samples(self._adapter, self._steps)


class TensorFlowTrainerSteps:
    """Patches the trainer for the process of an evaluation."""

    def __init__(
        self,
        progress: Progress,
        graphs: SymbolicGraphs,
        models: DeclaredModels,
        callbacks_not_run: Callable[[Any], None],
    ) -> None:
        import tensorflow as tf
        from keras.src.backend.tensorflow import trainer

        self._tf = tf
        self._module: Any = trainer
        self._progress = progress
        self._graphs = graphs
        self._models = models
        self._alike = AlikeModels(tf, models, progress)
        self._batches = Batches()
        self._run_time = RunTime()
        self._methods = TrainerMethods(trainer, callbacks_not_run, progress)

    def install(self) -> None:
        """Patch ``TensorFlowTrainer`` and the iterator that it makes."""
        trainer: Any = self._module.TensorFlowTrainer
        self._module.TFEpochIterator = _epoch_iterator(self._module.TFEpochIterator, self._batches, self._progress)
        trainer.make_train_function = self._maker("train_function", "train_step")
        trainer.make_test_function = self._maker("test_function", "test_step")
        trainer.make_predict_function = self._predict_maker()
        trainer._get_metrics_result_or_logs = lambda model, step_logs: step_logs
        build = self._symbolic_build
        trainer._maybe_symbolic_build = lambda model, *arguments, **named: build(model, *arguments, **named)
        trainer.fit = self._methods.fit(trainer.fit)
        for name in ("evaluate", "predict"):
            setattr(trainer, name, self._methods.without_callbacks(getattr(trainer, name)))

    # --- steps --------------------------------------------------------------------------------------------

    def _maker(self, attribute: str, step: str) -> Callable[..., Any]:
        def make(model: Any, force: bool = False) -> Any:
            known = getattr(model, attribute)
            if known is not None and not force:
                return known
            traced = TracedStep(self._tf, functools.partial(self._run, model, getattr(model, step)))

            def function(iterator: Any) -> Any:
                self._progress.step()
                batch = next(iterator)
                if not isinstance(batch, _Batch):
                    return logs(traced.outputs(self._spec_of(batch), BatchFacts()))
                facts = batch.facts()
                outputs = self._outputs(model, getattr(model, step), traced, batch, facts)
                return logs(outputs, facts.sizes[-1] if facts.sizes else None)

            setattr(model, attribute, function)
            return None

        return make

    def _predict_maker(self) -> Callable[..., Any]:
        def make(model: Any, force: bool = False) -> Any:
            if model.predict_function is not None and not force:
                return model.predict_function
            traced = TracedStep(self._tf, functools.partial(self._run, model, model.predict_step))

            def function(data: Any) -> Any:
                self._progress.step()
                batch = data[0]
                if not isinstance(batch, _Batch):
                    spec = self._spec_of(batch)
                    outputs = traced.outputs(spec, BatchFacts())
                    rows = self._size(spec)
                    return self._tf.nest.map_structure(lambda item: Predicted(item, rows), outputs)
                spec = batch.first()
                facts = batch.facts()
                outputs = self._outputs(model, model.predict_step, traced, batch, facts)
                if facts.sizes[1:] and not model.run_eagerly:
                    # The last batch is smaller, so that TensorFlow gives up the size of the first.
                    traced.outputs(batch.first(facts.sizes[-1]), facts)
                samples, size = batch.samples(), self._size(spec)
                if samples is None:
                    message = "How many samples this data has is not known without reading it all."
                    raise NotEvaluated(SkipReason.REPLACED_VALUES, message)
                return self._tf.nest.map_structure(lambda item: Predicted(item, samples, size), outputs)

            model.predict_function = function
            return function

        return make

    def _outputs(
        self, model: Any, step: Callable[[Any], Any], traced: TracedStep, batch: _Batch, facts: BatchFacts
    ) -> Any:
        if not model.run_eagerly:
            predicts = step.__name__ == "predict_step"
            return traced.outputs(batch.first() if predicts else batch.spec, facts)
        try:
            return traced.outputs(batch.first(), facts)
        except Exception:  # code that runs eagerly may look at values
            with self._progress.of(model):
                return step(batch.real())

    def _symbolic_build(self, model: Any, iterator: Any = None, data_batch: Any = None) -> None:
        """Build a model under a distribution strategy, where Keras does so before it traces."""
        if model._distribute_strategy is not None:
            batch = self._spec_of(data_batch) if iterator is None else iterator.batch.first()
            with model.distribute_strategy.scope():
                model._symbolic_build(data_batch=batch)

    def _run(self, model: Any, step: Callable[[Any], Any], spec: Any) -> Tuple[Any, Examine]:
        return self._alike.traced(model, step.__name__, spec, lambda: self._trace(model, step, spec))

    def _trace(self, model: Any, step: Callable[[Any], Any], spec: Any) -> Tuple[Any, Examine]:
        graphs: List[Any] = []
        before = self._models.uses

        def run() -> Any:
            strategy = model._distribute_strategy
            scope = contextlib.nullcontext() if strategy is None else strategy.scope()
            built, made = model.built, self._progress.layers_made()
            with self._progress.of(model), scope:
                outputs = self._graphs.trace(lambda data: step(self._without_optionals(data)), spec, graphs.append)
                if not built and self._progress.layers_made() > made:
                    # Where a trace made variables tf.function makes another one, and automatic names count on
                    # (tensorflow/python/eager/polymorphic_function/polymorphic_function.py, Function._call).
                    outputs = self._graphs.trace(lambda data: step(self._without_optionals(data)), spec, graphs.append)
                return outputs

        def examine(facts: BatchFacts, leaves: Sequence[Any]) -> None:
            self._run_time.check(graphs[-1], facts, leaves)

        try:
            return run(), examine
        except Exception:
            if self._models.uses == before:
                raise
        with self._models.switched_off():
            return run(), examine

    def _size(self, spec: Any) -> Optional[int]:
        shape = getattr(self._tf.nest.flatten(spec)[0], "shape", None)
        return shape[0] if shape is not None and shape.rank else None

    def _spec_of(self, batch: Any) -> Any:
        """Return the specs of a batch that the program gave itself, as ``tf.function`` sees them."""

        def one(item: Any) -> Any:
            if item is None or isinstance(item, (bool, int, float, str, bytes)):
                return item  # Python's own values are constants of the graph
            if hasattr(item, "iloc"):
                item = item.to_numpy()
            kind = getattr(getattr(item, "dtype", None), "kind", None)  # only NumPy's dtypes have one
            if kind is not None and kind not in "OUS":
                return self._tf.TensorSpec(item.shape, item.dtype)
            return self._tf.type_spec_from_value(
                item if hasattr(item, "_type_spec") else self._tf.convert_to_tensor(item)
            )

        return self._tf.nest.map_structure(one, batch)

    def _without_optionals(self, data: Any) -> Any:
        optional = self._tf.experimental.Optional
        return self._tf.nest.map_structure(lambda item: None if isinstance(item, optional) else item, data)


def _epoch_iterator(real: Any, batches: Batches, progress: Progress) -> Any:
    """Return a class like Keras' own that yields one batch of specs."""
    base = real.__mro__[1]

    class SymbolicEpochIterator(real):  # type: ignore[misc]
        def __init__(self, *arguments: Any, distribute_strategy: Any = None, **keywords: Any) -> None:
            base.__init__(self, *arguments, **keywords)
            self._distribute_strategy = distribute_strategy
            self.batch = _Batch(batches, self.data_adapter, self.steps_per_epoch)
            progress.batch(self.batch.spec)

        def _get_iterator(self) -> List[_Batch]:
            return [] if batches.none(self.data_adapter) else [self.batch]

        def _enumerate_iterator(self) -> Any:
            for item in super()._enumerate_iterator():
                yield item
                return

        def tf_sync(self) -> None:
            """Nothing runs that could be waited for."""

    return SymbolicEpochIterator
