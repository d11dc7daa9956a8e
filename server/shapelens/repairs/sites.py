"""Where layers are made and called in a text, and how one is put in front of or behind another."""

from __future__ import annotations

import ast
import enum
from dataclasses import dataclass

from shapelens.repairs.model import Outcome, TextEdit
from shapelens.repairs.style import Written
from shapelens.source.syntax_tree import SourceTree, callee
from shapelens.worker.contract import Span


class Form(enum.Enum):
    """How a layer becomes part of a model."""

    ELEMENT = "element"  # of the list given to Sequential
    ADD = "add"  # model.add(Dense(3))
    CALL = "call"  # Dense(3)(x), or dense(x) where dense is made elsewhere
    OTHER = "other"  # only made here: self.dense = Dense(3)


@dataclass(frozen=True)
class Site:
    """A layer in the text."""

    form: Form
    maker: ast.Call | None
    """``Dense(3)``; None where it cannot be found."""
    call: ast.Call | None = None
    """``Dense(3)(x)`` or ``model.add(Dense(3))``."""

    @property
    def node(self) -> ast.Call | None:
        """The expression that stands for the layer in the text."""
        return self.call or self.maker

    @property
    def name(self) -> str:
        """The layer's class."""
        return callee(self.maker) if self.maker is not None else ""


@dataclass(frozen=True)
class Insertion:
    """Edits that add a layer."""

    edits: tuple[TextEdit, ...]
    outcome: Outcome


def site_at(tree: SourceTree, span: Span) -> Site | None:
    """Return the layer that an expression with this span makes or calls."""
    node = tree.at(span)
    return site_of(tree, node) if isinstance(node, ast.Call) else None


def site_of(tree: SourceTree, node: ast.Call) -> Site | None:
    """Return the layer that a call makes or calls, None where it is a call of something else."""
    if isinstance(node.func, ast.Call):
        return Site(Form.CALL, node.func, node)
    added = node.args[0] if len(node.args) == 1 and not node.keywords else None
    is_add = isinstance(node.func, ast.Attribute) and node.func.attr == "add"
    if is_add and isinstance(added, ast.Call) and not isinstance(added.func, ast.Call):
        return Site(Form.ADD, added, node)
    parent = tree.parent(node)
    if isinstance(parent, ast.Call):
        if parent.func is node:
            return Site(Form.CALL, node, parent)
        if callee(parent) == "add" and parent.args == [node]:
            return Site(Form.ADD, node, parent)
    if isinstance(parent, (ast.List, ast.Tuple)):
        return Site(Form.ELEMENT, node)
    made = maker_of(tree, node)
    if made is not None:
        return Site(Form.CALL, made, node)
    return Site(Form.OTHER, node)


def maker_of(tree: SourceTree, call: ast.Call) -> ast.Call | None:
    """Return the expression that made the layer which ``dense(x)`` or ``self.dense(x)`` calls."""
    if not isinstance(call.func, (ast.Name, ast.Attribute)):
        return None
    name = ast.dump(call.func).replace("Load()", "Store()")
    for statement in tree.walk(ast.Assign):
        if isinstance(statement.value, ast.Call) and any(ast.dump(item) == name for item in statement.targets):
            return statement.value
    return None


def insert_before(tree: SourceTree, site: Site, layer: Written, arguments: str = "") -> Insertion | None:
    """Put a new layer in front of another; None where the text has no place for it."""
    return _insert(tree, site, layer, arguments, behind=False)


def insert_behind(tree: SourceTree, site: Site, layer: Written, arguments: str = "") -> Insertion | None:
    """Put a new layer behind another; None where the text has no place for it."""
    return _insert(tree, site, layer, arguments, behind=True)


def _insert(tree: SourceTree, site: Site, layer: Written, arguments: str, behind: bool) -> Insertion | None:
    new = f"{layer.text}({arguments})"
    edit: TextEdit | None = None
    shown = new
    if site.form is Form.ELEMENT and site.maker is not None:
        edit = _element(tree, site.maker, new, behind)
    elif site.form is Form.ADD and site.call is not None:
        statement = tree.statement(site.call)
        function = site.call.func
        if statement is not None and isinstance(function, ast.Attribute):
            edit = _statement(tree, statement, f"{tree.text(function)}({new})", behind)
    elif site.form is Form.CALL and site.call is not None:
        edit, shown = _call(tree, site.call, new, behind)
    if edit is None:
        return None
    edits = tuple(sorted((*layer.edits, edit), key=lambda item: item.span))
    return Insertion(edits, Outcome(edits.index(edit), shown))


def _element(tree: SourceTree, node: ast.Call, new: str, behind: bool) -> TextEdit:
    span = tree.span(node)
    separator = " "
    if tree.starts_its_line(node):
        line = tree.lines[span.line]
        separator = tree.newline + line[: span.column]
    if behind:
        return TextEdit(_at_end(span), f",{separator}{new}")
    return TextEdit(_at_start(span), f"{new},{separator}")


def _statement(tree: SourceTree, statement: ast.stmt, text: str, behind: bool) -> TextEdit | None:
    span = tree.span(statement)
    indentation = tree.indentation(statement)
    if behind:
        line = tree.lines[span.end_line]
        return TextEdit(Span(span.end_line, len(line), span.end_line, len(line)), f"{tree.newline}{indentation}{text}")
    if not tree.starts_its_line(statement):
        return TextEdit(_at_start(span), f"{text}; ")
    return TextEdit(_at_start(span), f"{text}{tree.newline}{indentation}")


def _call(tree: SourceTree, call: ast.Call, new: str, behind: bool) -> tuple[TextEdit | None, str]:
    statement = tree.statement(call)
    if behind:
        if isinstance(statement, ast.Assign) and statement.value is call and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
            return _statement(tree, statement, f"{name} = {new}({name})", behind=True), f"{new}({name})"
        wrapped = f"{new}({tree.text(call)})"
        return TextEdit(tree.span(call), wrapped), wrapped
    if not call.args or isinstance(call.args[0], (ast.Starred, ast.List, ast.Tuple)):
        return None, ""
    given = call.args[0]
    text = tree.text(given)
    in_place = (
        isinstance(statement, ast.Assign)
        and isinstance(given, ast.Name)
        and statement.value is call
        and [getattr(item, "id", "") for item in statement.targets] == [given.id]
    )
    if in_place and statement is not None:
        # ``x = Dense(3)(x)``: a line of its own reads as the others do.
        return _statement(tree, statement, f"{text} = {new}({text})", behind=False), f"{new}({text})"
    return TextEdit(tree.span(given), f"{new}({text})"), f"{new}({text})"


def _at_start(span: Span) -> Span:
    return Span(span.line, span.column, span.line, span.column)


def _at_end(span: Span) -> Span:
    return Span(span.end_line, span.end_column, span.end_line, span.end_column)
