"""``project-residual``: the short cut of a residual connection in the shape of the other branch."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapelens.repairs.model import Candidate, Outcome
from shapelens.repairs.operands import is_merge, operands
from shapelens.repairs.problem import Problem, Shape, ordered
from shapelens.repairs.sizes import size_argument, sized
from shapelens.repairs.subclassed import made_in_init
from shapelens.source.syntax_tree import callee, number

_SHORT_CUTS = ("shortcut", "short_cut", "skip", "residual", "identity", "inputs", "input", "res", "inp")
_MERGES = ("Add", "add", "Subtract", "Average", "Multiply", "Maximum", "subtract", "average", "multiply")


def candidates(problem: Problem) -> Iterator[Candidate]:
    """Yield a projection of either branch, that of the short cut first."""
    operands = _operands(problem)
    if operands is None:
        return
    nodes, shapes = operands
    for index in (0, 1):
        projection = _projection(problem, shapes[index], shapes[1 - index])
        if projection is None:
            continue
        name, arguments = projection
        text = problem.tree.text(nodes[index])
        layer = problem.style.layer(name, _beside(problem))
        written = f"{layer.text}({_named_size(problem, shapes[1 - index], arguments)})"
        kept = made_in_init(problem, nodes[index], written, "project")
        new = f"{kept[1]}({text})" if kept is not None else f"{layer.text}({arguments})({text})"
        edits = ordered(problem.replace(nodes[index], new), *layer.edits, *([kept[0]] if kept is not None else ()))
        named = any(part == text.lower() or text.lower().startswith(f"{part}_") for part in _SHORT_CUTS)
        outcome = Outcome(next(i for i, edit in enumerate(edits) if edit.text == new), new)
        title = f"Project {text} with {name}({arguments})"
        yield Candidate("project-residual", title, edits, 0.9 if named else 1.2 + 0.1 * index, outcome)


def _operands(problem: Problem) -> tuple[tuple[ast.expr, ast.expr], tuple[Shape, Shape]] | None:
    if problem.code not in ("merge-mismatch", "operation-shape-mismatch"):
        return None
    node = problem.tree.at(problem.diagnostic.span)
    adds = isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub, ast.Mult))
    if not adds and not (isinstance(node, ast.Call) and is_merge(node, _MERGES)):
        return None
    found = operands(problem)
    if len(found) != 2 or found[0].shape is None or found[1].shape is None:
        return None
    return (found[0].node, found[1].node), (found[0].shape, found[1].shape)


def _projection(problem: Problem, shape: Shape, wanted: Shape) -> tuple[str, str] | None:
    if len(shape) != len(wanted) or len(shape) < 2 or wanted[-1] is None:
        return None
    if len(shape) == 2 or (len(shape) == 3 and shape[1] == wanted[1]):
        return "Dense", str(wanted[-1])
    steps = []
    for own, other in zip(shape[1:-1], wanted[1:-1], strict=True):
        if own is None or other is None or own == other:
            steps.append(1)
        elif own > other:
            steps.append(-(-own // other))
        else:
            return None
    dimensions = len(shape) - 2
    if dimensions > 3 or len(set(steps)) > 1:
        return None
    strides = "" if steps[0] == 1 else f", strides={steps[0]}, padding={problem.style.quoted('same')}"
    return f"Conv{dimensions}D", f"{wanted[-1]}, 1{strides}"


def _beside(problem: Problem) -> ast.expr | None:
    """Return an expression that makes a layer, for the way in which this file writes them."""
    site = problem.site
    if site is not None and site.maker is not None and callee(site.maker)[:1].isupper():
        return site.maker
    return problem.layers[-1].maker if problem.layers else None


def _named_size(problem: Problem, wanted: Shape, arguments: str) -> str:
    """Return the arguments with the name that the other branch has for its size, as blocks are made in many sizes."""
    branch = sized(problem, next(problem.made(wanted), None))
    size = size_argument(problem, branch) if branch is not None else None
    if size is None or number(size) is not None:
        return arguments
    return ", ".join([problem.tree.text(size), *arguments.split(", ")[1:]])
