"""Query, value, key and mask of an attention layer that do not fit each other."""

from __future__ import annotations

import re

from shapelens.diagnostics.explaining.explanation import Explanation
from shapelens.diagnostics.explaining.shapes import SHAPE, Shape, differences, read_shape, read_shapes, spec_of
from shapelens.diagnostics.explaining.sights import Sights, from_producer, related_to
from shapelens.features.shape_text import leaves, shape_text
from shapelens.worker.contract import Fault, TensorSpec

_VALUE_KEY = re.compile(
    rf"except the last one, must be equal\. Received: value_shape=({SHAPE}) and key_shape=({SHAPE})"
)
_WITHOUT_WEIGHTS = ("Attention", "AdditiveAttention")


def attention(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain what does not fit in an attention layer."""
    for explain in (_pairs, _masked, _features):
        found = explain(sights, fault, core)
        if found is not None:
            return found
    return None


def _pairs(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    found = _VALUE_KEY.search(core)
    if found is None:
        return None
    value, key = read_shape(found.group(1)), read_shape(found.group(2))
    text = f"The value {shape_text(spec_of(value))} and the key {shape_text(spec_of(key))} need the same length"
    axes = list(differences((value[:-1], key[:-1]))) if len(value) == len(key) else []
    return Explanation(f"{text}: axis {axes[0]} is {value[axes[0]]} and {key[axes[0]]}." if axes else f"{text}.")


def _masked(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """The scores are (batch, heads, queries, keys); the mask that meets them got axes of 1."""
    shapes = read_shapes(core)
    specs = leaves(fault.input)
    if fault.layer != "MultiHeadAttention" or len(shapes) != 2 or len(specs) < 3:
        return None
    query, value = specs[0].shape, specs[1].shape
    scores, against = shapes
    if query is None or value is None or len(query) != 3 or len(value) != 3 or len(scores) != 4:
        return None
    if (scores[0], *scores[2:]) != (query[0], query[1], value[1]):
        return None
    masks = [spec for spec in specs[2:] if spec.shape is not None and _bare(spec.shape) == _bare(against)]
    if len(masks) != 1 or against in [spec.shape for spec in specs[:2]]:
        return None
    wanted = shape_text(spec_of((query[0], query[1], value[1])))
    return Explanation(
        f"The mask of `MultiHeadAttention` must be (batch, queries, keys), here {wanted}, not {shape_text(masks[0])}."
    )


def _bare(shape: Shape) -> Shape:
    """Return a shape without leading axes of 1."""
    while shape and shape[0] == 1:
        shape = shape[1:]
    return shape


def _features(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """``Attention`` and ``AdditiveAttention`` compare query and key feature by feature."""
    pairs = list(sights.producers(fault))
    if fault.layer not in _WITHOUT_WEIGHTS or len(pairs) not in (2, 3):
        return None
    (query, asked), (key, held) = pairs[0], pairs[-1]
    if query.shape is None or key.shape is None or len(query.shape) != 3 or len(key.shape) != 3:
        return None
    one, two = query.shape[-1], key.shape[-1]
    if one is not None and two is not None and one != two:
        given = _both(sights, (query, asked), (key, held))
        message = f"`{fault.layer}` compares query and key on the last axis, which is {one} and {two}: {given}."
        return Explanation(message, related_to(asked, held))
    value = pairs[1][0].shape
    if len(pairs) == 3 and value is not None and len(value) == 3 and value[1] != key.shape[1]:
        given = f"{shape_text(pairs[1][0])} and {shape_text(key)}"
        return Explanation(f"The value and the key of `{fault.layer}` need the same length: {given}.")
    return None


def _both(sights: Sights, *pairs: tuple[TensorSpec, object]) -> str:
    from_each = [from_producer(sights, spec, item) for spec, item in pairs]  # type: ignore[arg-type]
    return " and ".join(from_each)
