"""Cuts a module into statements that run, and fail, one by one.

A top-level statement is compiled alone. A simple statement inside a top-level ``with``, ``if``, ``for``,
``while`` or ``try`` is wrapped, so that its failure ends it and not the block. Where the program would catch
the exception itself, nothing is wrapped: its own handler has to see it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import Dict, Iterator, List, Sequence, Tuple, Union

from .contract import Location, Span
from .instrument import recorder_call
from .sites import Place, Statement
from .source_file import SourceFile

_COMPOUND = (ast.With, ast.AsyncWith, ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try)

_NEVER_FAIL = (ast.Pass, ast.Break, ast.Continue, ast.Global, ast.Nonlocal)

_CHANGING_METHODS = frozenset({"add", "append", "build", "extend", "insert", "pop", "update"})
"""Methods that leave their object half changed when they fail; Sequential.add keeps the layer that failed."""

_DEEPEST = 5
"""Nested blocks that are looked into; each costs a block of the 20 that Python allows to be nested."""


@dataclass(frozen=True)
class _Around:
    """The blocks around a statement."""

    depth: int = 0
    loop_ends: bool = False
    """Whether the innermost loop must end with a failure inside it: nothing else may end a ``while``."""
    in_handler: bool = False
    managers: Tuple[int, ...] = ()


class StatementTable:
    """Numbers the isolated statements of all files of one evaluation."""

    def __init__(self) -> None:
        self._statements: List[Statement] = []

    def __getitem__(self, number: int) -> Statement:
        return self._statements[number]

    def add(self, source: SourceFile, node: ast.stmt, managers: Tuple[int, ...] = ()) -> int:
        """Note a statement before it is instrumented, and return its number."""
        names, places = _bound(node)
        self._statements.append(Statement(_header(source, node), names, places, _read(node), managers))
        return len(self._statements) - 1

    def isolate(self, source: SourceFile, node: ast.stmt) -> int:
        """Note a top-level statement, wrap the simple statements inside it, and return its number."""
        number = self.add(source, node)
        if isinstance(node, _COMPOUND):
            self._isolate_inside(source, node, number, _Around())
        return number

    def _isolate_inside(self, source: SourceFile, node: ast.stmt, number: int, around: _Around) -> None:
        if around.depth >= _DEEPEST:
            return
        inside = replace(around, depth=around.depth + 1)
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            inside = replace(inside, loop_ends=isinstance(node, ast.While))
            self._wrap(source, node.body, inside)
            if not isinstance(node, ast.While):  # the else of a loop that is cut short is not run
                self._wrap(source, node.orelse, around)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                manager = item.context_expr
                item.context_expr = recorder_call("manager", [number, manager], manager)
            self._wrap(source, node.body, replace(inside, managers=(*around.managers, number)))
        elif isinstance(node, ast.Try):
            if not node.handlers:
                self._wrap(source, node.body, inside)
            for handler in node.handlers:
                self._wrap(source, handler.body, replace(inside, in_handler=True))
            self._wrap(source, node.orelse, inside)
            self._wrap(source, node.finalbody, inside)
        elif isinstance(node, ast.If):
            self._wrap(source, node.body, inside)
            if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
                self._isolate_inside(source, node.orelse[0], number, around)  # elif: no block of its own
            else:
                self._wrap(source, node.orelse, inside)

    def _wrap(self, source: SourceFile, body: List[ast.stmt], around: _Around) -> None:
        body[:] = [self._wrapped(source, statement, around) for statement in body]

    def _wrapped(self, source: SourceFile, node: ast.stmt, around: _Around) -> ast.stmt:
        # In a handler ``raise`` means to leave the block.
        if isinstance(node, _NEVER_FAIL) or (around.in_handler and isinstance(node, ast.Raise)):
            return node
        # A block is wrapped around its isolated parts, because its header may fail too.
        number = self.add(source, node, around.managers)
        if isinstance(node, _COMPOUND):
            self._isolate_inside(source, node, number, around)
        ended: List[ast.stmt] = [ast.copy_location(ast.Expr(recorder_call("isolate", [number], node)), node)]
        if around.loop_ends:
            # What was to end the loop may never come: ``while True: batch = next(batches)``.
            ended.append(ast.copy_location(ast.Break(), node))
        handler = ast.copy_location(ast.ExceptHandler(type=None, name=None, body=ended), node)
        return ast.copy_location(ast.Try(body=[node], handlers=[handler], orelse=[], finalbody=[]), node)


def _header(source: SourceFile, node: ast.stmt) -> Location:
    """Return where a statement stands; of a block only the first line, so that a mark does not cover it all."""
    location = source.location(node)
    body: Sequence[ast.stmt] = getattr(node, "body", ())
    span = location.span
    if not body or span.end_line == span.line:
        return location
    line = source.lines[span.line]
    return Location(location.path, Span(span.line, span.column, span.line, len(line.rstrip())))


def _bound(node: ast.stmt) -> Tuple[Tuple[str, ...], Tuple[Place, ...]]:
    """Return the names and the places in objects that a statement would have given a value."""
    stored = dict.fromkeys(_stored(node))
    function = node.value.func if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None
    if isinstance(function, ast.Attribute) and function.attr in _CHANGING_METHODS:
        stored.update((name.id, None) for name in (function.value,) if isinstance(name, ast.Name))
    names = tuple(item for item in stored if isinstance(item, str))
    return names, tuple(item for item in stored if isinstance(item, Place))


def _stored(node: ast.AST) -> Iterator[Union[str, Place]]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
        return
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name):
        yield Place(node.value.id, attribute=node.attr)
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name):
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, (str, int)):
            yield Place(node.value.id, key=node.slice.value)
    elif isinstance(node, ast.alias):
        yield node.asname or node.name.split(".")[0]
    elif type(node).__name__ in ("MatchAs", "MatchStar", "MatchMapping"):  # from Python 3.10 on
        name = getattr(node, "name", None) or getattr(node, "rest", None)
        if isinstance(name, str):
            yield name
    for child in ast.iter_child_nodes(node):
        # The variable of a comprehension is its own.
        if not (isinstance(node, ast.comprehension) and child is node.target):
            yield from _stored(child)


def _read(node: ast.AST) -> Tuple[str, ...]:
    """Return the names that a statement reads, those of functions that it defines left out."""
    found: Dict[str, None] = {}
    waiting = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Load):
            found[item.id] = None
        waiting.extend(ast.iter_child_nodes(item))
    return tuple(found)
