"""``return-sequences``: all steps of a recurrent layer, or the last one only."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapelens.repairs.model import Candidate, TextEdit
from shapelens.repairs.problem import LayerSeen, Problem, ordered
from shapelens.repairs.recurrent import recurrent_call


def candidates(problem: Problem) -> Iterator[Candidate]:
    """Yield the other choice of the recurrent layer that decides the rank."""
    steps = ("expected ndim=3, found ndim=2", "at least 3 dimensions", "expected min_ndim=3, found ndim=2")
    if problem.code == "layer-rank-mismatch" and any(text in problem.message for text in steps):
        if problem.producer is not None:
            yield from _set(problem, problem.producer, True, 0.8)
        return
    if problem.code in ("layer-rank-mismatch",) and "found ndim=3" in problem.message and problem.producer is not None:
        yield from _set(problem, problem.producer, False, 0.9)
        return
    if problem.code == "layer-rank-mismatch" and "found ndim=1" in problem.message:
        # A sum over the steps of what has none is a sum over the features.
        for layer in reversed(problem.layers):
            if recurrent_call(layer.maker) is not None and layer.output is not None and len(layer.output) == 2:
                yield from _set(problem, layer, True, 1.0)
        return
    wants_less = problem.code == "dense-on-feature-map"
    comparison = problem.comparison
    if comparison is not None and comparison.target.shape is not None and comparison.output.shape is not None:
        wants_less = wants_less or len(comparison.output.shape) == 3
        target = comparison.target.shape
        if len(comparison.output.shape) == 2 and len(target) == 3:
            for layer in reversed(problem.layers):
                if recurrent_call(layer.maker) is not None:
                    yield from _set(problem, layer, True, 1.0)
                    return
    if wants_less:
        for layer in reversed(problem.layers):
            if recurrent_call(layer.maker) is not None and layer.output is not None and len(layer.output) == 3:
                yield from _set(problem, layer, False, 0.9)
                return


def _set(problem: Problem, layer: LayerSeen, wanted: bool, cost: float) -> Iterator[Candidate]:
    call = recurrent_call(layer.maker)
    if call is None:
        return
    keyword = problem.tree.keyword(call, "return_sequences")
    edit: TextEdit
    if keyword is None:
        if not wanted:
            return
        edit = problem.add_argument(call, "return_sequences=True")
    elif isinstance(keyword.value, ast.Constant) and keyword.value.value is not wanted:
        edit = problem.replace(keyword.value, str(wanted))
    else:
        return
    yield Candidate("return-sequences", f"Set return_sequences={wanted} in {layer.name}", ordered(edit), cost)
