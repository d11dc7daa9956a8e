"""``insert-flatten`` and ``insert-pooling``: one vector for each sample in front of the head."""

from __future__ import annotations

from collections.abc import Iterator

from shapelens.repairs.model import Candidate
from shapelens.repairs.problem import LayerSeen, Problem
from shapelens.repairs.recurrent import is_recurrent
from shapelens.repairs.sites import Site, insert_before
from shapelens.repairs.subclassed import insert_in_call

_HEAD = ("Dense", "Dropout", "Activation", "BatchNormalization", "LeakyReLU", "ReLU", "LayerNormalization", "Softmax")
_POOLING = {3: "1D", 4: "2D", 5: "3D"}


def candidates(problem: Problem) -> Iterator[Candidate]:
    """Yield Flatten and global pooling in front of the first layer of the head."""
    place = _place(problem)
    if place is None:
        return
    site, rank, after = place
    if rank not in _POOLING:
        return
    recurrent = after is not None and is_recurrent(after)
    choices = [("insert-flatten", "Flatten", 1.6 if recurrent else 1.0)]
    choices.append(("insert-pooling", f"GlobalAveragePooling{_POOLING[rank]}", 1.5 if recurrent else 1.4))
    if rank > 3:
        choices.append(("insert-pooling", f"GlobalMaxPooling{_POOLING[rank]}", 3.0))
    for kind, name, cost in choices:
        layer = problem.style.layer(name, site.node)
        insertion = insert_before(problem.tree, site, layer) or insert_in_call(problem, site, layer, name)
        if insertion is not None:
            yield Candidate(kind, f"Insert {name}()", insertion.edits, cost, insertion.outcome)


def _place(problem: Problem) -> tuple[Site, int, LayerSeen | None] | None:
    """Return where a layer is to be inserted, the rank there, and the layer in front of it."""
    if problem.code == "layer-rank-mismatch":
        wants_vector = any(text in problem.message for text in ("expected ndim=2", "expected max_ndim=2"))
        if wants_vector and problem.site is not None and problem.found is not None:
            return problem.site, len(problem.found), problem.producer
        return None
    head: LayerSeen | None = None
    if problem.code == "dense-on-feature-map":
        here = problem.site.maker if problem.site is not None else None
        head = next((layer for layer in problem.layers if layer.maker is here), None)
    elif problem.code in ("loss-target-mismatch", "silent-broadcast", "operation-shape-mismatch", "keras-error"):
        comparison = problem.comparison
        if comparison is None or comparison.target.shape is None or comparison.output.shape is None:
            return None
        head = problem.output_layer if len(comparison.output.shape) > 2 else None
    if head is None or head.input is None:
        return None
    first = head
    while True:
        before = problem.before(first)
        if (
            before is None
            or before.name not in _HEAD
            or before.input is None
            or len(before.input) != len(first.input or ())
        ):
            break
        first = before
    return first.site, len(first.input or ()), problem.before(first)
