"""Compiles a program's statements one by one, as closely watched as each of them bears."""

from __future__ import annotations

import ast
from types import CodeType
from typing import Iterator, Tuple

from .contract import ExtraCall
from .instrument import Instrumenter
from .positions import Positions
from .recursion import deep_recursion
from .sites import Statement
from .source_file import SourceFile
from .statements import StatementTable


class ProgramCode:
    """The compiled statements of one file that is run as a program."""

    def __init__(self, source: SourceFile, statements: StatementTable, positions: Positions) -> None:
        self._source = source
        self._flags = source.compiler_flags
        self._statements = statements
        self._positions = positions

    def statements(self) -> Iterator[Tuple[int, CodeType]]:
        """Yield the number and the code of each top-level statement."""
        for index, node in enumerate(self._source.tree.body):
            if index and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                continue  # compiled alone, a string would become the module's docstring
            with deep_recursion():
                yield self._statement(index, node)

    def call(self, call: ExtraCall) -> Tuple[int, CodeType]:
        """Return the number and the code of a call that the program does not make, as if it stood at its location."""
        try:
            expression = ast.parse(call.expression, mode="eval").body
        except SyntaxError as error:
            expression = ast.parse(f"raise_syntax_error({error.msg!r})", mode="eval").body
        line = call.location.span.line + 1
        node = ast.Expr(expression)
        for item in ast.walk(node):
            if isinstance(item, (ast.expr, ast.keyword, ast.stmt)):
                item.lineno = item.end_lineno = line
                item.col_offset = item.end_col_offset = 0
        number = self._statements.note(Statement(call.location, ()))
        code: CodeType = compile(ast.Module([node], []), self._source.path, "exec", self._flags, dont_inherit=True)
        self._positions.extra_calls[code] = call.location
        return number, code

    def _statement(self, index: int, node: ast.stmt) -> Tuple[int, CodeType]:
        # What is legal in a plain run must run here: isolation may nest blocks, and recording calls, too deep.
        for isolated, recorded in ((True, True), (False, True)):
            try:
                return self._watched(node, isolated, recorded)
            except (SyntaxError, RecursionError, MemoryError):
                node = SourceFile(self._source.path, self._source.text).tree.body[index]
        return self._watched(node, isolated=False, recorded=False)

    def _watched(self, node: ast.stmt, isolated: bool, recorded: bool) -> Tuple[int, CodeType]:
        add = self._statements.isolate if isolated else self._statements.add
        number = add(self._source, node)
        first = len(self._positions.sites)
        instrumenter = Instrumenter(self._source, first, mark_calls=not self._positions.columns)
        tree = ast.Module([instrumenter.visit(node) if recorded else node], [])
        code: CodeType = compile(tree, self._source.path, "exec", self._flags, dont_inherit=True)
        self._positions.sites.extend(instrumenter.sites)
        return number, code
