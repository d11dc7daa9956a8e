"""``add-channel-axis``: the last axis that layers expect even where it has one entry."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shapelens.repairs.data_arguments import inputs, rebound, wrapped
from shapelens.repairs.declared_inputs import declared_inputs
from shapelens.repairs.model import Candidate
from shapelens.repairs.problem import Problem, ordered
from shapelens.source.syntax_tree import number, sizes_text

_RANKS = re.compile(r"expected (?:min_)?ndim=(\d+), found ndim=(\d+)")


def candidates(problem: Problem) -> Iterator[Candidate]:
    """Yield the axis in the declared shape, and in the data where nothing is declared."""
    ranks = _RANKS.search(problem.message)
    if problem.code not in (
        "layer-rank-mismatch",
        "input-structure-mismatch",
        "operation-shape-mismatch",
        "keras-error",
    ):
        return
    missing = ranks is not None and int(ranks.group(1)) == int(ranks.group(2)) + 1
    if not missing and problem.code == "layer-rank-mismatch":
        return
    places = list(declared_inputs(problem))
    # Behind another layer it is that one's output which lacks an axis.
    far = 1.2 if problem.producer is not None else 0.0
    numpy = problem.style.numpy()
    data = inputs(problem)
    for place in places:
        sizes = place.sizes
        if sizes is None or len(sizes) > 3:
            continue
        new = (*sizes, 1)
        name = f"input_shape={sizes_text(new)}" if place.single else sizes_text(new)
        if place.single:
            keyword = problem.tree.keyword(place.call, "input_dim")
            if keyword is None or number(place.node) is None:
                continue
            edit = problem.replace(keyword, name)
        else:
            edit = problem.replace(place.node, name)
        yield Candidate("add-channel-axis", f"Declare one channel: {sizes_text(new)}", ordered(edit), 1.0 + far)
        if data:
            wraps = wrapped(problem, data, "", f"[..., {numpy.text}.newaxis]")
            both = ordered(edit, *wraps, *numpy.edits)
            yield Candidate(
                "add-channel-axis", f"Add a channel axis to the data and declare {sizes_text(new)}", both, 1.1 + far
            )
    if data:
        after = f"[..., {numpy.text}.newaxis]"
        edits = ordered(*wrapped(problem, data, "", after), *numpy.edits)
        yield Candidate("add-channel-axis", "Add a channel axis to the data", edits, 1.2)
        kept = rebound(problem, data, "", after)
        if kept:
            yield Candidate("add-channel-axis", "Add a channel axis to the data", ordered(*kept, *numpy.edits), 1.25)
