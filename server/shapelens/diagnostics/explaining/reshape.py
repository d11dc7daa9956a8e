"""A reshape to a shape with another number of elements."""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass

from shapelens.diagnostics.explaining.explanation import Explanation
from shapelens.diagnostics.explaining.shapes import SHAPE, Shape, counted, read_shape, spec_of
from shapelens.diagnostics.explaining.sights import Naming, Operand, Sights, input_text
from shapelens.features.shape_text import shape_text
from shapelens.worker.contract import Fault

_TARGET = r"[\[(](?:-?\d+|newaxis)(?:, ?(?:-?\d+|newaxis))*,?[\])]"

_KERAS = re.compile(rf"input_shape ?= ?({SHAPE}), (target_shape|newshape|output_shape) ?= ?({_TARGET})")
_TENSORFLOW = re.compile(
    r"Input to reshape is a tensor with (\d+) values, but the requested shape (has|requires a multiple of) (\d+)"
)
_GRAPH = re.compile(rf"Cannot reshape a tensor with (\d+) elements to shape ({_TARGET})")
_ARRAY = re.compile(rf"annot reshape array of (?:size (\d+)|shape ({SHAPE}) \(size \d+\)) into shape ({_TARGET})")
_TORCH = re.compile(rf"shape '({_TARGET})' is invalid for input of size (\d+)")


@dataclass(frozen=True)
class _Sizes:
    """How many values there are, and how many are needed."""

    given: int
    needed: int
    multiple: bool
    target: str = ""
    shape: Shape | None = None
    per_sample: bool = False


def reshape(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain a number of values that the new shape does not have."""
    sizes = _sizes(fault, core)
    if sizes is None or (sizes.given % max(sizes.needed, 1) == 0 if sizes.multiple else sizes.given == sizes.needed):
        return None
    subject = f"`{fault.layer}`" if fault.layer == "Reshape" else "A reshape"
    into = f" to {sizes.target}" if sizes.target else ""
    if sizes.target and fault.layer != "Reshape" and sights.naming is Naming.LINE:
        subject, into = sizes.target, ""
    needs = f"{'a multiple of ' if sizes.multiple else ''}{counted(sizes.needed, 'value')}"
    where = " per sample" if sizes.per_sample else ""
    given, related = input_text(sights, fault) if fault.layer == "Reshape" else ("", ())
    if not given:
        operand = _operand(sights, fault)
        if sizes.shape is not None:
            given = shape_text(spec_of(sizes.shape))
        elif operand is not None and _size(operand.shape) == sizes.given and operand.shape is not None:
            given = sights.operand_text(operand, operand.shape)
            related = sights.related_operands((operand,), (operand.shape,))
    message = f"{subject}{into} needs {needs}{where}, not {sizes.given}"
    told = (given and sights.naming is not Naming.LINE) or fault.layer == "Reshape"
    return Explanation(f"{message}: it gets {given}." if told and given else f"{message}.", related)


def _sizes(fault: Fault, core: str) -> _Sizes | None:
    if found := _KERAS.search(core):
        shape = read_shape(found.group(1))
        size = _size(shape)
        if size is None:
            return None
        target = _read_target(found.group(3))
        # The layer leaves the batch axis out of both shapes.
        inside = found.group(2) != "newshape" and fault.layer == "Reshape"
        return _Sizes(size, *_needed(target), _text(target), None if inside else shape, inside)
    if found := _TENSORFLOW.search(core):
        return _Sizes(int(found.group(1)), int(found.group(3)), found.group(2) != "has")
    if found := _GRAPH.search(core):
        target = _read_target(found.group(2))
        return _Sizes(int(found.group(1)), *_needed(target), _text(target))
    if found := _ARRAY.search(core):
        target = _read_target(found.group(3))
        given = read_shape(found.group(2)) if found.group(2) else None
        count = _size(given) if given is not None else int(found.group(1))
        return None if count is None else _Sizes(count, *_needed(target), _text(target), given)
    if found := _TORCH.search(core):
        target = _read_target(found.group(1))
        return _Sizes(int(found.group(2)), *_needed(target), _text(target))
    return None


def _read_target(text: str) -> tuple[int, ...]:
    return tuple(-1 if size == "newaxis" else int(size) for size in re.findall(r"-?\d+|newaxis", text))


def _text(target: tuple[int, ...]) -> str:
    return repr(target)


def _needed(target: tuple[int, ...]) -> tuple[int, bool]:
    return math.prod(size for size in target if size != -1), -1 in target


def _size(shape: Shape | None) -> int | None:
    known = [size for size in shape or () if size is not None]
    return math.prod(known) if shape is not None and len(known) == len(shape) else None


def _operand(sights: Sights, fault: Fault) -> Operand | None:
    """Return the array of ``array.reshape(...)``, the first argument of ``reshape(array, ...)``."""
    node = sights.expression(fault)
    if not isinstance(node, ast.Call):
        return None
    owner = node.func.value if isinstance(node.func, ast.Attribute) else None
    for candidate in (owner, *node.args[:1]):
        operand = sights.operand(candidate, fault) if candidate is not None else None
        if operand is not None and operand.shape is not None:
            return operand
    return None
