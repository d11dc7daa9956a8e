"""``insert-repeat-vector``: one vector for each step of the sequence that comes next."""

from __future__ import annotations

from collections.abc import Iterator

from shapelens.repairs.model import Candidate
from shapelens.repairs.problem import Problem
from shapelens.repairs.recurrent import is_recurrent
from shapelens.repairs.sites import insert_before


def candidates(problem: Problem) -> Iterator[Candidate]:
    """Yield RepeatVector in front of a layer that wants steps and gets a vector."""
    if problem.code != "layer-rank-mismatch" or "expected ndim=3, found ndim=2" not in problem.message:
        return
    site = problem.site
    if site is None:
        return
    given = problem.given("y")
    target = given.spec.shape if given is not None else None
    several = target is not None and len(target) == 3
    steps = target[1] if target is not None and several else _input_steps(problem)
    layer = problem.style.layer("RepeatVector", site.node)
    insertion = insert_before(problem.tree, site, layer, str(steps or 1))
    if insertion is None:
        return
    decoder = problem.producer is not None and not is_recurrent(problem.producer)
    cost = 0.7 if several else 1.2 if decoder else 1.4
    yield Candidate(
        "insert-repeat-vector", f"Insert RepeatVector({steps or 1})", insertion.edits, cost, insertion.outcome
    )


def _input_steps(problem: Problem) -> int | None:
    for layer in problem.layers:
        if layer.input is not None and len(layer.input) == 3:
            return layer.input[1]
    return None
