"""``transpose-axes``: data whose axes are in another order than the model declares."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from shapelens.repairs.data_arguments import inputs, wrapped
from shapelens.repairs.model import Candidate
from shapelens.repairs.problem import Problem, Shape, ordered, shape_of

_CODES = ("input-structure-mismatch", "feature-axis-mismatch", "keras-error", "operation-shape-mismatch")


def candidates(problem: Problem) -> Iterator[Candidate]:
    """Yield the data with its axes in the order of the model's input."""
    training, given = problem.training, problem.given("x")
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
    edits = ordered(*wrapped(problem, places, f"{numpy.text}.transpose(", f", {axes})"), *numpy.edits)
    yield Candidate("transpose-axes", f"Put the axes of the data in the order {axes}", edits, 0.9)


def _order(data: Shape, wanted: Shape) -> tuple[int, ...] | None:
    """Return the order of axes that makes one shape of the other; the identity is none."""
    for order in permutations(range(len(data))):
        fits = all(wanted[place] in (None, data[axis]) for place, axis in enumerate(order))
        if fits and order != tuple(range(len(data))):
            return order
    return None
