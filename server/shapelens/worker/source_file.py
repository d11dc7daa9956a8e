"""One Python file of the user: its text, its tree, and how its columns are counted."""

from __future__ import annotations
import __future__

import ast
import re
from typing import List

from .contract import Location, Span
from .recursion import deep_recursion

_LINE_END = re.compile("\r\n|\r|\n")
_BOM = "\ufeff"


class SourceFile:
    """Parses a text in the grammar of the running interpreter.

    Raises SyntaxError or ValueError for a text that is no Python, RecursionError or MemoryError for one that is nested
    too deep to have a tree, which a plain run may still bear.
    """

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self._shift = 1 if text.startswith(_BOM) else 0
        self.lines: List[str] = _LINE_END.split(text)
        with deep_recursion():
            self.tree = ast.parse(text[self._shift :], path)
            # Some errors, such as a return outside of a function, are found by the compiler alone.
            compile(self.tree, path, "exec", self.compiler_flags, dont_inherit=True)

    @property
    def compiler_flags(self) -> int:
        """The flags of the file's ``from __future__`` imports, which each of its statements is compiled with."""
        flags = 0
        for node in self.tree.body:
            if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                for alias in node.names:
                    flags |= getattr(getattr(__future__, alias.name, None), "compiler_flag", 0)
        return flags

    def column(self, line: int, byte: int) -> int:
        """Return the code-point column of a byte offset in the line's UTF-8, as ``ast`` counts."""
        shift = self._shift if line == 0 else 0
        text = self.lines[line] if line < len(self.lines) else ""
        if text.isascii():
            return byte + shift
        return len(text[shift:].encode("utf-8", "surrogatepass")[:byte].decode("utf-8", "replace")) + shift

    def span(self, line: int, byte: int, end_line: int, end_byte: int) -> Span:
        """Return the span of positions as ``ast`` and code objects give them: one-based lines, byte columns."""
        return Span(line - 1, self.column(line - 1, byte), end_line - 1, self.column(end_line - 1, end_byte))

    def location(self, node: ast.AST) -> Location:
        """Return where a node stands."""
        line = getattr(node, "lineno", 1)
        byte = getattr(node, "col_offset", 0)
        end_line = getattr(node, "end_lineno", None) or line
        end_byte = getattr(node, "end_col_offset", None) or byte
        return Location(self.path, self.span(line, byte, end_line, end_byte))

    def text_of(self, node: ast.AST, limit: int = 40) -> str:
        """Return the node's text on one line, cut to the limit."""
        span = self.location(node).span
        first = self.lines[span.line] if span.line < len(self.lines) else ""
        if span.end_line == span.line:
            piece = first[span.column : span.end_column]
        else:
            piece = first[span.column :].rstrip() + " ..."
        return piece if len(piece) <= limit else piece[: limit - 3] + "..."
