"""Cuts a module into statements that run, and fail, one by one.

A top-level statement is compiled alone. A simple statement inside a top-level ``with``, ``if``, ``for``,
``while`` or ``try`` is wrapped, so that its failure ends it and not the block. Where the program would catch
the exception itself, nothing is wrapped: its own handler has to see it.
"""

from __future__ import annotations

import ast
from typing import Iterator, List, Sequence, Tuple

from .contract import Location
from .instrument import recorder_call
from .sites import Statement
from .source_file import SourceFile

_COMPOUND = (ast.With, ast.AsyncWith, ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try)

_NEVER_FAIL = (ast.Pass, ast.Break, ast.Continue, ast.Global, ast.Nonlocal)

_CATCHING_MANAGERS = frozenset({"raises", "suppress", "assertRaises", "assertRaisesRegex", "assertWarns", "warns"})
"""Context managers that wait for an exception: pytest's, unittest's and contextlib's."""

_CHANGING_METHODS = frozenset({"add", "append", "build", "extend", "insert", "pop", "update"})
"""Methods that leave their object half changed when they fail; Sequential.add keeps the layer that failed."""


class StatementTable:
    """Numbers the isolated statements of all files of one evaluation."""

    def __init__(self) -> None:
        self._statements: List[Statement] = []

    def __getitem__(self, number: int) -> Statement:
        return self._statements[number]

    def add(self, source: SourceFile, node: ast.stmt) -> int:
        """Note a statement before it is instrumented, and return its number."""
        self._statements.append(Statement(_header(source, node), _bound_names(node)))
        return len(self._statements) - 1

    def isolate(self, source: SourceFile, node: ast.stmt) -> Tuple[int, ast.stmt]:
        """Note a top-level statement and wrap the simple statements inside it."""
        number = self.add(source, node)
        if isinstance(node, _COMPOUND):
            self._isolate_inside(source, node)
        return number, node

    def _isolate_inside(self, source: SourceFile, node: ast.stmt) -> None:
        for body in _isolated_bodies(node):
            body[:] = [self._wrapped(source, statement) for statement in body]

    def _wrapped(self, source: SourceFile, node: ast.stmt) -> ast.stmt:
        if isinstance(node, _COMPOUND):
            # The block's own header may fail too, so it is wrapped around its isolated parts.
            number = self.add(source, node)
            self._isolate_inside(source, node)
        elif isinstance(node, _NEVER_FAIL):
            return node
        else:
            number = self.add(source, node)
        constant = ast.copy_location(ast.Constant(number), node)
        ended = ast.copy_location(ast.Expr(recorder_call("isolate", [constant], node)), node)
        handler = ast.copy_location(ast.ExceptHandler(type=None, name=None, body=[ended]), node)
        return ast.copy_location(ast.Try(body=[node], handlers=[handler], orelse=[], finalbody=[]), node)


def _isolated_bodies(node: ast.stmt) -> Iterator[List[ast.stmt]]:
    if isinstance(node, (ast.With, ast.AsyncWith)):
        if not any(_waits_for_exception(item.context_expr) for item in node.items):
            yield node.body
    elif isinstance(node, ast.Try):
        if not node.handlers:
            yield node.body
        for handler in node.handlers:
            yield handler.body
        yield node.orelse
        yield node.finalbody
    elif isinstance(node, (ast.If, ast.For, ast.AsyncFor, ast.While)):
        yield node.body
        yield node.orelse


def _waits_for_exception(manager: ast.expr) -> bool:
    function = manager.func if isinstance(manager, ast.Call) else manager
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in _CATCHING_MANAGERS


def _header(source: SourceFile, node: ast.stmt) -> Location:
    """Return where a statement stands; of a block only the first line, so that a mark does not cover it all."""
    location = source.location(node)
    body: Sequence[ast.stmt] = getattr(node, "body", ())
    if not body or location.span.end_line == location.span.line:
        return location
    line = source.lines[location.span.line]
    span = location.span
    return Location(location.path, type(span)(span.line, span.column, span.line, len(line.rstrip())))


def _bound_names(node: ast.stmt) -> Tuple[str, ...]:
    names = dict.fromkeys(_stored_names(node))
    function = node.value.func if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None
    if isinstance(function, ast.Attribute) and function.attr in _CHANGING_METHODS:
        names.update((name.id, None) for name in (function.value,) if isinstance(name, ast.Name))
    return tuple(names)


def _stored_names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
        return
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.alias):
        yield node.asname or node.name.split(".")[0]
    for child in ast.iter_child_nodes(node):
        yield from _stored_names(child)
