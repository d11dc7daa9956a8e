"""``silent-broadcast``: a loss that is plain arithmetic got target and output of different shapes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapelens.diagnostics.model import Diagnostic, Related, Severity
from shapelens.diagnostics.rule import AnalysisRule, Documentation
from shapelens.diagnostics.written_layers import Shape, failed_at, parsed, shape_of
from shapelens.evaluation.analysis import Analysis
from shapelens.source.syntax_tree import SourceTree
from shapelens.worker.contract import Comparison, Kind, Observation, Training

CODE = "silent-broadcast"

_ARITHMETIC = frozenset(
    "mean_squared_error mean_absolute_error mean_absolute_percentage_error mean_squared_logarithmic_error huber "
    "log_cosh hinge squared_hinge categorical_hinge kl_divergence poisson cosine_similarity dice tversky "
    "categorical_focal_crossentropy".split()
)
"""Losses that were measured to broadcast (Keras 3.15); the other cross-entropies compare shapes and raise."""


def _find(analysis: Analysis) -> Iterator[Diagnostic]:
    told: set[object] = set()
    for training in analysis.trainings:
        if failed_at(analysis, training):
            continue
        for comparison in training.comparisons:
            # Of evaluate behind fit, which compares the same, nothing is said.
            same = (training.model, comparison.loss, comparison.output_name, _sample(comparison.target.shape))
            diagnostic = _of_comparison(analysis, training, comparison) if same not in told else None
            if diagnostic is not None:
                told.add(same)
                yield diagnostic
        diagnostic = _of_difference(analysis, training) if training.location not in told else None
        if diagnostic is not None:
            told.add(training.location)
            yield diagnostic


def _sample(shape: Shape | None) -> Shape | None:
    return None if shape is None else shape[1:]


# --- losses of Keras ------------------------------------------------------------------------------------------


def _of_comparison(analysis: Analysis, training: Training, comparison: Comparison) -> Diagnostic | None:
    target, output = comparison.target.shape, comparison.output.shape
    if comparison.own or comparison.loss not in _ARITHMETIC or target is None or output is None:
        return None
    if not differ(target, output):
        return None
    message = (
        f"{comparison.loss} compares targets of shape {target} with outputs of shape {output}. They differ, and only "
        "broadcasting makes them fit: Keras raises no error, but the model is trained on pairs that do not belong "
        "together. Give the last layer the shape of the targets, or the targets that of the output."
    )
    return Diagnostic(
        CODE, Severity.WARNING, training.location, message, tuple(_related(analysis, training, comparison))
    )


def differ(target: Shape, output: Shape) -> bool:
    """Tell whether a target and an output of these shapes only fit by broadcasting.

    Where ranks differ by one, Keras adds or takes away a last axis of 1 by itself (keras/src/losses/loss.py,
    squeeze_or_expand_to_same_rank). Sizes that are not known differ from none.
    """
    target, output = _same_rank(target, output)
    if len(target) != len(output):
        return bool(target and output)
    return any(one != other and None not in (one, other) for one, other in zip(target[1:], output[1:], strict=True))


def _same_rank(left: Shape, right: Shape) -> tuple[Shape, Shape]:
    if len(left) == len(right) + 1 and left[-1] == 1:
        return (left, (*right, 1)) if len(right) == 1 else (left[:-1], right)
    if len(right) == len(left) + 1 and right[-1] == 1:
        return ((*left, 1), right) if len(left) == 1 else (left, right[:-1])
    return left, right


def _related(analysis: Analysis, training: Training, comparison: Comparison) -> Iterator[Related]:
    for item in analysis.observations:
        if comparison.output_name and item.layer_name == comparison.output_name and item.created:
            yield Related(item.location, f"the output of shape {comparison.output.shape} is made here")
            break
    if training.compiled is not None:
        yield Related(training.compiled, f"the loss {comparison.loss} is chosen here")


# --- differences that a step of the program makes itself ------------------------------------------------------


def _of_difference(analysis: Analysis, training: Training) -> Diagnostic | None:
    """Return what there is to say of ``output - target`` in a ``train_step``, of shapes (n, 1) and (n,)."""
    tree = parsed(analysis.program.text)
    outputs = shape_of(training.outputs)
    flat = any(item.name == "y" and len(item.spec.shape or ()) == 1 for item in training.given)
    if tree is None or outputs is None or len(outputs) != 2 or outputs[1] != 1 or not flat:
        return None
    inside = [item for item in analysis.observations if training.location in item.via and item.kind is Kind.TENSOR]
    for item in inside:
        node = tree.at(item.location.span) if item.location.path == analysis.program.path else None
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Sub) or not _of_step(tree, node):
            continue
        operands = [_operand(inside, item, tree.span(side)) for side in (node.left, node.right)]
        ranks = sorted(len(shape) for shape in operands if shape is not None)
        if ranks == [1, 2] and len(shape_of(item.output) or ()) == 2:
            message = (
                f"`{tree.text(node)}` in the training step subtracts shapes {operands[0]} and {operands[1]}, which "
                f"gives {shape_of(item.output)}: each output is compared with every target of the batch. Keras "
                "raises no error. Add the last axis to the targets, or take it from the output."
            )
            related = (Related(item.location, "subtracted here"),)
            return Diagnostic(CODE, Severity.WARNING, training.location, message, related)
    return None


def _of_step(tree: SourceTree, node: ast.BinOp) -> bool:
    """Tell whether one operand is the model's own output and the other a part of the data, as they came.

    All pairs of a batch may be meant to meet; then the program itself adds or takes an axis.
    """
    step = tree.function(node)
    if step is None or not step.args.args:
        return False
    arguments = [item.arg for item in step.args.args]
    kinds = set()
    for side in (node.left, node.right):
        made = [
            item.value
            for item in tree.walk(ast.Assign)
            if isinstance(side, ast.Name) and tree.function(item) is step and side.id in _bound(item)
        ]
        value = made[0] if len(made) == 1 else None
        if isinstance(value, ast.Name) and value.id in arguments:
            kinds.add("data")
        elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == arguments[0]:
            kinds.add("output")
    return kinds == {"data", "output"}


def _bound(statement: ast.Assign) -> set[str]:
    targets = [item for target in statement.targets for item in ast.walk(target)]
    return {item.id for item in targets if isinstance(item, ast.Name)}


def _operand(inside: list[Observation], result: Observation, span: object) -> Shape | None:
    for item in inside:
        if item.location.path == result.location.path and item.location.span == span and item.via == result.via:
            return shape_of(item.output)
    return None


RULE = AnalysisRule(
    code=CODE,
    severity=Severity.WARNING,
    documentation=Documentation(
        what="Targets and output of a model have different shapes, and the loss accepts them by broadcasting.",
        why="""\
Losses such as `mse` subtract one from the other. Where the shapes differ in an axis of 1, every output is compared
with the same target, or each with those of other samples; the loss goes down to a mean, and nothing is learnt. A
last axis of 1 that one of the two lacks is no harm: Keras adds it.""",
        example="""model = keras.Sequential([keras.Input((8,)), layers.Dense(4)])
model.compile(loss="mse")
model.fit(x, y)  # y: (100, 1)""",
        instead="""model = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
model.compile(loss="mse")
model.fit(x, y)  # y: (100, 1)""",
        keras="""\
`fit` runs: the output (None, 4) minus the target (None, 1) is (None, 4). `binary_crossentropy` and
`categorical_crossentropy` raise `Arguments target and output must have the same shape` instead; that is
`loss-target-mismatch`.""",
    ),
    find=_find,
)
