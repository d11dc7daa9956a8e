"""``suspicious-argument``: an argument that is legal and does not mean what it was written for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapelens.diagnostics.model import Diagnostic, Related, Severity
from shapelens.diagnostics.rule import AnalysisRule, Documentation, FaultRule, patterns
from shapelens.diagnostics.written_layers import Shape, WrittenLayer, WrittenModels, shape_of, written_models
from shapelens.evaluation.analysis import Analysis
from shapelens.source.syntax_tree import callee, number
from shapelens.worker.contract import Location, Training

CODE = "suspicious-argument"

_TWO_DIMENSIONAL = ("Conv2D", "Convolution2D", "SeparableConv2D", "SeparableConvolution2D")


def _find(analysis: Analysis) -> Iterator[Diagnostic]:
    models = written_models(analysis)
    if models is None:
        return
    for layer in models.layers:
        size = _kernel_of_keras_1(layer)
        if size is not None:
            yield _strides(models, layer, size)
    told: set[Location] = set()
    for training in analysis.trainings:
        found = _counts_samples(analysis, models, training)
        if found is not None and found.location not in told:
            told.add(found.location)
            yield found


# --- Conv2D(32, 3, 3) -----------------------------------------------------------------------------------------


def _kernel_of_keras_1(layer: WrittenLayer) -> int | None:
    """Return the size of a kernel that is written as two equal numbers.

    Even ones are left alone: strides as long as the kernel cut an image into patches, of 2, 4, 8 or 16 pixels.
    """
    arguments = layer.maker.args
    if layer.type_name not in _TWO_DIMENSIONAL or len(arguments) != 3:
        return None
    height, width = number(arguments[1]), number(arguments[2])
    if height is None or height != width or height < 3 or height % 2 == 0:
        return None
    return None if any(item.arg in ("strides", "kernel_size") for item in layer.maker.keywords) else height


def _strides(models: WrittenModels, layer: WrittenLayer, size: int) -> Diagnostic:
    became = f": {layer.input} becomes {layer.output}" if layer.input and layer.output else ""
    message = (
        f"The third argument of {layer.type_name} is strides: the kernel of {size} by {size} moves {size} positions "
        f"at a time{became}. In Keras 1 the two numbers were height and width of the kernel; today that is "
        f"({size}, {size})."
    )
    return Diagnostic(CODE, Severity.WARNING, models.place(layer), message)


# --- input_shape=x.shape --------------------------------------------------------------------------------------


def _counts_samples(analysis: Analysis, models: WrittenModels, training: Training) -> Diagnostic | None:
    """Return what there is to say of a declared input that has an axis for the samples beside that of the batch."""
    declared = shape_of(training.inputs)
    inputs = [item for item in training.given if item.name == "x" and not item.batched]
    targets = [item for item in training.given if item.name == "y" and item.spec.shape]
    if not declared or not inputs or not targets:
        return None
    shape = inputs[0].spec.shape
    one_sample_each = shape is not None and (targets[0].spec.shape or (None,))[0] == shape[0]
    if shape is None or len(shape) < 2 or declared[1:] != shape or not one_sample_each:
        return None
    location = _declaration(analysis, models, declared)
    if location is None:
        return None
    message = (
        f"The input shape {shape} counts the {shape[0]} samples as an axis; Keras adds the axis of the batch by itself "
        f"and expects {declared}. The shape of one sample is {shape[1:]}."
    )
    related = Related(training.location, f"x has the shape {shape} here")
    return Diagnostic(CODE, Severity.WARNING, location, message, (related,))


def _declaration(analysis: Analysis, models: WrittenModels, declared: Shape) -> Location | None:
    """Return the expression that declares an input of this shape: ``Input(...)``, or a layer with ``input_shape``."""
    path = analysis.program.path
    for item in analysis.observations:
        if item.type_name == "KerasTensor" and item.location.path == path and shape_of(item.output) == declared:
            node = models.tree.at(item.location.span)
            if isinstance(node, ast.Call) and callee(node) in ("Input", "InputLayer"):
                return item.location
    for layer in models.layers:
        if layer.input == declared and models.tree.keyword(layer.maker, "input_shape") is not None:
            return models.place(layer)
    return None


# --- arguments of Keras 1 and 2 -------------------------------------------------------------------------------

_OF_LAYERS = (
    "activity_l2|b_constraint|b_regularizer|batch_input_shape|beta_init|bias|border_mode|consume_less|dim_ordering|"
    "forget_bias_init|gamma_init|init|inner_activation|inner_init|inputs?|mode|nb_\\w+|outputs?|subsample|time_major|"
    "W_constraint|W_regularizer"
)
_OF_METHODS = (
    "class_mode|max_q_size|max_queue_size|nb_epoch|nb_val_samples|nb_worker|sample_weight_mode|samples_per_epoch"
)

_DOCUMENTATION = Documentation(
    what="""\
An argument has another meaning than it seems to have: `Conv2D(32, 3, 3)` with strides of 3, an `input_shape` that
counts the samples, or one of Keras 1 and 2 that is gone.""",
    why="""\
In Keras 1 the second and third argument of `Conv2D` were height and width of the kernel; now the third one is
`strides`, and the map shrinks to a third. `input_shape` and `keras.Input` describe one sample; `x.shape` has the
number of samples in front.""",
    example="""model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(32, 3, 3),
])""",
    instead="""model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(32, (3, 3)),
])""",
    keras="""\
Keras raises no error: the output is (None, 9, 9, 32) instead of (None, 26, 26, 32). Arguments that are gone are
errors: `ValueError: Unrecognized keyword arguments passed to Conv2D: {'border_mode': 'same'}`.""",
)

RULE = AnalysisRule(code=CODE, severity=Severity.WARNING, documentation=_DOCUMENTATION, find=_find)

LEGACY_RULE = FaultRule(
    code=CODE,
    severity=Severity.ERROR,
    documentation=_DOCUMENTATION,
    patterns=patterns(
        # keras/src/layers/layer.py, keras/src/models/model.py
        rf"^Unrecognized keyword arguments passed to \w+: \{{'(?:{_OF_LAYERS})'",
        # keras/src/optimizers/base_optimizer.py
        r"^Argument\(s\) not recognized: \{'(?:lr|decay|epsilon_decay)'",
        # Python itself, of the methods of models
        rf"got an unexpected keyword argument '(?:{_OF_METHODS})'",
    ),
)
