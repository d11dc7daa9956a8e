"""Where the program hands its data to a model, and edits that wrap it there."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapelens.repairs.model import TextEdit
from shapelens.repairs.problem import Problem
from shapelens.repairs.tree import SourceTree, callee

_WITH_TARGETS = ("fit", "evaluate", "train_on_batch", "test_on_batch")
_WITHOUT = ("predict", "predict_on_batch")


def inputs(problem: Problem) -> tuple[ast.expr, ...]:
    """Return the expressions that are given as ``x`` to the methods of the model, its own validation data too."""
    return tuple(_arguments(problem, 0))


def targets(problem: Problem) -> tuple[ast.expr, ...]:
    """Return the expressions that are given as ``y``."""
    return tuple(_arguments(problem, 1))


def wrapped(problem: Problem, expressions: tuple[ast.expr, ...], before: str, after: str) -> tuple[TextEdit, ...]:
    """Return edits that write something around each expression."""
    return tuple(
        problem.replace(
            item,
            f"{before}{_closed(problem.tree, item) if not before.endswith('(') else problem.tree.text(item)}{after}",
        )
        for item in expressions
    )


def _arguments(problem: Problem, position: int) -> Iterator[ast.expr]:
    call, tree = problem.call, problem.tree
    if call is None or not isinstance(call.func, ast.Attribute):
        return
    model = ast.dump(call.func.value)
    for other in tree.walk(ast.Call):
        name = callee(other)
        if not isinstance(other.func, ast.Attribute) or ast.dump(other.func.value) != model:
            continue
        if name in _WITH_TARGETS or (name in _WITHOUT and position == 0):
            found = tree.argument(other, "xy"[position], position)
            if found is not None and not isinstance(found, (ast.Dict, ast.List, ast.Tuple)):
                yield found
        validation = tree.keyword(other, "validation_data") if name == "fit" else None
        pair = validation.value if validation is not None else None
        if isinstance(pair, (ast.Tuple, ast.List)) and position < len(pair.elts):
            yield pair.elts[position]


def _closed(tree: SourceTree, node: ast.expr) -> str:
    """Return an expression as it stands in front of a subscript."""
    simple = isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call))
    return tree.text(node) if simple else f"({tree.text(node)})"
