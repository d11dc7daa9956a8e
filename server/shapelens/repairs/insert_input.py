"""``insert-input``: the shape of one sample in front of a model that nobody built."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapelens.repairs.declared_inputs import declared_inputs
from shapelens.repairs.model import Candidate, TextEdit
from shapelens.repairs.problem import Problem, Shape, ordered
from shapelens.source.syntax_tree import callee, numbers, sizes_text
from shapelens.worker.contract import Span

_UNBUILT = ("not yet been built", "has never been called", "has not been built", "must be built", "is not built")
_NO_GRAPH = ("has no defined inputs", "has no defined outputs", "was expecting 0 weights", "has not been called")


def candidates(problem: Problem) -> Iterator[Candidate]:
    """Yield ``Input`` in front of the first layer of each Sequential model that has none."""
    if problem.code != "unbuilt-model" and not any(phrase in problem.message for phrase in (*_UNBUILT, *_NO_GRAPH)):
        return
    if any(True for _ in declared_inputs(problem)):
        return
    shape = _sample(problem)
    written = sizes_text(shape) if shape is not None else _named(problem)
    if written is None:
        return
    for call in problem.tree.walk(ast.Call):
        if callee(call) != "Sequential":
            continue
        edit = _edit(problem, call, written)
        if edit is not None:
            yield Candidate("insert-input", f"Insert Input({written})", edit, 1.0 if shape is not None else 1.5)


def _sample(problem: Problem) -> Shape | None:
    given = problem.given("x")
    if given is None:
        others = [item for training in problem.analysis.trainings for item in training.given if item.name == "x"]
        given = others[0] if others else None
    if given is not None and given.spec.shape is not None:
        return given.spec.shape[1:]
    return None


def _named(problem: Problem) -> str | None:
    """Return the one constant of the program that is called a shape, where no data tells it: ``IMAGE_SHAPE``."""
    found = {
        target.id
        for statement in problem.tree.module.body
        if isinstance(statement, ast.Assign) and _is_sample(numbers(statement.value))
        for target in statement.targets
        if isinstance(target, ast.Name) and target.id.lower().endswith("shape")
    }
    return found.pop() if len(found) == 1 else None


def _is_sample(sizes: Shape | None) -> bool:
    return bool(sizes) and all(size is not None and size > 0 for size in sizes or ())


def _edit(problem: Problem, call: ast.Call, shape: str) -> tuple[TextEdit, ...] | None:
    tree = problem.tree
    written = problem.style.keras("Input")
    text = f"{written.text}({shape})"
    layers = tree.argument(call, "layers", 0)
    if isinstance(layers, ast.List) and layers.elts:
        first = layers.elts[0]
        span = tree.span(first)
        separator = " "
        if tree.starts_its_line(first):
            separator = tree.newline + tree.lines[span.line][: span.column]
        return ordered(
            TextEdit(Span(span.line, span.column, span.line, span.column), f"{text},{separator}"), *written.edits
        )
    statement = tree.statement(call)
    if layers is None and isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        span = tree.span(statement)
        line = tree.lines[span.end_line]
        new = f"{tree.newline}{tree.indentation(statement)}{statement.targets[0].id}.add({text})"
        return ordered(TextEdit(Span(span.end_line, len(line), span.end_line, len(line)), new), *written.edits)
    return None
