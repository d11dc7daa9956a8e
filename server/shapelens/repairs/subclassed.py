"""Layers of a model that is a class: made in ``__init__``, called in ``call``."""

from __future__ import annotations

import ast

from shapelens.repairs.model import Outcome, TextEdit
from shapelens.repairs.problem import Problem, ordered
from shapelens.repairs.sites import Insertion, Site
from shapelens.repairs.style import Written
from shapelens.worker.contract import Span


def insert_in_call(problem: Problem, site: Site, layer: Written, name: str) -> Insertion | None:
    """Make a layer beside ``self.dense = Dense(3)`` and call it on what ``self.dense`` is called with."""
    tree, maker = problem.tree, site.maker
    statement = tree.statement(maker) if maker is not None else None
    if not isinstance(statement, ast.Assign) or statement.value is not maker or len(statement.targets) != 1:
        return None
    target = statement.targets[0]
    if not isinstance(target, ast.Attribute) or not isinstance(target.value, ast.Name):
        return None
    wanted = ast.dump(target).replace("Store()", "Load()")
    calls = [node for node in tree.walk(ast.Call) if ast.dump(node.func) == wanted and node.args]
    if len(calls) != 1 or isinstance(calls[0].args[0], ast.Starred):
        return None
    own = f"{target.value.id}.{_attribute(name)}"
    span = tree.span(statement)
    line = tree.lines[span.end_line]
    made = TextEdit(
        Span(span.end_line, len(line), span.end_line, len(line)),
        f"{tree.newline}{tree.indentation(statement)}{own} = {layer.text}()",
    )
    shown = f"{own}({tree.text(calls[0].args[0])})"
    called = problem.replace(calls[0].args[0], shown)
    edits = ordered(*layer.edits, made, called)
    return Insertion(edits, Outcome(edits.index(called), shown))


def made_in_init(problem: Problem, node: ast.expr, text: str, name: str) -> tuple[TextEdit, str] | None:
    """Make a layer at the end of ``__init__`` of the class whose method holds a node.

    Returns the edit and what the layer is called there: ``self.project``. None outside of such a class.
    """
    tree = problem.tree
    method = tree.function(node)
    owner = tree.parent(method) if method is not None else None
    if method is None or not isinstance(owner, ast.ClassDef) or not method.args.args or method.name == "__init__":
        return None
    init = next((item for item in owner.body if isinstance(item, ast.FunctionDef) and item.name == "__init__"), None)
    if init is None or not init.args.args:
        return None
    last = init.body[-1]
    span = tree.span(last)
    line = tree.lines[span.end_line]
    new = f"{tree.newline}{tree.indentation(last)}{init.args.args[0].arg}.{name} = {text}"
    return TextEdit(Span(span.end_line, len(line), span.end_line, len(line)), new), f"{method.args.args[0].arg}.{name}"


def _attribute(name: str) -> str:
    return "flatten" if name == "Flatten" else "pool"
