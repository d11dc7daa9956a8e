"""A layer whose weights are made for another number of features."""

from __future__ import annotations

import re

from shapelens.diagnostics.explaining.explanation import Explanation
from shapelens.diagnostics.explaining.shapes import alike, counted, read_shapes
from shapelens.diagnostics.explaining.sights import Sights, input_text
from shapelens.features.shape_text import leaves
from shapelens.worker.contract import Fault

_AXIS = re.compile(
    r"expected axis (-?\d+) of input shape to have value (\d+), but received input with shape (\([^)]*\))"
)
_GROUPS = re.compile(r"evenly divisible by the number of groups\. Received:? groups=(\d+), but the input has (\d+)")
_PRODUCT = re.compile(r"(?:Dimensions must be equal, but are|Matrix size-incompatible)")


def feature_axis(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain a layer that is called with more or fewer features than before."""
    if fault.layer is None:
        return None
    axis, groups = _AXIS.search(core), _GROUPS.search(core)
    if axis is not None:
        given, related = input_text(sights, fault, axis.group(3))
        where = "the last axis" if axis.group(1) == "-1" else f"axis {axis.group(1)}"
        made = counted(int(axis.group(2)), "feature")
        return Explanation(
            f"The weights of `{fault.layer}` are made for {made} on {where}, but it gets {given}.", related
        )
    if groups is not None:
        given, related = input_text(sights, fault)
        number, channels = groups.groups()
        needs = f"`{fault.layer}` with groups={number} needs channels that divide by {number}"
        return Explanation(f"{needs} but gets {channels}{': ' if given else ''}{given}.", related)
    return None


def cell_features(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain a recurrent cell whose kernel is made for another number of features."""
    if fault.layer is None or not fault.layer.endswith("Cell") or not _PRODUCT.match(core):
        return None
    shapes, specs = read_shapes(core), leaves(fault.input)
    if len(shapes) != 2 or not specs or not alike(specs[0].shape, shapes[0]) or len(shapes[1]) != 2:
        return None
    features, given = shapes[1][0], shapes[0][-1]
    if features is None or given is None or features == given:
        return None
    layer = fault.layer.removesuffix("Cell")
    made = counted(features, "feature")
    return Explanation(f"The weights of `{layer}` are made for {made}, but each time step has {given}.")
