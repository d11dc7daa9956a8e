"""``transpose-axes``: data whose axes are in another order than the model declares."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import permutations

from shapelens.repairs.data_arguments import inputs, rebound, wrapped
from shapelens.repairs.declared_inputs import declared_inputs
from shapelens.repairs.model import Candidate
from shapelens.repairs.operands import shape_at
from shapelens.repairs.problem import Problem, Shape, ordered, shape_of
from shapelens.source.syntax_tree import sizes_text

_CODES = ("input-structure-mismatch", "feature-axis-mismatch", "keras-error", "operation-shape-mismatch")

_EXPECTED = re.compile(r"expected shape=\(([^)]*)\)")


def candidates(problem: Problem) -> Iterator[Candidate]:
    """Yield the data with its axes in the order of the model's input."""
    training, given = problem.training, problem.given("x")
    yield from _wrong_way_round(problem)
    yield from _in_call(problem)
    if problem.code not in _CODES or training is None or given is None or given.batched:
        return
    wanted, data = shape_of(training.inputs), given.spec.shape
    if wanted is None or data is None or len(wanted) != len(data) or not 3 <= len(data) <= 5:
        return
    order = _order(data[1:], wanted[1:])
    places = inputs(problem)
    if order is None or not places:
        return
    numpy = problem.style.numpy()
    axes = (0, *(axis + 1 for axis in order))
    for edits, cost in (
        (wrapped(problem, places, f"{numpy.text}.transpose(", f", {axes})"), 0.9),
        (rebound(problem, places, f"{numpy.text}.transpose(", f", {axes})"), 0.95),
    ):
        if edits:
            title = f"Put the axes of the data in the order {axes}"
            yield Candidate("transpose-axes", title, ordered(*edits, *numpy.edits), cost)


def _in_call(problem: Problem) -> Iterator[Candidate]:
    """Yield the variable with its axes in the order that the message of a direct call asks for."""
    node = problem.tree.at(problem.diagnostic.span)
    expected = _EXPECTED.search(problem.message)
    if problem.training is not None or not isinstance(node, ast.Call) or not node.args or expected is None:
        return
    wanted = tuple(None if size == "None" else int(size) for size in expected.group(1).split(", "))
    data = shape_at(problem, node.args[0]) or problem.found
    variable = node.args[0]
    while isinstance(variable, ast.Subscript):
        variable = variable.value
    if data is None or len(data) != len(wanted) or not 3 <= len(data) <= 5:
        return
    order = _order(data[1:], wanted[1:])
    if order is None:
        return
    axes = (0, *(axis + 1 for axis in order))
    numpy = problem.style.numpy()
    edits = rebound(problem, (variable,), f"{numpy.text}.transpose(", f", {axes})")
    if edits:
        title = f"Put the axes of the data in the order {axes}"
        yield Candidate("transpose-axes", title, ordered(*edits, *numpy.edits), 0.9)


def _wrong_way_round(problem: Problem) -> Iterator[Candidate]:
    """Yield the data the other way round where the axis that a window moves along is the shortest."""
    given = problem.given("x")
    data = given.spec.shape if given is not None else None
    if problem.code != "non-positive-dimension" or data is None or not 3 <= len(data) <= 5:
        return
    first = data[1]
    if first is None or not all(size is not None and first < size for size in data[2:]):
        return
    axes = (0, *range(2, len(data)), 1)
    numpy = problem.style.numpy()
    for edits, cost in (
        (rebound(problem, inputs(problem), f"{numpy.text}.transpose(", f", {axes})"), 0.9),
        (wrapped(problem, inputs(problem), f"{numpy.text}.transpose(", f", {axes})"), 0.95),
    ):
        title = f"Put the axes of the data in the order {axes}"
        declared = [place for place in declared_inputs(problem) if place.sizes == data[1:]]
        shapes = [problem.replace(place.node, sizes_text((*data[2:], first))) for place in declared]
        if edits and shapes:
            yield Candidate("transpose-axes", title, ordered(*edits, *shapes, *numpy.edits), cost - 0.1)
        elif edits:
            yield Candidate("transpose-axes", title, ordered(*edits, *numpy.edits), cost)


def _order(data: Shape, wanted: Shape) -> tuple[int, ...] | None:
    """Return the order of axes that makes one shape of the other; the identity is none."""
    for order in permutations(range(len(data))):
        fits = all(wanted[place] in (None, data[axis]) for place, axis in enumerate(order))
        if fits and order != tuple(range(len(data))):
            return order
    return None
