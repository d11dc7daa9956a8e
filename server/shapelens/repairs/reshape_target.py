"""``reshape-target``: a target shape with as many elements as there are."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from itertools import pairwise

from shapelens.repairs.model import Candidate, TextEdit
from shapelens.repairs.problem import Problem, ordered
from shapelens.source.syntax_tree import callee, number


def candidates(problem: Problem) -> Iterator[Candidate]:
    """Yield targets in which one size follows from the others."""
    if problem.code != "reshape-size-mismatch":
        return
    call = _call(problem)
    if call is None:
        return
    is_layer = callee(call) == "Reshape"
    written = problem.tree.argument(call, "target_shape", 0) if is_layer else _shape_argument(problem, call)
    elements = list(written.elts) if isinstance(written, (ast.Tuple, ast.List)) else []
    if not elements and not is_layer and len(call.args) > 1:
        elements = list(call.args)  # x.reshape(n, 28, 28)
    sizes = [number(item) for item in elements]
    known = [size for size in (problem.found or ())[1:] if size is not None]
    total = math.prod(known) if is_layer and problem.found is not None else None
    yield from _square(problem, elements, sizes, total)
    for index in _order(sizes):
        text = _replacement(sizes, index, total)
        if text is None or number(elements[index]) == int(text):
            continue
        new = [problem.tree.text(item) for item in elements]
        new[index] = text
        shown = f"({', '.join(new)}{',' if len(new) == 1 else ''})"
        edits = ordered(problem.replace(elements[index], text))
        cost = 0.9 + 0.1 * _order(sizes).index(index) + (0.2 if text == "-1" else 0.0)
        yield Candidate("reshape-target", f"Reshape to {shown}", edits, cost)
    if is_layer:
        yield from _dropped(problem, call)


def _square(
    problem: Problem, elements: list[ast.expr], sizes: list[int | None], total: int | None
) -> Iterator[Candidate]:
    """Yield a height and a width that are equal, as they were written."""
    pairs = [(a, b) for a, b in pairwise(range(len(sizes))) if sizes[a] == sizes[b] and (sizes[a] or 0) > 1]
    if total is None or not pairs:
        return
    first, second = pairs[0]
    rest = math.prod(size or 1 for place, size in enumerate(sizes) if place not in (first, second))
    side = math.isqrt(total // rest) if rest > 0 and not total % rest else 0
    if side > 1 and side * side * rest == total:
        edits = ordered(problem.replace(elements[first], str(side)), problem.replace(elements[second], str(side)))
        yield Candidate("reshape-target", f"Reshape to {side} by {side}", edits, 0.8)


def _order(sizes: list[int | None]) -> list[int]:
    """Return the places of sizes that may be wrong, the last axes, which are features, first."""
    return list(reversed(range(len(sizes))))


def _replacement(sizes: list[int | None], index: int, total: int | None) -> str | None:
    rest = [size for place, size in enumerate(sizes) if place != index]
    if any(size is None for size in rest):
        return "-1"
    product = math.prod(size or 1 for size in rest)
    if total is None or product <= 0:
        return "-1" if -1 not in rest else None
    return str(total // product) if product and not total % product else None


def _call(problem: Problem) -> ast.Call | None:
    site = problem.site
    if site is not None and site.maker is not None and callee(site.maker) == "Reshape":
        return site.maker
    node = problem.tree.at(problem.diagnostic.span)
    return node if isinstance(node, ast.Call) and callee(node) == "reshape" else None


def _shape_argument(problem: Problem, call: ast.Call) -> ast.expr | None:
    for name, position in (("shape", 1), ("newshape", 1), ("shape", 0)):  # tf.reshape(x, s), x.reshape(s)
        found = problem.tree.argument(call, name, position)
        if isinstance(found, (ast.Tuple, ast.List)):
            return found
    return None


def _dropped(problem: Problem, call: ast.Call) -> Iterator[Candidate]:
    """Yield the model without the layer."""
    statement = problem.tree.statement(call)
    parent = problem.tree.parent(call)
    if statement is None:
        return
    if isinstance(parent, ast.Call) and parent.func is call and parent.args:
        edit = problem.replace(parent, problem.tree.text(parent.args[0]))
        yield Candidate("remove-layer", "Remove Reshape", (edit,), 2.2)
    elif isinstance(parent, ast.Call) and callee(parent) == "add" and problem.tree.starts_its_line(statement):
        own = problem.tree.span(statement)
        edit = TextEdit(type(own)(own.line, 0, own.end_line + 1, 0), "")
        yield Candidate("remove-layer", "Remove Reshape", (edit,), 2.2)
