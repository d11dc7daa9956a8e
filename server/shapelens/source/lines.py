"""Positions in a text: the one place that turns code points into the units of an editor and back."""

from __future__ import annotations

import enum
import re
from bisect import bisect_right
from functools import cached_property

from shapelens.worker.contract import Span

_LINE_END = re.compile(r"\r\n|\r|\n")
"""Python's tokenizer and LSP agree on these three; str.splitlines() knows eight more and may not be used."""


class Unit(enum.Enum):
    """What a column counts. LSP's default is UTF-16 (LSP 3.17, positionEncoding)."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


class Lines:
    """The lines of a text without their ends; zero-based, and never empty: no text is one empty line."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return (0, *(match.end() for match in _LINE_END.finditer(self.text)))

    @cached_property
    def _ends(self) -> tuple[int, ...]:
        return (*(match.start() for match in _LINE_END.finditer(self.text)), len(self.text))

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, line: int) -> str:
        return self.text[self._starts[line] : self._ends[line]]

    def column_to(self, unit: Unit, line: int, column: int) -> int:
        """Return the column counted in the unit; a column past the line's end counts as its end."""
        before = self[line][:column] if line < len(self) else ""
        if unit is Unit.UTF32 or before.isascii():
            return len(before)
        if unit is Unit.UTF8:
            return len(before.encode("utf-8", "surrogatepass"))
        return len(before.encode("utf-16-le", "surrogatepass")) // 2

    def column_from(self, unit: Unit, line: int, column: int) -> int:
        """Return the column counted in code points; inside a character counts as before it."""
        whole = self[line] if line < len(self) else ""
        if unit is Unit.UTF32 or whole.isascii():
            return min(column, len(whole))
        width = 0
        for index, character in enumerate(whole):
            width += self._width(unit, character)
            if width > column:
                return index
        return len(whole)

    @staticmethod
    def _width(unit: Unit, character: str) -> int:
        if unit is Unit.UTF16:
            return 2 if ord(character) > 0xFFFF else 1
        return len(character.encode("utf-8", "surrogatepass"))

    def offset(self, line: int, column: int) -> int:
        """Return the index into the text of a position in code points, kept within the text."""
        if line >= len(self):
            return len(self.text)
        return min(self._starts[line] + column, self._ends[line])

    def position(self, offset: int) -> tuple[int, int]:
        r"""Return line and column in code points of an index into the text.

        Between the two characters of ``\r\n`` counts as the end of the line before them.
        """
        line = bisect_right(self._starts, offset) - 1
        return line, min(offset, self._ends[line]) - self._starts[line]

    def slice(self, span: Span) -> str:
        """Return the text of a span."""
        return self.text[self.offset(span.line, span.column) : self.offset(span.end_line, span.end_column)]
