"""``unbuilt-model``: a model without input shape, which nothing in the file gives one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapelens.diagnostics.model import Diagnostic, Severity
from shapelens.diagnostics.rule import AnalysisRule, Documentation
from shapelens.diagnostics.written_layers import parsed
from shapelens.evaluation.analysis import Analysis
from shapelens.source.syntax_tree import SourceTree
from shapelens.worker.contract import Kind, Location, Observation

CODE = "unbuilt-model"

_LEAVE_UNBUILT = frozenset(("add", "pop", "compile", "summary", "layers", "name", "get_config", "to_json", "trainable"))
"""Attributes of a model that give it no input."""


def _find(analysis: Analysis) -> Iterator[Diagnostic]:
    tree = parsed(analysis.program.text) if analysis.finished is not None else None
    if tree is None:
        return
    built = {item.layer_name for item in analysis.observations if item.kind is Kind.MODEL and item.output is not None}
    used = {item.model for item in analysis.trainings}
    for item in analysis.observations:
        made = item.kind is Kind.MODEL and item.type_name == "Sequential" and item.created and not item.via
        if not made or item.location.path != analysis.program.path or item.layer_name in built | used:
            continue
        if _has_layers(analysis, item) and _left_alone(tree, item):
            message = (
                "This model has no shapes: its first layer is given no input shape, and nothing in this file "
                "builds or calls the model. Put keras.Input(shape=...) in front of the first layer."
            )
            yield Diagnostic(CODE, Severity.HINT, item.location, message)


def _has_layers(analysis: Analysis, model: Observation) -> bool:
    """Tell whether a model holds layers, all of them without a shape."""
    here = model.location
    layers = [
        item
        for item in analysis.observations
        if item.kind is Kind.LAYER and item.created and item.location.path == here.path
    ]
    inside = [item for item in layers if _contains(here, item.location)]
    if not inside and model.name:
        inside = [item for item in layers if item.location.span > here.span]
    return bool(inside) and all(item.output is None for item in inside)


def _contains(outer: Location, inner: Location) -> bool:
    start, end = outer.span, inner.span
    return (start.line, start.column) <= (end.line, end.column) and (end.end_line, end.end_column) <= (
        start.end_line,
        start.end_column,
    )


def _left_alone(tree: SourceTree, model: Observation) -> bool:
    """Tell whether a model at the top level of the file is assigned to one name, which is never used in earnest."""
    node = tree.at(model.location.span)
    statement = tree.parent(node) if node is not None else None
    if node is None or tree.function(node) is not None or not isinstance(statement, ast.Assign):
        return False
    if len(statement.targets) != 1 or not isinstance(statement.targets[0], ast.Name):
        return False
    name = statement.targets[0].id
    for mention in tree.walk(ast.Name):
        if mention.id != name or isinstance(mention.ctx, ast.Store):
            continue
        parent = tree.parent(mention)
        if not isinstance(parent, ast.Attribute) or parent.attr not in _LEAVE_UNBUILT:
            return False
    return True


RULE = AnalysisRule(
    code=CODE,
    severity=Severity.HINT,
    documentation=Documentation(
        what="A `Sequential` model has no input shape, and nothing in the file builds it.",
        why="""\
A layer makes its weights when it is first called, for the shape that it is called with. Until then neither the model
nor its layers have a shape, `summary()` shows none, and no mistake in them can be found. `input_length` of an
`Embedding`, which used to tell the shape, is ignored by Keras 3.""",
        example="""model = keras.Sequential([layers.Conv2D(32, 3), layers.Flatten(), layers.Dense(10)])
model.compile(loss="sparse_categorical_crossentropy")
model.summary()""",
        instead="""model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(32, 3),
    layers.Flatten(),
    layers.Dense(10),
])
model.compile(loss="sparse_categorical_crossentropy")
model.summary()""",
        keras="Keras raises no error; `summary()` prints `?` for each shape and `0 (unbuilt)` for each layer.",
    ),
    find=_find,
)
