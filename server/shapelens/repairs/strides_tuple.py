"""``strides-tuple``: ``Conv2D(32, 3, 3)`` was a kernel of 3 by 3 in Keras 1; now the last number is the strides."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapelens.repairs.model import Candidate, TextEdit
from shapelens.repairs.problem import Problem, ordered
from shapelens.source.syntax_tree import callee, number
from shapelens.worker.contract import Span

_LAYERS = ("Conv2D", "SeparableConv2D", "Conv2DTranspose", "Convolution2D")


def candidates(problem: Problem) -> Iterator[Candidate]:
    """Yield the kernel as one tuple, in all layers of the file that are written so."""
    if problem.code not in ("suspicious-argument", "non-positive-dimension", "layer-rank-mismatch", "merge-mismatch"):
        return
    tree = problem.tree
    calls = [call for call in tree.walk(ast.Call) if callee(call) in _LAYERS and len(call.args) == 3]
    edits = []
    for call in calls:
        height, width = number(call.args[1]), number(call.args[2])
        if height is None or width is None or tree.keyword(call, "strides") is not None:
            continue
        first, last = tree.span(call.args[1]), tree.span(call.args[2])
        edits.append((call, Span(first.line, first.column, last.end_line, last.end_column), (height, width)))
    if not edits:
        return
    changes = ordered(*(TextEdit(span, repr(size)) for _, span, size in edits))
    size = edits[0][2]
    yield Candidate("strides-tuple", f"Write the kernel size as a tuple: {size}", changes, 0.8)
    here = [item for item in edits if tree.span(item[0]) == problem.diagnostic.span]
    if here and len(edits) > 1:
        yield Candidate(
            "strides-tuple",
            f"Write the kernel size as a tuple: {here[0][2]}",
            ordered(TextEdit(here[0][1], repr(here[0][2]))),
            1.0,
        )
