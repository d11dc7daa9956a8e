"""Equations of ``einsum`` that do not fit their tensors."""

from __future__ import annotations

import ast
import re

from shapelens.diagnostics.explaining import tensorflow_text
from shapelens.diagnostics.explaining.explanation import Explanation
from shapelens.diagnostics.explaining.shapes import SHAPE, Shape, counted, read_shapes, spec_of
from shapelens.diagnostics.explaining.sights import Sights
from shapelens.features.shape_text import shape_text
from shapelens.worker.contract import Fault

_RANK = (
    re.compile(r"Shape must be rank \d+ but is rank \d+ for (\d+)th input and equation: ([\w.,>-]+)"),
    re.compile(r"Expected input (\d+) to have rank \d+ but got: \d+"),
    re.compile(r"does not contain the correct number of indices for operand (\d+)"),
    re.compile(r"does not match the number of dimensions \(\d+\) for operand (\d+)"),
)
_SIZES = re.compile(rf"Dimensions must be equal, but are \d+ and \d+ with input shapes: ((?:{SHAPE}(?:, )?)+)")
_ONE = re.compile(rf"Expected dimension (\d+) at axis (\d+) of the input shaped ({SHAPE}) but got dimension (\d+)")


def einsum(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain the letter or the operand that does not fit."""
    for pattern in _RANK:
        found = pattern.search(core)
        if found is not None:
            return _rank(sights, fault, core, int(found.group(1)))
    equation = tensorflow_text.equation(fault)
    sizes, one = _SIZES.search(core), _ONE.search(core)
    if sizes is not None and equation:
        return _letter(equation, read_shapes(sizes.group(1)))
    if one is not None:
        equation = equation or _written(sights, fault)
        needed, axis, shape, given = one.groups()
        subject = f"`{equation}`" if equation else "The einsum"
        shown = shape_text(spec_of(read_shapes(shape)[0]))
        return Explanation(f"{subject} needs {needed}, not {given}, on axis {axis} of {shown}.")
    return None


def _written(sights: Sights, fault: Fault) -> str:
    """Return the equation as the program writes it."""
    node = sights.expression(fault)
    first = node.args[0] if isinstance(node, ast.Call) and node.args else None
    if sights.called(fault) == "einsum" and isinstance(first, ast.Constant) and isinstance(first.value, str):
        return first.value.replace(" ", "")
    return ""


def _rank(sights: Sights, fault: Fault, core: str, index: int) -> Explanation | None:
    equation = _written(sights, fault)
    terms = equation.partition("->")[0].split(",")
    operands = sights.operands(fault)[1:]
    if "..." in equation or len(terms) != len(operands) or index >= len(terms):
        return None
    told: tuple[Shape | None, ...] = read_shapes(core.partition("with input shapes:")[2])
    shapes = told or tuple(item.shape for item in operands)
    shape = shapes[index] if len(shapes) == len(terms) else None
    if shape is None or len(shape) == len(terms[index]):
        return None
    given = sights.operand_text(operands[index], shape)
    names = counted(len(terms[index]), "axis").replace("axiss", "axes")
    message = f"`{terms[index]}` in `{equation}` stands for {names}, but it gets {given}."
    return Explanation(message, sights.related_operands(operands[index : index + 1], (shape,)))


def _letter(equation: str, shapes: tuple[Shape, ...]) -> Explanation | None:
    terms = equation.partition("->")[0].split(",")
    if (
        len(terms) != 2
        or len(shapes) != 2
        or any(len(term) != len(shape) for term, shape in zip(terms, shapes, strict=True))
    ):
        return None
    for letter in terms[0]:
        if letter in terms[1]:
            left, right = shapes[0][terms[0].index(letter)], shapes[1][terms[1].index(letter)]
            if left is not None and right is not None and left != right:
                given = " and ".join(shape_text(spec_of(shape)) for shape in shapes)
                return Explanation(f"In `{equation}`, `{letter}` is {left} and {right}: it gets {given}.")
    return None
