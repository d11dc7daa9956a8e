"""``concatenate-axis``: the axis along which tensors can be joined."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapelens.features.shape_text import leaves
from shapelens.repairs.model import Candidate, TextEdit
from shapelens.repairs.problem import Problem, ordered
from shapelens.source.syntax_tree import callee, number

_NAMES = ("Concatenate", "concatenate", "concat")


def candidates(problem: Problem) -> Iterator[Candidate]:
    """Yield the axes for which all other sizes agree."""
    yield from _elsewhere(problem)
    call = _call(problem)
    if call is None or problem.code not in ("merge-mismatch", "operation-shape-mismatch", "keras-error"):
        return
    shapes = [spec.shape for spec in leaves(problem.fault.input)] if problem.fault and problem.fault.input else []
    rank = len(shapes[0] or ()) if shapes else 4
    written = problem.tree.argument(call, "axis", 0 if callee(call) == "Concatenate" else 1)
    now = -1 if written is None else number(written)
    for axis in (-1, *range(1, rank - 1)):
        if axis == now or (now is not None and axis % rank == now % rank):
            continue
        if shapes and not _agree(shapes, axis % rank):
            continue
        edit: TextEdit
        if written is None:
            edit = problem.add_argument(call, f"axis={axis}")
        else:
            edit = problem.replace(written, str(axis))
        yield Candidate("concatenate-axis", f"Join along axis {axis}", ordered(edit), 0.9)


def _elsewhere(problem: Problem) -> Iterator[Candidate]:
    """Yield the last axis for a join along another one, which shows only where shapes are compared in the end."""
    if problem.code not in ("loss-target-mismatch", "silent-broadcast", "operation-shape-mismatch"):
        return
    for call in problem.tree.walk(ast.Call):
        if callee(call) not in _NAMES:
            continue
        written = problem.tree.argument(call, "axis", 0 if callee(call) == "Concatenate" else 1)
        if written is not None and number(written) not in (None, -1):
            edit = problem.replace(written, "-1")
            cost = 1.3 if number(written) else 0.8
            yield Candidate("concatenate-axis", "Join along the last axis", ordered(edit), cost)


def _call(problem: Problem) -> ast.Call | None:
    node = problem.tree.at(problem.diagnostic.span)
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Call) and callee(node.func) in _NAMES:
            return node.func
        if callee(node) in _NAMES:
            return node
        site = problem.site
        if site is not None and site.maker is not None and callee(site.maker) in _NAMES:
            return site.maker
    return None


def _agree(shapes: list[tuple[int | None, ...] | None], axis: int) -> bool:
    rests = [None if shape is None else (*shape[:axis], *shape[axis + 1 :]) for shape in shapes]
    first = rests[0]
    return first is not None and all(rest is not None and _same(first, rest) for rest in rests[1:])


def _same(one: tuple[int | None, ...], other: tuple[int | None, ...]) -> bool:
    return len(one) == len(other) and all(a is None or b is None or a == b for a, b in zip(one, other, strict=True))
