"""Where the program hands its data to a model, and edits that wrap it there."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapelens.repairs.model import TextEdit
from shapelens.repairs.problem import Problem
from shapelens.source.syntax_tree import SourceTree, callee
from shapelens.worker.contract import Span

_WITH_TARGETS = ("fit", "evaluate", "train_on_batch", "test_on_batch")
_WITHOUT = ("predict", "predict_on_batch")


def inputs(problem: Problem) -> tuple[ast.expr, ...]:
    """Return the expressions that are given as ``x`` to the methods of the model, its own validation data too."""
    return tuple(_arguments(problem, 0))


def targets(problem: Problem) -> tuple[ast.expr, ...]:
    """Return the expressions that are given as ``y``."""
    return tuple(_arguments(problem, 1))


def wrapped(problem: Problem, expressions: tuple[ast.expr, ...], before: str, after: str) -> tuple[TextEdit, ...]:
    """Return edits that write something around each expression."""
    return tuple(
        problem.replace(
            item,
            f"{before}{_closed(problem.tree, item) if not before.endswith('(') else problem.tree.text(item)}{after}",
        )
        for item in expressions
    )


def rebound(problem: Problem, expressions: tuple[ast.expr, ...], before: str, after: str) -> tuple[TextEdit, ...]:
    """Return edits that change variables right where they get their values; () where one is none, or has several."""
    tree = problem.tree
    edits: dict[str, TextEdit] = {}
    for expression in expressions:
        made = _returned(tree, expression)
        if made is not None:
            edits[tree.text(made)] = problem.replace(made, f"{before}{_closed(tree, made)}{after}")
            continue
        if not isinstance(expression, ast.Name):
            return ()
        name = expression.id
        binding = [
            statement
            for statement in tree.walk(ast.Assign)
            if any(
                isinstance(item, ast.Name) and item.id == name
                for target in statement.targets
                for item in ast.walk(target)
            )
        ]
        if not binding:
            return ()
        last = max(binding, key=lambda statement: statement.lineno)
        span = tree.span(last)
        line = tree.lines[span.end_line]
        new = f"{tree.newline}{tree.indentation(last)}{name} = {before}{name}{after}"
        edits[name] = TextEdit(Span(span.end_line, len(line), span.end_line, len(line)), new)
    joined: dict[Span, TextEdit] = {}
    for edit in edits.values():
        # Several variables that one statement binds.
        known = joined.get(edit.span)
        joined[edit.span] = TextEdit(edit.span, (known.text if known else "") + edit.text)
    return tuple(joined.values())


def _returned(tree: SourceTree, node: ast.expr) -> ast.expr | None:
    """Return what the function of the file returns that an expression calls, where it has one ``return``."""
    name = callee(node) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
    functions = [item for item in tree.walk(ast.FunctionDef) if item.name == name]
    if len(functions) != 1:
        return None
    returns = [item for item in ast.walk(functions[0]) if isinstance(item, ast.Return)]
    value = returns[0].value if len(returns) == 1 else None
    return None if isinstance(value, (ast.Tuple, ast.List)) else value


def _arguments(problem: Problem, position: int) -> Iterator[ast.expr]:
    call, tree = problem.call, problem.tree
    if call is None or not isinstance(call.func, ast.Attribute):
        return
    model = ast.dump(call.func.value)
    for other in tree.walk(ast.Call):
        name = callee(other)
        if not isinstance(other.func, ast.Attribute) or ast.dump(other.func.value) != model:
            continue
        if name in _WITH_TARGETS or (name in _WITHOUT and position == 0):
            found = tree.argument(other, "xy"[position], position)
            if found is not None and not isinstance(found, (ast.Dict, ast.List, ast.Tuple)):
                yield found
        validation = tree.keyword(other, "validation_data") if name == "fit" else None
        pair = validation.value if validation is not None else None
        if isinstance(pair, (ast.Tuple, ast.List)) and position < len(pair.elts):
            yield pair.elts[position]


def _closed(tree: SourceTree, node: ast.expr) -> str:
    """Return an expression as it stands in front of a subscript."""
    simple = isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call))
    return tree.text(node) if simple else f"({tree.text(node)})"
