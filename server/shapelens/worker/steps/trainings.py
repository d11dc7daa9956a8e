"""Notes what each call of ``fit`` and its kin was given, and what its losses compared; for Keras 3 on any backend."""

from __future__ import annotations

import functools
import inspect
import sys
from types import FrameType
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from ..contract import Comparison, Given, Location, Structure, TensorSpec, Training
from ..describe import Describer
from ..layer_book import LayerBook
from ..positions import Positions
from ..values import attribute
from .given_data import PARTS, GivenData, single
from .progress import Progress

_METHODS = ("fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch")

_MOST_COMPARISONS = 64
"""Different ones of one call; a custom step may call a loss in a loop."""


class _Running:
    """A call that has not ended."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.comparisons: Dict[Comparison, None] = {}
        self.batches: List[Any] = []
        """Specs of a batch of the data, then of that of the validation."""
        self.calls: Dict[int, int] = {}
        """How often each loss was called, by its identity."""


class Trainings:
    """Watches trainers and losses for the process of an evaluation; ``trained`` is told of each call once."""

    def __init__(
        self,
        positions: Positions,
        describer: Describer,
        layers: LayerBook,
        progress: Progress,
        trained: Callable[[Training], None],
    ) -> None:
        self._positions = positions
        self._describer = describer
        self._layers = layers
        self._progress = progress
        self._trained = trained
        self._data = GivenData(describer)
        self._running: List[_Running] = []
        self._compiled: Dict[int, Tuple[Any, Location]] = {}
        """By a model's identity; the model is kept, so that no other one gets the same."""
        self._compared: Dict[object, Tuple[Comparison, ...]] = {}
        """What the losses of a model compared for data of these shapes: later calls use the step that was traced."""
        self._sent: Set[Training] = set()

    def install(self) -> None:
        """Wrap the methods that a model inherits from its trainer, and the call of losses."""
        import keras
        from keras.src.losses.loss import Loss
        from keras.src.trainers.trainer import Trainer

        for name in _METHODS:
            # The signature is that of the base class: a backend's method may be replaced by one for any arguments.
            owner, method = _defining(keras.Model, name)
            setattr(owner, name, self._watched(name, method, inspect.signature(getattr(Trainer, name))))
        owner, method = _defining(keras.Model, "compile")
        owner.compile = self._compile(method)
        watched: Any = Loss
        watched.__call__ = self._loss(Loss.__call__)
        self._progress.batch = self._batch
        self._progress.compared = self._compared_so_far
        self._progress.compares = self._compares_alike

    # --- methods of models --------------------------------------------------------------------------------

    def _watched(self, name: str, original: Callable[..., Any], signature: inspect.Signature) -> Callable[..., Any]:
        @functools.wraps(original)
        def method(model: Any, *arguments: Any, **keywords: Any) -> Any:
            caller = sys._getframe(1)
            if not self._positions.is_user(caller):
                return original(model, *arguments, **keywords)  # of Keras itself, as fit evaluates
            running = _Running(model)
            self._running.append(running)
            try:
                return original(model, *arguments, **keywords)
            finally:
                self._running.pop()
                try:
                    self._tell(name, running, _bound(signature, model, arguments, keywords), caller)
                except Exception:  # an object of the program that does not bear being looked at
                    pass

        return method

    def _compile(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def compile(model: Any, *arguments: Any, **keywords: Any) -> Any:
            stack = self._positions.stack(sys._getframe(1))
            if stack:
                self._compiled[id(model)] = (model, stack[-1].location)
            return original(model, *arguments, **keywords)

        return compile

    def _tell(self, name: str, running: _Running, bound: Dict[str, Any], caller: FrameType) -> None:
        given = tuple(self._given(bound, running.batches))
        stack = [frame.location for frame in self._positions.stack(caller)]
        model = running.model
        inputs, outputs = self._declared(model)
        training = Training(
            location=stack[-1],
            method=name,
            model=str(attribute(model, "name", "")),
            compiled=self._compiled[id(model)][1] if id(model) in self._compiled else None,
            given=given,
            comparisons=self._comparisons(name, running, given),
            inputs=inputs,
            outputs=outputs,
            via=tuple(stack[:-1]),
        )
        if training not in self._sent:
            self._sent.add(training)
            self._trained(training)

    def _declared(self, model: Any) -> Tuple[Optional[Structure], Optional[Structure]]:
        graph = self._describer.graph(model)
        if graph is not None:
            return self._describer.structure(graph.inputs), self._describer.structure(graph.outputs)
        state = self._layers.first_call(model)
        return (None, None) if state is None else (state.input, state.output)

    # --- data ---------------------------------------------------------------------------------------------

    def _given(self, bound: Dict[str, Any], batches: List[Any]) -> List[Given]:
        found: List[Given] = []
        x: Any = bound.get("x")
        if self._data.is_dataset(x):
            found.extend(self._data.element(PARTS, x.element_spec))
        else:
            for name in PARTS:
                if bound.get(name) is not None:
                    found.extend(self._data.argument(name, bound[name], name == "y"))
            if not found and batches:  # a generator, whose first batch Keras has read
                found.extend(self._data.element(PARTS, batches[0]))
        names = [f"validation_data[{index}]" for index in range(len(PARTS))]
        validation: Any = bound.get("validation_data")
        if validation is None:
            return found
        known = len(found)
        if self._data.is_dataset(validation):
            found.extend(self._data.element(names, validation.element_spec))
        elif isinstance(validation, (tuple, list)):
            for index, (name, item) in enumerate(zip(names, validation)):
                found.extend(self._data.argument(name, item, index == 1))
        if len(found) == known and len(batches) > 1:
            found.extend(self._data.element(names, batches[1]))
        return found

    def _batch(self, spec: Any) -> None:
        if self._running:
            self._running[-1].batches.append(spec)

    # --- losses -------------------------------------------------------------------------------------------

    def _loss(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def __call__(loss: Any, y_true: Any, y_pred: Any, *arguments: Any, **keywords: Any) -> Any:
            if self._running:
                try:
                    self._compares(self._running[-1], loss, y_true, y_pred)
                except Exception:  # an object of the program that does not bear being looked at
                    pass
            return original(loss, y_true, y_pred, *arguments, **keywords)

        # AutoGraph would convert this function's source; the attribute tells it to call it as it is.
        __call__.autograph_info__ = {}  # type: ignore[attr-defined]
        return __call__

    def _compares(self, running: _Running, loss: Any, y_true: Any, y_pred: Any) -> None:
        target, output = (single(self._describer.structure(item)) for item in (y_true, y_pred))
        if target is None or output is None or len(running.comparisons) >= _MOST_COMPARISONS:
            return
        number = running.calls[id(loss)] = running.calls.get(id(loss), 0) + 1
        name = self._output_name(running.model, loss, number)
        running.comparisons[_comparison(loss, target, output, name)] = None

    def _compared_so_far(self) -> Tuple[Comparison, ...]:
        return tuple(self._running[-1].comparisons) if self._running else ()

    def _compares_alike(self, comparisons: Tuple[Comparison, ...]) -> None:
        if self._running:
            self._running[-1].comparisons.update(dict.fromkeys(comparisons))

    def _output_name(self, model: Any, loss: Any, number: int) -> str:
        """Return the name of the layer whose output a loss is called with, where the model has a graph."""
        graph = self._describer.graph(model)
        if graph is None:
            return ""
        from keras.src import tree

        outputs = [item._keras_history.operation.name for item in tree.flatten(graph.outputs)]
        if len(outputs) == 1:
            return str(outputs[0])
        entries = attribute(attribute(model, "_compile_loss", None), "_flat_losses", None) or ()
        # One loss object may serve several outputs, in their order.
        names = [entry.name for entry in entries if entry.loss is loss]
        name = names[(number - 1) % len(names)] if names else ""
        return str(name) if name in outputs else ""

    def _comparisons(self, name: str, running: _Running, given: Tuple[Given, ...]) -> Tuple[Comparison, ...]:
        if name.startswith("predict"):
            return ()
        _, compiled = self._compiled.get(id(running.model), (None, None))
        whole = (name, *((item.name, item.spec.shape) for item in given))
        shapes = tuple((item.name, (item.spec.shape or (None,))[1:]) for item in given)
        keys = [(id(running.model), compiled, part) for part in (whole, shapes, _of_samples(shapes))]
        if running.comparisons:
            found = tuple(running.comparisons)
            for key in keys:
                self._compared.setdefault(key, found)
            return found
        return next((self._compared[key] for key in keys if key in self._compared), ())


def _of_samples(shapes: Tuple[Tuple[str, Any], ...]) -> Tuple[Tuple[str, Any], ...]:
    """Return the shapes without those of the validation, which evaluate is given none of."""
    return tuple(item for item in shapes if not item[0].startswith("validation_data"))


def _bound(
    signature: inspect.Signature, model: Any, arguments: Tuple[Any, ...], keywords: Dict[str, Any]
) -> Dict[str, Any]:
    try:
        return dict(signature.bind(model, *arguments, **keywords).arguments)
    except TypeError:  # the call fails with the like
        return dict(keywords)


def _defining(kind: Any, name: str) -> Tuple[Any, Callable[..., Any]]:
    """Return the class that a class inherits a method from, and the method."""
    owner = next(base for base in kind.__mro__ if name in vars(base))
    return owner, vars(owner)[name]


def _comparison(loss: Any, target: TensorSpec, output: TensorSpec, output_name: str) -> Comparison:
    function = attribute(loss, "fn", None)
    own = not _of_keras(type(loss)) or (function is not None and not _of_keras(function))
    name = attribute(function, "__name__", "") or (type(loss).__name__ if own else attribute(loss, "name", ""))
    from_logits = None if own else _from_logits(loss, function)
    return Comparison(
        loss=str(name),
        target=target,
        output=output,
        output_name=output_name,
        from_logits=from_logits,
        sparse=str(name).startswith("sparse_") and not own,
        own=own,
    )


def _of_keras(thing: Any) -> bool:
    return str(attribute(thing, "__module__", "")).split(".")[0] in ("keras", "tf_keras")


def _from_logits(loss: Any, function: Any) -> Optional[bool]:
    given = attribute(loss, "_fn_kwargs", None) or {}
    if "from_logits" in given:
        return bool(given["from_logits"])
    try:
        parameter = inspect.signature(function).parameters.get("from_logits")
    except (TypeError, ValueError):
        return None
    return None if parameter is None else bool(parameter.default)
