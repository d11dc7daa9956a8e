"""The tensors that meet in the expression of a diagnostic, with their shapes."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from shapelens.features.shape_text import leaves
from shapelens.repairs.problem import Problem, Shape, shape_of
from shapelens.source.syntax_tree import callee

_METHODS = ("fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch", "compile")


@dataclass(frozen=True)
class Operand:
    """One of them."""

    node: ast.expr
    shape: Shape | None


def operands(problem: Problem) -> tuple[Operand, ...]:
    """Return the sides of an operator, the members of a list, or the arguments of a function; () for all else."""
    node = problem.tree.at(problem.diagnostic.span)
    nodes: list[ast.expr] = []
    if isinstance(node, ast.BinOp):
        nodes = [node.left, node.right]
    elif isinstance(node, ast.Call) and node.args and callee(node) not in _METHODS:
        first = node.args[0]
        if isinstance(first, (ast.List, ast.Tuple)):
            nodes = list(first.elts)
        elif len(node.args) >= 2:
            nodes = list(node.args[:2])
    if len(nodes) < 2 or any(isinstance(item, ast.Starred) for item in nodes):
        return ()
    told = [spec.shape for spec in leaves(problem.fault.input)] if problem.fault and problem.fault.input else []
    # What a layer that joins tensors was called with is known; of an operator only the tensors themselves are.
    merges = isinstance(node, ast.Call) and len(told) == len(nodes)
    seen = [shape_at(problem, item) for item in nodes]
    return tuple(
        Operand(item, own or (told[number] if merges else None))
        for number, (item, own) in enumerate(zip(nodes, seen, strict=True))
    )


def shape_at(problem: Problem, node: ast.expr) -> Shape | None:
    """Return the shape of an expression: its own, else the last that a variable of its name had before."""
    span, name = problem.tree.span(node), getattr(node, "id", None)
    before = (problem.diagnostic.span.line, problem.diagnostic.span.column)
    best: Shape | None = None
    for item in sorted(problem.analysis.observations, key=lambda item: item.location):
        here = item.location.path == problem.path and item.output is not None
        if here and item.location.span == span:
            return shape_of(item.output)
        if here and name and item.name == name and (item.location.span.line, item.location.span.column) < before:
            best = shape_of(item.output) or best
    return best


def is_merge(call: ast.Call, names: tuple[str, ...]) -> bool:
    """Tell whether a call is that of one of these layers or functions: ``Add()([a, b])``, ``add([a, b])``."""
    maker = call.func if isinstance(call.func, ast.Call) else call
    return callee(maker) in names
