"""Steps that were traced for one model serve models alike: those of each fold, or of a search for parameters.

A step of a Functional model whose outputs are declared (see ``declared_models``) depends on the model's inputs and
outputs, on what it was compiled with, on the data and on the steps before, and on nothing else. Where all of these are
the same as before and no fault was found, another trace has nothing to tell. What it would do to the model is done:
losses, metrics and optimizer are built, calls and comparisons are told of.
"""

from __future__ import annotations

import dataclasses
from types import FunctionType
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from ..contract import Comparison
from .declared_models import DeclaredModels
from .progress import Progress
from .run_time import BatchFacts
from .traced_step import Examine

Traced = Tuple[Any, Examine]

_SIMPLE = (type(None), str, int, float, bool)


class _Other(Exception):
    """Something of the program's own, which may do anything."""


@dataclasses.dataclass(frozen=True)
class _Known:
    outputs: Any
    examine: Examine
    metric_names: Tuple[str, ...]
    output_names: Tuple[str, ...]
    comparisons: Tuple[Comparison, ...]


class AlikeModels:
    """Remembers traced steps by what they depend on."""

    def __init__(self, tf: Any, models: DeclaredModels, progress: Progress) -> None:
        from keras.src.models.functional import Functional
        from keras.src.models.sequential import Sequential

        self._tf = tf
        self._models = models
        self._progress = progress
        self._functional: Any = Functional
        self._sequential: Any = Sequential
        self._known: Dict[object, _Known] = {}
        self._steps: Dict[int, Tuple[Any, Tuple[object, ...]]] = {}
        """What each model has gone through, by its identity; the model is kept, so that no other one gets the same."""

    def traced(self, model: Any, step: str, spec: Any, trace: Callable[[], Traced]) -> Traced:
        """Return what ``trace`` returns for a step of a model and data of this spec; it is called where it must be."""
        key = self._key(model, step, spec)
        before = self._steps.get(id(model), (model, ()))[1]
        self._steps[id(model)] = (model, (*before, key or object()))  # no other model goes through an unknown one
        if key is None:
            return trace()
        key = (before, key)
        known = self._known.get(key)
        outputs = None if known is None else self._taken(known, model, step, spec)
        if known is not None and outputs is not None:
            return outputs, _examined(known.examine, trace)
        compared = self._progress.compared()
        uses, runs = self._models.uses, self._models.runs
        made = trace()
        if self._models.uses == uses or self._models.runs > runs:
            return made  # its layers had a say
        if step != "predict_step":
            names = _metric_names(model)
            if not isinstance(made[0], dict) or tuple(made[0]) != names:
                return made
        else:
            names = ()
        new = tuple(item for item in self._progress.compared() if item not in compared)
        self._known[key] = _Known(*made, names, _output_names(self._graph(model)), new)
        return made

    # --- what a step depends on ---------------------------------------------------------------------------

    def _key(self, model: Any, step: str, spec: Any) -> Optional[object]:
        graph = self._graph(model)
        if graph is None or model.run_eagerly or model._distribute_strategy is not None or step in vars(model):
            return None
        leaves = self._tf.nest.flatten(spec)
        if not all(leaf is None or type(leaf) is self._tf.TensorSpec for leaf in leaves):
            return None
        layers: List[Any] = model._flatten_layers(include_self=False)
        if any(type(layer).__name__ == "Embedding" or layer._metrics for layer in layers) or model._metrics:
            return None  # which indices an embedding has is looked up
        if any(variable.regularizer is not None for variable in model.trainable_variables):
            return None
        try:
            compiled = self._compiled(model)
        except _Other:
            return None
        return (
            step,
            compiled,
            bool(model.trainable_variables),
            str(self._tf.nest.map_structure(lambda _: 0, spec)),
            tuple(leaves),
            tuple((tuple(item.shape), item.dtype) for item in graph.inputs),
            tuple((tuple(item.shape), item.dtype) for item in graph.outputs),
            _structure(graph._inputs_struct, graph.inputs),
            _structure(graph._outputs_struct, graph.outputs),
            tuple(model.output_names) if len(graph.outputs) > 1 else None,
        )

    def _graph(self, model: Any) -> Any:
        """Return the Functional model that does a model's work; None for one of the program's own class."""
        graph = model if type(model) is self._functional else None
        if type(model) is self._sequential:
            graph = model._functional
        return graph if graph is not None and self._models.is_plain(graph) else None

    def _compiled(self, model: Any) -> Tuple[object, ...]:
        if not model.compiled:
            return ()
        config: Dict[str, Any] = model._compile_config.config
        named = ("loss", "loss_weights", "metrics", "weighted_metrics", "steps_per_execution")
        if not type(model.optimizer).__module__.startswith("keras.src."):
            raise _Other
        return (type(model.optimizer), *(_plain(config.get(name)) for name in named))

    # --- another model ------------------------------------------------------------------------------------

    def _taken(self, known: _Known, model: Any, step: str, spec: Any) -> Optional[Any]:
        """Leave a model as a trace would; return the outputs of its step, None where it has to be traced after all."""
        from keras import KerasTensor
        from keras.src import tree
        from keras.src.trainers.data_adapters.data_adapter_utils import unpack_x_y_sample_weight

        graph = self._graph(model)
        try:
            symbolic = self._tf.nest.map_structure(
                lambda leaf: None if leaf is None else KerasTensor(leaf.shape, leaf.dtype.name), spec
            )
            x, y, _ = unpack_x_y_sample_weight(symbolic)
            outputs = known.outputs
            if step != "predict_step":
                predicted = tree.pack_sequence_as(graph._outputs_struct, list(graph.outputs))
                for part in (model._compile_loss, model._compile_metrics):
                    if part is not None and not part.built:
                        part.build(y, predicted)
                names = _metric_names(model)
                if len(names) != len(known.metric_names):
                    return None
                outputs = dict(zip(names, known.outputs.values()))
            if step == "train_step" and not model.optimizer.built:
                model.optimizer.build(model.trainable_variables)
        except Exception:  # a trace tells why
            return None
        with self._progress.of(model):
            self._models.tell(model, graph, x)
        renamed = dict(zip(known.output_names, _output_names(graph)))
        self._progress.compares(
            tuple(
                dataclasses.replace(item, output_name=renamed.get(item.output_name, item.output_name))
                for item in known.comparisons
            )
        )
        return outputs


def _examined(examine: Examine, trace: Callable[[], Traced]) -> Examine:
    def look(facts: BatchFacts, leaves: Sequence[Any]) -> None:
        try:
            examine(facts, leaves)
        except Exception:  # the words are to be of this model's own graph
            trace()[1](facts, leaves)
            raise

    return look


def _plain(value: Any) -> object:
    """Return what tells apart what models are compiled with; raises _Other for what is none of Keras' own."""
    if isinstance(value, _SIMPLE):
        return value
    if isinstance(value, (list, tuple)):
        return tuple(map(_plain, value))
    if isinstance(value, dict):
        return tuple((str(key), _plain(item)) for key, item in value.items())
    if isinstance(value, FunctionType) and value.__module__.startswith("keras.src."):
        return (value.__module__, value.__qualname__)
    if not type(value).__module__.startswith(("keras.src.losses.", "keras.src.metrics.")):
        raise _Other
    config = {name: item for name, item in value.get_config().items() if name != "name"}
    text = repr(config)
    if " at 0x" in text:  # a function of the program's own
        raise _Other
    return (type(value), text)


def _structure(struct: Any, tensors: Sequence[Any]) -> str:
    from keras.src import tree

    numbers = {id(tensor): number for number, tensor in enumerate(tensors)}
    return str(tree.map_structure(lambda item: numbers.get(id(item), -1), struct))


def _metric_names(model: Any) -> Tuple[str, ...]:
    """Return the names of a model's logs, in the order of ``get_metrics_result`` (keras/src/trainers/trainer.py)."""
    names: List[str] = []
    for metric in model.metrics:
        compiled = type(metric).__name__ == "CompileMetrics"  # stands for all that a model was compiled with
        parts: List[Any] = metric.metrics if compiled else [metric]
        names.extend(part.name for part in parts)
    return tuple(names)


def _output_names(graph: Any) -> Tuple[str, ...]:
    return tuple(str(item._keras_history.operation.name) for item in graph.outputs)
