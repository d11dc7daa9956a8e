"""Tensors and arrays that cannot be joined or stacked."""

from __future__ import annotations

import ast
import re

from shapelens.diagnostics.explaining import tensorflow_text
from shapelens.diagnostics.explaining.explanation import Explanation
from shapelens.diagnostics.explaining.shapes import SHAPE, Shape, differences, listed, read_shape, read_shapes
from shapelens.diagnostics.explaining.sights import Sights
from shapelens.source.syntax_tree import number
from shapelens.worker.contract import Fault

_MESSAGES = re.compile(
    r"ConcatOp : (?:Dimension|Ranks)|Shapes of all inputs must match|Every value in `xs?` must have the same shape|"
    r"Dimension \S+ in both shapes must be equal|Cannot concatenate arrays with shapes that differ|"
    r"[aA]ll (?:the )?input array|Sizes of tensors must match except|stack expects each tensor to be equal size"
)
_GRAPH = re.compile(rf"with input shapes: ((?:{SHAPE}(?:, )?)+)")
_AXIS = re.compile(
    r"computed input tensors: input\[\d+\] = <(-?\d+)>|concatenating along dimension (\d+)|except in dimension (\d+)"
)
_FIRST = re.compile(rf"found element of shape ({SHAPE}),\s+which is different from the first element's shape ({SHAPE})")
_STACKS = re.compile(r"Shapes of all inputs must match|in `x` must|arrays must have the same shape|stack expects")
_ARRAYS = re.compile(
    r"along dimension (\d+), the array at index (\d+) has size (\d+) and the array at index (\d+) has size (\d+)"
)


def joining(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain the axes on which tensors differ that must not."""
    operation = tensorflow_text.operation(fault)
    if not _MESSAGES.search(core) or operation not in ("", "ConcatV2", "Concat", "Pack", "concat", "stack"):
        return None
    stacks = operation == "Pack" or bool(_STACKS.search(core))
    shapes, operands = _shapes(core), sights.operands(fault)
    if len(shapes) < 2:
        shapes = tuple(item.shape for item in operands if item.shape is not None)
        shapes = shapes if len(shapes) == len(operands) else ()
    if len(shapes) < 2:
        return _of_arrays(core)
    pair = operands if len(operands) == len(shapes) else (None,) * len(shapes)
    texts = [sights.operand_text(item, shape) for item, shape in zip(pair, shapes, strict=True)]
    verb = "stacked" if stacks else "joined"
    related = sights.related_operands(operands, shapes)
    if len({len(shape) for shape in shapes}) > 1:
        ranks = listed([str(len(shape)) for shape in shapes])
        return Explanation(f"{listed(texts)} cannot be {verb}: they have {ranks} axes.", related)
    axis = None if stacks else _axis(sights, fault, core, len(shapes[0]))
    wrong = [found for found in differences(shapes) if found != axis]
    if not wrong:
        return None
    sizes = [f"axis {one} is {listed([str(shape[one]) for shape in shapes])}" for one in wrong]
    where = "" if axis is None else f" on axis {axis}"
    return Explanation(f"{listed(texts)} cannot be {verb}{where}: {listed(sizes)}.", related)


def _shapes(core: str) -> tuple[Shape, ...]:
    found = _FIRST.search(core)
    if found is not None:
        return read_shape(found.group(2)), read_shape(found.group(1))
    graph = _GRAPH.search(core)
    # The axis is an input too, without axes of its own.
    return tuple(shape for shape in read_shapes(graph.group(1) if graph is not None else core) if shape)


def _axis(sights: Sights, fault: Fault, core: str, rank: int) -> int | None:
    found = _AXIS.search(core)
    if found is not None:
        return int(next(group for group in found.groups() if group is not None)) % rank
    node, tree = sights.expression(fault), sights.tree(fault.location)
    if not isinstance(node, ast.Call) or tree is None:
        return None
    written = number(tree.argument(node, "axis", 1))
    return None if written is None else written % rank


def _of_arrays(core: str) -> Explanation | None:
    found = _ARRAYS.search(core)
    if found is None:
        return None
    axis, one, left, two, right = found.groups()
    return Explanation(f"Arrays {one} and {two} cannot be joined: axis {axis} is {left} and {right}.")
