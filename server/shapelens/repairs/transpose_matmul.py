"""``transpose-matmul``: factors of a product in the order, and with the axes, that fit."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapelens.repairs.model import Candidate
from shapelens.repairs.problem import Problem, ordered
from shapelens.source.syntax_tree import callee

_MOST_PRODUCTS = 3


def candidates(problem: Problem) -> Iterator[Candidate]:
    """Yield either factor transposed, and both exchanged."""
    if problem.code not in ("operation-shape-mismatch", "attention-shape-mismatch", "keras-error", "merge-mismatch"):
        return
    node = problem.tree.at(problem.diagnostic.span)
    if isinstance(node, (ast.BinOp, ast.Call)) and _is_product(node):
        yield from _of(problem, node)
        return
    yield from _einsum(problem)
    if not any(word in problem.message for word in ("Matrix size-incompatible", "Incompatible shapes", "MatMul")):
        return
    # A graph that only fails when it runs does not tell the line.
    products = [item for item in problem.tree.walk(ast.expr) if _is_product(item)]
    for product in products[:_MOST_PRODUCTS]:
        yield from _of(problem, product)


def _is_product(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.MatMult)
    return isinstance(node, ast.Call) and callee(node) in ("matmul", "dot") and len(node.args) >= 2


def _of(problem: Problem, node: ast.expr) -> Iterator[Candidate]:
    """Yield the changes of one product."""
    tree = problem.tree
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        left, right = node.left, node.right
        function = None
    elif isinstance(node, ast.Call) and callee(node) in ("matmul", "dot", "tensordot") and len(node.args) >= 2:
        left, right = node.args[0], node.args[1]
        function = node
    else:
        return
    one, other = tree.text(left), tree.text(right)
    tensorflow = problem.style.tensorflow()
    is_tensorflow = (
        function is not None and tensorflow is not None and tree.text(function.func).startswith(f"{tensorflow}.")
    )
    if function is not None and is_tensorflow and callee(function) == "matmul":
        for name, cost in (("transpose_b", 0.9), ("transpose_a", 1.1)):
            if tree.keyword(function, name) is None:
                edit = problem.add_argument(function, f"{name}=True")
                yield Candidate("transpose-matmul", f"Set {name}=True", ordered(edit), cost)
            else:
                keyword = tree.keyword(function, name)
                assert keyword is not None
                if isinstance(keyword.value, ast.Constant):
                    edit = problem.replace(keyword.value, str(not keyword.value.value))
                    yield Candidate("transpose-matmul", f"Set {name}={not keyword.value.value}", ordered(edit), cost)
    else:
        for text, factor, cost in ((other, right, 0.9), (one, left, 1.1)):
            for new in _transposed(problem, text):
                title = f"Transpose {text}"
                yield Candidate("transpose-matmul", title, ordered(problem.replace(factor, new)), cost)
    swapped = ordered(problem.replace(left, other), problem.replace(right, one))
    yield Candidate("transpose-matmul", f"Multiply {other} by {one}", swapped, 1.3)


def _transposed(problem: Problem, text: str) -> Iterator[str]:
    tensorflow = problem.style.tensorflow()
    if tensorflow is not None:
        yield f"{tensorflow}.linalg.matrix_transpose({text})"
    else:
        yield f"{problem.style.keras('ops').text}.swapaxes({text}, -1, -2)"


def _einsum(problem: Problem) -> Iterator[Candidate]:
    """Yield equations in which the last two axes of a factor stand the other way round."""
    if "Dimensions must be equal" not in problem.message and "insum" not in problem.message:
        return
    for call in problem.tree.walk(ast.Call):
        equation = call.args[0] if callee(call) == "einsum" and call.args else None
        if not isinstance(equation, ast.Constant) or not isinstance(equation.value, str) or "->" not in equation.value:
            continue
        given, _, result = equation.value.partition("->")
        factors = given.split(",")
        for place in reversed(range(len(factors))):
            factor = factors[place].rstrip()
            if len(factor.strip()) < 2:
                continue
            turned = factor[:-2] + factor[-1] + factor[-2]
            new = ",".join([*factors[:place], turned, *factors[place + 1 :]]) + "->" + result
            edit = problem.replace(equation, problem.style.quoted(new, equation))
            yield Candidate("transpose-matmul", f"Multiply as {new}", (edit,), 1.0 + 0.1 * (len(factors) - place))
