"""``add-axis`` and ``remove-axis``: targets with as many axes as the outputs."""

from __future__ import annotations

from collections.abc import Iterator

from shapelens.repairs.data_arguments import targets, wrapped
from shapelens.repairs.model import Candidate
from shapelens.repairs.operands import operands
from shapelens.repairs.problem import Problem, ordered


def candidates(problem: Problem) -> Iterator[Candidate]:
    """Yield targets with one axis more or less, and operands of another rank with an axis more."""
    yield from _operand(problem)
    comparison = problem.comparison
    if comparison is None and problem.code == "silent-broadcast":
        numpy = problem.style.numpy()
        edits = ordered(*wrapped(problem, targets(problem), "", f"[..., {numpy.text}.newaxis]"), *numpy.edits)
        if edits:
            yield Candidate("add-axis", "Add a last axis to the targets", edits, 1.0)
    if (
        problem.code not in ("loss-target-mismatch", "silent-broadcast", "operation-shape-mismatch")
        or comparison is None
    ):
        return
    target, output = comparison.target.shape, comparison.output.shape
    places = targets(problem)
    if target is None or output is None or not places:
        return
    numpy = problem.style.numpy()
    if len(target) == len(output) - 1 and output[-1] == 1:
        edits = ordered(*wrapped(problem, places, "", f"[..., {numpy.text}.newaxis]"), *numpy.edits)
        yield Candidate("add-axis", "Add a last axis to the targets", edits, 1.1)
    if len(target) == len(output) + 1 and target[-1] == 1:
        edits = ordered(*wrapped(problem, places, f"{numpy.text}.squeeze(", ", axis=-1)"), *numpy.edits)
        yield Candidate("remove-axis", "Remove the last axis of the targets", edits, 1.1)
    if len(target) == len(output) + 1 and target[1] == 1:
        edits = ordered(*wrapped(problem, places, f"{numpy.text}.squeeze(", ", axis=1)"), *numpy.edits)
        yield Candidate("remove-axis", "Remove the axis of length one from the targets", edits, 1.2)


def _operand(problem: Problem) -> Iterator[Candidate]:
    """Yield the operand of lower rank with the axis that it lacks."""
    codes = ("operation-shape-mismatch", "merge-mismatch", "keras-error")
    pair = operands(problem) if problem.code in codes else ()
    if len(pair) != 2 or pair[0].shape is None or pair[1].shape is None:
        return
    low, high = sorted(pair, key=lambda item: len(item.shape or ()))
    if len(low.shape or ()) + 1 != len(high.shape or ()):
        return
    text = problem.tree.text(low.node)
    tensorflow = problem.style.tensorflow()
    for axis, cost in ((-1, 1.0), (1, 1.1), (0, 1.6)):
        root = tensorflow or problem.style.keras("ops").text
        edit = problem.replace(low.node, f"{root}.expand_dims({text}, {axis})")
        yield Candidate("add-axis", f"Add an axis to {text}", (edit,), cost)
