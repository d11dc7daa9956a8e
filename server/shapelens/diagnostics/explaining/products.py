"""Matrix products of sizes that do not meet."""

from __future__ import annotations

import ast
import re

from shapelens.diagnostics.explaining import tensorflow_text
from shapelens.diagnostics.explaining.explanation import Explanation
from shapelens.diagnostics.explaining.shapes import SHAPE, Shape, read_shape, spec_of
from shapelens.diagnostics.explaining.sights import Sights
from shapelens.diagnostics.model import Related
from shapelens.features.shape_text import shape_text
from shapelens.worker.contract import Fault, Location, Span

_PAIRS = tuple(
    re.compile(text)
    for text in (
        rf"Matrix size-incompatible: In\[0\]: ({SHAPE}), In\[1\]: ({SHAPE})",
        rf"must be equal, but received `x1\.shape=({SHAPE})` and `x2\.shape=({SHAPE})`",
        rf"received `x1\.shape=({SHAPE})` and x2\.shape=`({SHAPE})`",
        rf"^shapes ({SHAPE}) and ({SHAPE}) not aligned",
        rf"Dimensions must be equal, but are \d+ and \d+ with input shapes: ({SHAPE}), ({SHAPE})",
    )
)
_WITHOUT_SHAPES = re.compile(
    r"^matmul: Input operand 1 has a mismatch in its core dimension|mat1 and mat2 shapes|dot_general"
)
_FLAGS = re.compile(r"In\[1\]: \S+ ([01]) ([01])$")
_TRANSPOSE = {"transpose_a": 0, "adjoint_a": 0, "transpose_b": 1, "adjoint_b": 1}
_PRODUCTS = ("MatMul", "BatchMatMul", "BatchMatMulV2", "BatchMatMulV3")
_FUNCTIONS = ("matmul", "dot")
_MORE_THAN_PRODUCTS = ("einsum", "tensordot", "matvec")
"""They multiply matrices of shapes of their own making."""


def product(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain two tensors that cannot be multiplied."""
    node = sights.expression(fault)
    written = isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)
    written = written or sights.called(fault) in _FUNCTIONS
    found = next((match for pattern in _PAIRS if (match := pattern.search(core)) is not None), None)
    named = tensorflow_text.operation(fault)
    if sights.called(fault) in _MORE_THAN_PRODUCTS:
        return None
    if found is None or (named and named not in _PRODUCTS):
        operands = sights.operands(fault)[:2]
        if not written or not _WITHOUT_SHAPES.search(core) or len(operands) < 2:
            return None
        one, two = operands[0].shape, operands[1].shape
    elif not written and (not named or named not in _PRODUCTS):
        return None
    else:
        one, two = read_shape(found.group(1)), read_shape(found.group(2))
    if one is None or two is None:
        return None
    turned = _turned(sights, fault, core, node if written else None)
    if turned is not None:
        return _meeting(sights, fault, one, two, turned)
    return _somewhere(sights, fault, one, two)


def _turned(sights: Sights, fault: Fault, core: str, node: ast.expr | None) -> tuple[bool, bool] | None:
    """Return whether the sides are transposed before they are multiplied; None where that is not sure."""
    first = tensorflow_text.attribute(fault, "transpose_a", "adj_x")
    second = tensorflow_text.attribute(fault, "transpose_b", "adj_y")
    if first is not None and second is not None:
        return first, second
    flags = _FLAGS.search(core)
    if flags is not None:
        return flags.group(1) == "1", flags.group(2) == "1"
    if node is None:
        return None
    sides = [False, False]
    for keyword in node.keywords if isinstance(node, ast.Call) else ():
        if keyword.arg is None or (keyword.arg in _TRANSPOSE and not isinstance(keyword.value, ast.Constant)):
            return None
        if keyword.arg in _TRANSPOSE and isinstance(keyword.value, ast.Constant) and keyword.value.value:
            sides[_TRANSPOSE[keyword.arg]] = True
    more = len(node.args) > 2 if isinstance(node, ast.Call) else False
    return None if more else (sides[0], sides[1])


def _meeting(sights: Sights, fault: Fault, one: Shape, two: Shape, turned: tuple[bool, bool]) -> Explanation | None:
    """Say which sizes meet: the last axis of the first side and the last but one of the second."""
    if not one or not two or (turned[0] and len(one) < 2):
        return None
    axis = len(two) - 1 if turned[1] or len(two) == 1 else len(two) - 2
    needed, given = one[-2 if turned[0] else -1], two[axis]
    if needed is None or given is None or needed == given:
        return None
    operands = sights.operands(fault)[:2]
    first, second = operands if len(operands) == 2 else (None, None)
    left, right = sights.operand_text(first, one), sights.operand_text(second, two)
    left, right = left + " transposed" * turned[0], right + " transposed" * turned[1]
    message = f"{left} @ {right} needs {needed}, not {given}, on axis {axis} of the second."
    if not any(turned) and len(two) > 1 and two[-1] == needed:
        message += " Its transpose would fit."
    return Explanation(message, sights.related_operands(operands, (one, two)))


def _somewhere(sights: Sights, fault: Fault, one: Shape, two: Shape) -> Explanation | None:
    """Say of a product in a graph where it stands, as nothing tells whether a side is transposed."""
    paths = [sights.analysis.program.path, *(module.path for module in sights.analysis.program.modules)]
    place = tensorflow_text.defined_at(fault, paths)
    if place is None:
        return None
    path, line = place
    given = f"{shape_text(spec_of(one))} and {shape_text(spec_of(two))}"
    where = Location(path, Span(line, 0, line + 1, 0))
    return Explanation(
        f"The matrix product in line {line + 1} gets {given}, whose inner sizes differ.",
        (Related(where, "multiplies them"),),
    )
