"""``change-units`` and ``merge-sizes``: as many units or filters as what comes after needs."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator

from shapelens.features.shape_text import leaves
from shapelens.repairs.model import Candidate
from shapelens.repairs.operands import operands
from shapelens.repairs.problem import LayerSeen, Problem, ordered
from shapelens.repairs.sizes import size_argument, sized
from shapelens.source.syntax_tree import number

_PLAIN_LOSSES = (
    "mean_squared_error",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_logarithmic_error",
    "huber",
    "log_cosh",
    "binary_crossentropy",
    "cosine_similarity",
    "kl_divergence",
    "poisson",
)
_RANGE = re.compile(r"label value of (\d+) which is outside the valid range of \[0, (\d+)\)")
_AXIS = re.compile(r"expected axis -1 of input shape to have value (\d+)")


def candidates(problem: Problem) -> Iterator[Candidate]:
    """Yield other sizes of the layer that decides the feature axis."""
    for layer, size, kind, cost in _sizes(problem):
        argument = size_argument(problem, layer)
        if argument is None or number(argument) == size:
            continue
        if isinstance(argument, ast.BinOp) and isinstance(argument.op, ast.FloorDiv):
            left = problem.tree.text(argument.left)
            yield Candidate(
                kind,
                f"Change {layer.name}({problem.tree.text(argument)}) to {layer.name}({left})",
                (problem.replace(argument, left),),
                cost - 0.1,
            )
        edits = ordered(problem.replace(argument, str(size)))
        text = f"{layer.name}({size})"
        yield Candidate(kind, f"Change {layer.name}({problem.tree.text(argument)}) to {text}", edits, cost)


def _sizes(problem: Problem) -> Iterator[tuple[LayerSeen, int, str, float]]:
    out_of_range = _RANGE.search(problem.message)
    if out_of_range is not None:
        head = problem.output_layer or (problem.layers[-1] if problem.layers else None)
        given = problem.given("y")
        largest = int(given.maximum) if given is not None and given.maximum is not None else int(out_of_range.group(1))
        if head is not None:
            yield head, largest + 1, "change-units", 1.0
        return
    if problem.comparison is not None and problem.code in (
        "loss-target-mismatch",
        "silent-broadcast",
        "operation-shape-mismatch",
        "keras-error",
    ):
        yield from _for_target(problem)
    if problem.code in ("operation-shape-mismatch", "merge-mismatch") and problem.comparison is None:
        yield from _for_arguments(problem)
    if problem.code == "feature-axis-mismatch":
        wanted = _AXIS.search(problem.message)
        if wanted is not None and problem.producer is not None:
            yield problem.producer, int(wanted.group(1)), "change-units", 1.5
    if problem.code in ("merge-mismatch", "operation-shape-mismatch"):
        yield from _for_merge(problem)
    if problem.code == "reshape-size-mismatch" and problem.site is not None and problem.site.maker is not None:
        written = problem.tree.argument(problem.site.maker, "target_shape", 0)
        target = [number(item) for item in written.elts] if isinstance(written, (ast.Tuple, ast.List)) else []
        if problem.producer is not None and target and all(size is not None and size > 0 for size in target):
            product = math.prod(size or 1 for size in target)
            front = math.prod(size or 1 for size in (problem.found or (None, 1))[1:-1])
            if not product % front:
                yield problem.producer, product // front, "change-units", 1.1


def _for_target(problem: Problem) -> Iterator[tuple[LayerSeen, int, str, float]]:
    comparison = problem.comparison
    assert comparison is not None
    target, output = comparison.target.shape, comparison.output.shape
    head = problem.output_layer
    if head is None or target is None or output is None or not target:
        return
    width = target[-1] if len(target) == len(output) else 1 if len(target) == len(output) - 1 else None
    given = problem.given("y")
    if width is None or width == output[-1]:
        return
    if width == 1:
        plain = comparison.loss in _PLAIN_LOSSES
        labels = given is not None and given.integral and given.maximum is not None and given.maximum > 1
        if not comparison.loss.endswith("categorical_crossentropy"):
            yield head, 1, "change-units", 4.0 if not plain or labels else 1.0
        return
    yield head, width, "change-units", 1.0


def _for_merge(problem: Problem) -> Iterator[tuple[LayerSeen, int, str, float]]:
    """Yield each branch with the size of another one."""
    shapes = [item.shape for item in operands(problem)]
    # A function that joins tensors, such as tf.concat, has no branches.
    node = problem.tree.at(problem.diagnostic.span)
    function = problem.code == "operation-shape-mismatch" and isinstance(node, ast.Call)
    kind = "change-units" if function else "merge-sizes"
    if not shapes and problem.fault is not None and problem.fault.input is not None:
        shapes = [spec.shape for spec in leaves(problem.fault.input)]
    for place, shape in enumerate(shapes):
        for other in shapes[:place] + shapes[place + 1 :]:
            if not shape or not other or shape[-1] == other[-1] or other[-1] is None:
                continue
            branch = sized(problem, next(problem.made(shape), None))
            if branch is not None:
                yield branch, other[-1], kind, (1.0 if branch.name == "Embedding" else 1.3) + 0.1 * place


def _for_arguments(problem: Problem) -> Iterator[tuple[LayerSeen, int, str, float]]:
    """Yield the layer behind one of two tensors that meet, with the width of the other: ``loss_fn(y, model(x))``."""
    pair = operands(problem)
    node = problem.tree.at(problem.diagnostic.span)
    if not isinstance(node, ast.Call) or isinstance(node.args[0], (ast.List, ast.Tuple)):
        return  # two branches that meet
    if len(pair) != 2 or not pair[0].shape or not pair[1].shape:
        return
    for own, other in (pair[::-1], pair):
        width = (other.shape or (None,))[-1]
        last = sized(problem, next(problem.made(own.shape), None))
        if last is not None and width is not None and (own.shape or ())[-1:] != (width,):
            yield last, width, "change-units", 1.2
