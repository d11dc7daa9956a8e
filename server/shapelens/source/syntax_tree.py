"""The syntax tree of a program with places in code points, and what stands around a node."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator
from functools import cached_property
from typing import TypeVar

from shapelens.source.lines import Lines
from shapelens.worker.contract import Span

Node = TypeVar("Node", bound=ast.AST)


class SourceTree:
    """A text that parses; raises SyntaxError, ValueError or RecursionError for any other."""

    def __init__(self, text: str) -> None:
        self.lines = Lines(text)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of strings with strange escapes
            self.module = ast.parse(text)

    # --- places -------------------------------------------------------------------------------------------

    def span(self, node: ast.expr | ast.stmt | ast.keyword | ast.alias) -> Span:
        """Return where a node stands."""
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return Span(
            node.lineno - 1,
            self._column(node.lineno - 1, node.col_offset),
            end_line - 1,
            self._column(end_line - 1, end_column),
        )

    def _column(self, line: int, column: int) -> int:
        """The columns of ``ast`` count UTF-8 bytes."""
        text = self.lines[line] if line < len(self.lines) else ""
        return column if text.isascii() else len(text.encode("utf-8", "replace")[:column].decode("utf-8", "replace"))

    def text(self, node: ast.expr | ast.stmt | ast.keyword) -> str:
        """Return the source of a node."""
        return self.lines.slice(self.span(node))

    def at(self, span: Span) -> ast.expr | None:
        """Return the outermost expression with exactly this span."""
        return self._by_span.get(span)

    def around(self, span: Span) -> ast.stmt | None:
        """Return the innermost statement that holds a span."""
        best: ast.stmt | None = None
        for node in self.walk(ast.stmt):
            own = self.span(node)
            if (own.line, own.column) <= (span.line, span.column) and (span.end_line, span.end_column) <= (
                own.end_line,
                own.end_column,
            ):
                best = node  # parents come before their children
        return best

    @cached_property
    def _by_span(self) -> dict[Span, ast.expr]:
        found: dict[Span, ast.expr] = {}
        for node in self.walk(ast.expr):
            found.setdefault(self.span(node), node)
        return found

    # --- around a node ------------------------------------------------------------------------------------

    @cached_property
    def _nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.module))

    @cached_property
    def _parents(self) -> dict[ast.AST, ast.AST]:
        return {child: node for node in self._nodes for child in ast.iter_child_nodes(node)}

    def walk(self, kind: type[Node]) -> Iterator[Node]:
        """Yield all nodes of a kind, parents before their children."""
        for node in self._nodes:
            if isinstance(node, kind):
                yield node

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Return what a node is part of."""
        return self._parents.get(node)

    def statement(self, node: ast.AST) -> ast.stmt | None:
        """Return the statement that a node belongs to."""
        current: ast.AST | None = node
        while current is not None and not isinstance(current, ast.stmt):
            current = self._parents.get(current)
        return current

    def function(self, node: ast.AST) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """Return the function around a node."""
        current = self._parents.get(node)
        while current is not None and not isinstance(current, (ast.FunctionDef, ast.AsyncFunctionDef)):
            current = self._parents.get(current)
        return current

    def indentation(self, statement: ast.stmt) -> str:
        """Return the blanks in front of a statement; of one that shares its line too."""
        line = self.lines[statement.lineno - 1]
        return line[: len(line) - len(line.lstrip())]

    def starts_its_line(self, node: ast.expr | ast.stmt) -> bool:
        """Tell whether only blanks stand before a node."""
        span = self.span(node)
        return not self.lines[span.line][: span.column].strip()

    def keyword(self, call: ast.Call, name: str) -> ast.keyword | None:
        """Return the argument of a call that is given by this name."""
        return next((item for item in call.keywords if item.arg == name), None)

    def argument(self, call: ast.Call, name: str, position: int | None = None) -> ast.expr | None:
        """Return the argument of a call that is given by name or at this position."""
        named = self.keyword(call, name)
        if named is not None:
            return named.value
        plain = position is not None and not any(isinstance(item, ast.Starred) for item in call.args)
        return call.args[position] if plain and position is not None and position < len(call.args) else None

    @cached_property
    def newline(self) -> str:
        """The end of lines in this text."""
        return "\r\n" if "\r\n" in self.lines.text else "\n"


def callee(call: ast.Call) -> str:
    """Return the last name of what is called: ``Dense`` of ``layers.Dense(3)``."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def numbers(node: ast.expr | None) -> tuple[int | None, ...] | None:
    """Return a written tuple or list of sizes, where it is nothing but numbers and None."""
    if not isinstance(node, (ast.Tuple, ast.List)):
        return None
    found: list[int | None] = []
    for item in node.elts:
        value = number(item)
        if value is None and not (isinstance(item, ast.Constant) and item.value is None):
            return None
        found.append(value)
    return tuple(found)


def number(node: ast.expr | None) -> int | None:
    """Return a written whole number."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = number(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    return None


def sizes_text(sizes: tuple[int | None, ...]) -> str:
    """Return sizes as Python writes them: ``(28, 28, 1)``, ``(10,)``."""
    return repr(tuple(sizes))
