"""A loss that cannot compare its target with the output."""

from __future__ import annotations

import re

from shapelens.diagnostics.explaining.explanation import Explanation
from shapelens.diagnostics.explaining.shapes import SHAPE, Shape, alike, read_shape, read_shapes, spec_of
from shapelens.diagnostics.explaining.sights import Sights, related_to
from shapelens.diagnostics.model import Related
from shapelens.features.shape_text import shape_text
from shapelens.worker.contract import Comparison, Fault

_SHAPES = re.compile(rf"(?:target|labels)\.shape=({SHAPE}).*(?:output|logits)\.shape=({SHAPE})")
_RANKS = re.compile(r"\.(?:ndim|rank) - 1|up until the last dimension")
"""Of losses that take class numbers."""
_FLATTENED = re.compile(r"except for the last dimension")
"""Keras 2 flattens the targets before it compares."""
_ONE_HOT = ("categorical_crossentropy", "categorical_focal_crossentropy")
_OPERATION = re.compile(r"Dimensions must be equal, but are|Incompatible shapes|ncompatible shapes for broadcasting")


def loss(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain a target and an output that a loss refuses."""
    training = sights.training(fault)
    last = training.comparisons[-1] if training is not None and training.comparisons else None
    found = None if _FLATTENED.search(core) else _SHAPES.search(core)
    if found is not None:
        target, output = read_shape(found.group(1)), read_shape(found.group(2))
        sparse: bool | None = bool(_RANKS.search(core))
    elif last is not None and last.target.shape is not None and last.output.shape is not None:
        target, output, sparse = last.target.shape, last.output.shape, last.sparse
    else:
        return None
    name = last.loss if last is not None else _written(sights, fault)
    if last is not None and last.own:
        sparse = None
    compiled = training.compiled if training is not None and last is not None else None
    return _told(sights, name, target, output, sparse, (Related(compiled, "chooses the loss"),) if compiled else ())


def _written(sights: Sights, fault: Fault) -> str:
    """Return the function that the program calls itself where it is a loss by its name."""
    name = sights.called(fault)
    return name if re.search(r"entropy|loss", name, re.IGNORECASE) else ""


def loss_arithmetic(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain an operation that failed on just the target and the output of a loss."""
    training = sights.training(fault)
    last = training.comparisons[-1] if training is not None and training.comparisons else None
    if training is None or last is None or not _OPERATION.search(core) or not _of_these(last, read_shapes(core)):
        return None
    assert last.target.shape is not None and last.output.shape is not None
    related = (Related(training.compiled, "chooses the loss"),) if training.compiled is not None else ()
    return _told(sights, last.loss, last.target.shape, last.output.shape, None, related)


def _of_these(comparison: Comparison, shapes: tuple[Shape, ...]) -> bool:
    both = [comparison.target.shape, comparison.output.shape]
    one_way = len(shapes) == 2 and all(alike(*pair) for pair in zip(both, shapes, strict=True))
    return one_way or (len(shapes) == 2 and all(alike(*pair) for pair in zip(both, reversed(shapes), strict=True)))


def _told(
    sights: Sights, name: str, target: Shape, output: Shape, sparse: bool | None, related: tuple[Related, ...]
) -> Explanation:
    item = sights.maker(spec_of(output))
    subject = f"`{name}`" if name else "The loss"
    given, wanted = shape_text(spec_of(target)), shape_text(spec_of(output))
    source = "" if item is None else sights.source(item)
    made = f"{wanted} from {source}" if source else wanted
    if sparse is None:
        message = f"{subject} cannot compare targets {given} with outputs {made}."
    elif sparse:
        numbers = shape_text(spec_of(output[:-1]))
        message = f"{subject} takes class numbers {numbers}, not {given}, for {made}."
    else:
        kind = "one-hot targets" if name in _ONE_HOT else "targets"
        like = f"the output of {source}" if source else "the output"
        message = f"{subject} takes {kind} {wanted}, like {like}, not {given}."
    return Explanation(message, (*related_to(item), *related))
