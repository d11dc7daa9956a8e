"""``add-batch-axis``: one sample on its own is a batch of one."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapelens.repairs.model import Candidate, Outcome
from shapelens.repairs.operands import shape_at
from shapelens.repairs.problem import Problem, Shape, alike, ordered, shape_of
from shapelens.source.syntax_tree import callee

_TENSORS = (ast.Name, ast.Attribute, ast.Subscript, ast.Call)

_METHODS = ("predict", "predict_on_batch", "__call__", "call")


def candidates(problem: Problem) -> Iterator[Candidate]:
    """Yield the batch axis in front of what a model is called with."""
    if problem.code in ("loss-target-mismatch", "silent-broadcast", "dense-on-feature-map", "cardinality-mismatch"):
        return
    yield from _each_of_list(problem)
    for given, shape in _given(problem):
        wanted = _declared(problem)
        if wanted is not None and not alike(shape, wanted[1:]):
            continue
        text = problem.tree.text(given)
        cost = 0.8 if wanted is not None else 1.6
        tensorflow = problem.style.tensorflow()
        numpy = problem.style.numpy()
        if tensorflow is not None and numpy.edits:
            new = f"{tensorflow}.expand_dims({text}, 0)"
            edits = ordered(problem.replace(given, new))
        else:
            new = f"{numpy.text}.expand_dims({text}, 0)"
            edits = ordered(problem.replace(given, new), *numpy.edits)
        outcome = Outcome(next(i for i, edit in enumerate(edits) if edit.text == new), new)
        yield Candidate("add-batch-axis", f"Add the batch axis: {new}", edits, cost, outcome)


def _given(problem: Problem) -> Iterator[tuple[ast.expr, Shape]]:
    """Yield the one argument of a model's call, with its shape."""
    training = problem.training
    call = problem.call
    if training is not None:
        given = next((item for item in training.given if item.name == "x" and not item.batched), None)
        if call is None or training.method not in _METHODS or given is None or given.spec.shape is None:
            return
        node = problem.tree.argument(call, "x", 0)
        if node is not None:
            yield node, given.spec.shape
        return
    # model(x): the call is the place of the fault, or leads to it.
    places = [
        problem.diagnostic.location,
        *(frame.location for frame in (problem.fault.frames if problem.fault else ())),
    ]
    for place in places:
        node = problem.tree.at(place.span) if place.path == problem.path else None
        if isinstance(node, ast.Call) and len(node.args) >= 1 and callee(node) not in ("add", "fit", "evaluate"):
            if isinstance(node.func, ast.Call) or not isinstance(node.args[0], _TENSORS):
                continue  # a layer that is made and called at once is part of a model
            shape = shape_at(problem, node.args[0]) or problem.found
            if shape is not None:
                yield node.args[0], shape


def _declared(problem: Problem) -> Shape | None:
    return shape_of(problem.training.inputs) if problem.training is not None else None


def _each_of_list(problem: Problem) -> Iterator[Candidate]:
    """Yield the batch axis in front of every input of a list."""
    node = problem.tree.at(problem.diagnostic.span)
    first = node.args[0] if isinstance(node, ast.Call) and node.args else None
    if problem.code not in ("input-structure-mismatch", "layer-rank-mismatch") or not isinstance(first, ast.List):
        return
    numpy = problem.style.numpy()
    wraps = [problem.replace(item, f"{numpy.text}.expand_dims({problem.tree.text(item)}, 0)") for item in first.elts]
    if wraps:
        yield Candidate("add-batch-axis", "Add the batch axis to each input", ordered(*wraps, *numpy.edits), 1.0)
