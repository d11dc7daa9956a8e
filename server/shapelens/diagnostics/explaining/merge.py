"""Tensors that a merging layer cannot join."""

from __future__ import annotations

import re

from shapelens.diagnostics.explaining.explanation import Explanation
from shapelens.diagnostics.explaining.shapes import listed
from shapelens.diagnostics.explaining.sights import Sights, from_producer, related_to
from shapelens.worker.contract import Fault

_DOT = re.compile(r"axis values (\S+) \(at axis (\d+)\) != (\S+) \(at axis (\d+)\)")
_SHAPES = re.compile(r"requires inputs with matching shapes|^Inputs have incompatible shapes")


def merge(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain tensors that cannot be joined."""
    pairs = list(sights.producers(fault))
    if len(pairs) < 2 or fault.layer is None:
        return None
    given = [from_producer(sights, spec, item) for spec, item in pairs]
    related = related_to(*(item for _, item in pairs))
    dot = _DOT.search(core)
    if dot is not None and len(given) == 2:
        one, axis, two, other = dot.groups()
        message = f"`{fault.layer}` needs equal sizes, not {one} on axis {axis} of {given[0]} and {two}"
        return Explanation(f"{message} on axis {other} of {given[1]}.", related)
    if not _SHAPES.search(core):
        return None
    if fault.layer == "Concatenate":
        return Explanation(f"`Concatenate` joins shapes that differ on its axis only, not {listed(given)}.", related)
    return Explanation(f"`{fault.layer}` cannot broadcast {listed(given, 'with')}.", related)
