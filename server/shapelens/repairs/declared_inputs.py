"""Where a program writes the shape of one sample: ``Input``, ``input_shape``, ``input_dim``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from shapelens.repairs.problem import Problem, Shape
from shapelens.source.syntax_tree import callee, number, numbers


@dataclass(frozen=True)
class DeclaredInput:
    """One such place."""

    node: ast.expr
    """What is written there: ``(28, 28, 1)``, ``x.shape``, ``784``."""
    single: bool
    """Whether it is one number: ``input_dim=784``."""
    call: ast.Call
    name: str = ""
    """The name that the input is given."""

    @property
    def sizes(self) -> Shape | None:
        """The sizes, where numbers are written."""
        if self.single:
            size = number(self.node)
            return None if size is None else (size,)
        return numbers(self.node)


def declared_inputs(problem: Problem) -> Iterator[DeclaredInput]:
    """Yield the places in the order of the text."""
    tree = problem.tree
    for call in sorted(tree.walk(ast.Call), key=lambda node: (node.lineno, node.col_offset)):
        name = callee(call)
        if name in ("Input", "InputLayer"):
            shape = tree.argument(call, "shape", 0) or tree.argument(call, "input_shape")
            given = tree.argument(call, "name")
            if shape is not None:
                yield DeclaredInput(shape, False, call, str(given.value) if isinstance(given, ast.Constant) else "")
            continue
        for keyword in call.keywords:
            if keyword.arg == "input_shape":
                yield DeclaredInput(keyword.value, False, call)
            elif keyword.arg == "input_dim" and name != "Embedding":
                yield DeclaredInput(keyword.value, True, call)
