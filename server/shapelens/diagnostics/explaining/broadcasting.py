"""Arithmetic on shapes that do not broadcast."""

from __future__ import annotations

import ast
import re

from shapelens.diagnostics.explaining import tensorflow_text
from shapelens.diagnostics.explaining.explanation import Explanation
from shapelens.diagnostics.explaining.shapes import SHAPE, Shape, clash, read_shape
from shapelens.diagnostics.explaining.sights import Sights
from shapelens.worker.contract import Fault

_PAIRS = tuple(
    re.compile(text)
    for text in (
        rf"Incompatible shapes: ({SHAPE}) vs\. ({SHAPE})",
        rf"Cannot broadcast shape, .* Input shapes are: ({SHAPE}) and ({SHAPE})",
        rf"operands could not be broadcast together with shapes ({SHAPE}) ({SHAPE})\s*$",
        rf"ncompatible shapes for broadcasting: (?:shapes=\[)?({SHAPE}), ({SHAPE})[\].]*$",
        rf"Dimensions must be equal, but are \d+ and \d+ with input shapes: ({SHAPE}), ({SHAPE})\.?$",
    )
)
_SELECTED = re.compile(rf"condition ({SHAPE}), then ({SHAPE}), and else ({SHAPE}) must be broadcastable")
_TORCH = re.compile(r"The size of tensor a \(\d+\) must match the size of tensor b \(\d+\)")

_ELEMENTWISE = re.compile(
    r"Add|AddV2|Sub|Mul|MulNoNan|Div|RealDiv|DivNoNan|TruncateDiv|FloorDiv|FloorMod|Mod|Pow|Maximum|Minimum|Equal|"
    r"NotEqual|Greater|GreaterEqual|Less|LessEqual|LogicalAnd|LogicalOr|SquaredDifference|BroadcastTo|Xlogy|Atan2"
)


def broadcasting(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain which axis keeps two shapes from broadcasting."""
    named = tensorflow_text.operation(fault)
    selected = _SELECTED.search(core)
    found = next((match for pattern in _PAIRS if (match := pattern.search(core)) is not None), None)
    operands = sights.operands(fault)
    shapes: tuple[Shape, ...] = ()
    if selected is not None:
        shapes = tuple(map(read_shape, selected.groups()))
    elif found is not None:
        # "Dimensions must be equal" is said of products and joins too; only the operation tells them apart.
        if "Dimensions" in found.group(0) and not _ELEMENTWISE.fullmatch(named):
            return None
        shapes = read_shape(found.group(1)), read_shape(found.group(2))
    elif _TORCH.search(core) and isinstance(sights.expression(fault), ast.BinOp):
        shapes = tuple(item.shape for item in operands if item.shape is not None)
    for one, two in [(one, two) for index, one in enumerate(shapes) for two in shapes[index + 1 :]]:
        met = clash(one, two)
        if met is not None:
            axis, left, right = met
            pair = operands if len(operands) == 2 and len(shapes) == 2 else ()
            first, second = pair if len(pair) == 2 else (None, None)
            texts = sights.operand_text(first, one), sights.operand_text(second, two)
            message = f"{texts[0]} and {texts[1]} do not broadcast: axis {axis} is {left} and {right}."
            return Explanation(message, sights.related_operands(pair, (one, two)))
    return None
