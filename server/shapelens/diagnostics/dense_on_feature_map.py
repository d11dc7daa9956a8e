"""``dense-on-feature-map``: a classifier head applied to a map or a sequence that was not reduced."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapelens.diagnostics.model import Diagnostic, Related, Severity
from shapelens.diagnostics.rule import AnalysisRule, Documentation
from shapelens.diagnostics.written_layers import Shape, WrittenLayer, WrittenModels, shape_of, shapes_in, written_models
from shapelens.evaluation.analysis import Analysis
from shapelens.source.syntax_tree import callee
from shapelens.worker.contract import Observation, Training

CODE = "dense-on-feature-map"

_CLASSIFIES = ("softmax", "sigmoid", "hard_sigmoid")
_CROSS_ENTROPIES = ("categorical_crossentropy", "sparse_categorical_crossentropy")
_RECURRENT = ("LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "ConvLSTM1D")
_OF_TOKENS = ("Embedding", "TextVectorization", "MultiHeadAttention", "Attention", "AdditiveAttention")
_TRAINS = ("fit", "evaluate", "train_on_batch", "test_on_batch")
_TRAINS_BY_HAND = ("GradientTape", "train_step", "value_and_grad", "loss.backward", "ctc")
"""What in a text tells that targets are not those of a call of ``fit``."""


def _find(analysis: Analysis) -> Iterator[Diagnostic]:
    models = written_models(analysis) if analysis.finished is not None else None
    for layer in models.layers if models is not None else ():
        output = layer.output
        if models is None or layer.type_name != "Dense" or output is None or len(output) < 3:
            continue
        node, model = _model(models, layer) or (None, ())
        if node is None:
            continue
        severity = _severity(analysis, models, layer, node, model)
        if severity is not None:
            yield _diagnostic(models, layer, severity)


def _diagnostic(models: WrittenModels, layer: WrittenLayer, severity: Severity) -> Diagnostic:
    taken, output = layer.input or (), layer.output or ()
    reduced = (output[0], output[-1])
    if len(output) == 3:
        advice = "GlobalAveragePooling1D() or Flatten(), or return_sequences=False in the recurrent layer"
        each = "time step"
    else:
        advice = "Flatten() or GlobalAveragePooling2D()"
        each = "position"
    message = (
        f"Dense works on the last axis only: of {taken} it makes {output}, one result for each {each}, not {reduced}. "
        f"For one result for each sample, put {advice} in front of it."
    )
    producer = next(
        (item for item in reversed(models.scope(layer)) if item.output == taken and not item.passes_on), None
    )
    related = (Related(models.place(producer), f"makes {taken}"),) if producer is not None else ()
    return Diagnostic(CODE, severity, models.place(layer), message, related)


def _model(models: WrittenModels, layer: WrittenLayer) -> tuple[ast.Call, tuple[Observation, ...]] | None:
    """Return the model whose only output a layer makes, where that is plain from the text."""
    if models.followers(layer) or _is_part(models, layer.maker):
        return None
    for node, items in models.models():
        if any(shapes_in(item.output) == (layer.output,) for item in items):
            return node, items
    return None


def _is_part(models: WrittenModels, maker: ast.Call) -> bool:
    """Tell whether the list that a layer stands in is that of a model within another one, or of no model."""
    tree = models.tree
    around = tree.parent(maker)
    if not isinstance(around, (ast.List, ast.Tuple)):
        return False
    model = tree.parent(around)
    if not isinstance(model, ast.Call) or callee(model) != "Sequential":
        return True
    outer = tree.parent(model)
    return isinstance(outer, (ast.Call, ast.List, ast.Tuple))


# --- evidence -------------------------------------------------------------------------------------------------


def _severity(
    analysis: Analysis,
    models: WrittenModels,
    layer: WrittenLayer,
    node: ast.Call,
    model: tuple[Observation, ...],
) -> Severity | None:
    name = model[0].layer_name
    trainings = [item for item in analysis.trainings if item.model == name and item.method in _TRAINS]
    failed = {fault.location for fault in analysis.faults if not fault.handled}
    if any(training.location in failed for training in trainings):
        return None  # the error says it
    classifies = _activation(models, layer) in _CLASSIFIES
    if trainings:
        told = [_per_sample(training, layer) for training in trainings]
        crossed = any(item.loss in _CROSS_ENTROPIES for training in trainings for item in training.comparisons)
        sure = None not in told and all(told)
        return Severity.WARNING if sure and (classifies or crossed) else None
    if any(word in analysis.program.text for word in _TRAINS_BY_HAND) or _within_another(analysis, models, node, model):
        return None
    if len(layer.output or ()) > 3:
        return Severity.WARNING if classifies and _shrinks(model) else None
    unreduced = _unreduced(models, layer, node) or (classifies and _pooled(models, layer))
    return Severity.HINT if unreduced else None


def _per_sample(training: Training, layer: WrittenLayer) -> bool | None:
    """Tell whether targets are one for each sample, None where that is not known."""
    output = layer.output or ()
    compared = [item for item in training.comparisons if shape_of(item.output) and not item.own]
    targets = [item.target.shape for item in compared if len(shape_of(item.output) or ()) == len(output)]
    if not targets:
        targets = [item.spec.shape for item in training.given if item.name == "y"]
    known = [target for target in targets if target is not None]
    if not known:
        return None
    return not any(_for_each_position(target, output) for target in known)


def _for_each_position(target: Shape, output: Shape) -> bool:
    """Tell whether a target has the axes between the batch and the classes that the output has."""
    places = output[1:-1]
    if len(target) < len(output) - 1:
        return False
    return all(one == other or None in (one, other) for one, other in zip(target[1:], places, strict=False))


def _pooled(models: WrittenModels, layer: WrittenLayer) -> bool:
    """Tell whether a sequence has fewer steps than the input, which what is said of each step would not have."""
    names = [item.type_name for item in models.scope(layer)]
    pools = any("Pooling1D" in name and "Global" not in name for name in names)
    return pools and not any("Transpose" in name or "UpSampling" in name for name in names)


def _shrinks(model: tuple[Observation, ...]) -> bool:
    """Tell whether a model's output has other heights and widths than its input: it is no map of the input."""
    for item in model:
        taken, given = shape_of(item.input), shape_of(item.output)
        if taken is None or given is None or len(taken) != len(given):
            continue
        sizes = zip(taken[1:-1], given[1:-1], strict=True)
        if any(one != other and None not in (one, other) for one, other in sizes):
            return True
    return False


def _unreduced(models: WrittenModels, layer: WrittenLayer, node: ast.Call) -> bool:
    """Tell whether a recurrent layer's sequence goes to a head of several units, and nothing says it should."""
    before = models.scope(layer)
    producer = next((item for item in reversed(before) if not item.passes_on), None)
    if producer is None or producer.type_name not in _RECURRENT or producer.output != layer.input:
        return False
    if any(item.type_name in _OF_TOKENS for item in models.layers) or (layer.output or (1,))[-1] == 1:
        return False
    losses = [_loss(models, call) for call in _methods(models, node) if callee(call) == "compile"]
    return all("crossentropy" in loss.lower() for loss in losses)


def _loss(models: WrittenModels, call: ast.Call) -> str:
    loss = models.tree.argument(call, "loss", 1)
    return "" if loss is None else models.tree.text(loss)


def _methods(models: WrittenModels, node: ast.Call) -> Iterator[ast.Call]:
    """Yield the calls of methods of a model that is assigned to a name."""
    name = _name(models, node)
    for call in models.tree.walk(ast.Call):
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if isinstance(owner, ast.Name) and owner.id == name:
            yield call


def _name(models: WrittenModels, node: ast.Call) -> str | None:
    parent = models.tree.parent(node)
    target = parent.targets[0] if isinstance(parent, ast.Assign) else None
    return target.id if isinstance(target, ast.Name) else None


def _within_another(analysis: Analysis, models: WrittenModels, node: ast.Call, model: tuple[Observation, ...]) -> bool:
    """Tell whether a model is called with symbolic tensors, as a part of another one."""
    name = _name(models, node)
    outputs = {item.output for item in model}
    for item in analysis.observations:
        if item.type_name == "KerasTensor" and item.output in outputs and item.location.path == analysis.program.path:
            call = models.tree.at(item.location.span)
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == name:
                return True
    mentions = [item for item in models.tree.walk(ast.Name) if item.id == name and name is not None]
    return any(isinstance(models.tree.parent(item), (ast.List, ast.Tuple)) for item in mentions)


def _activation(models: WrittenModels, layer: WrittenLayer) -> str:
    """Return the last name in a layer's activation, of the layer itself or of one behind it."""
    makers = [layer.maker, *(item for item in models.next(layer) if item is not None)]
    for maker in makers:
        given = models.tree.argument(maker, "activation", 0 if callee(maker) == "Activation" else 1)
        if callee(maker) == "Softmax":
            return "softmax"
        if isinstance(given, ast.Constant) and isinstance(given.value, str):
            return given.value.lower()
        if isinstance(given, ast.Attribute):
            return given.attr.lower()
    return ""


RULE = AnalysisRule(
    code=CODE,
    severity=Severity.WARNING,
    documentation=Documentation(
        what="""\
A `Dense` layer that ends a classifier gets a feature map or a whole sequence instead of one vector for each sample.
It is a hint where only the program's author can know what was meant.""",
        why="""\
`Dense` multiplies the last axis and leaves all others as they are. Behind `Conv2D` or behind a recurrent layer with
`return_sequences=True` it gives a class for each position or each time step, and the model's output has one or two
axes more than the labels.""",
        example="""model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(32, 3, activation="relu"),
    layers.Dense(10, activation="softmax"),
])""",
        instead="""model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(32, 3, activation="relu"),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])""",
        keras="""\
Keras raises no error: the output is (None, 26, 26, 10), not (None, 10). `fit` with labels of shape (n,) fails, and
says so of the loss. Labels for each position or time step, as in segmentation and tagging, are what such an output
is for; then nothing is reported.""",
    ),
    find=_find,
)
