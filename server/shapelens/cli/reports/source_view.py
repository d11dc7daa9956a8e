"""Lines of a source with shapes at their right and diagnostics below them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.syntax import Syntax
from rich.text import Text

from shapelens.cli.terminal import Terminal
from shapelens.source.lines import Lines
from shapelens.worker.contract import Span

_TAB = 4
_GAP = 2
"""Cells between a line and what stands at its right."""
_FARTHEST = 72
"""The column of what stands at the right, at most; behind a longer line it follows at once."""
_NARROWEST = 36


@dataclass(frozen=True)
class Note:
    """What stands at the right of a line."""

    text: str
    style: str = ""


@dataclass(frozen=True)
class Paragraph:
    """Text that is wrapped where there is no room for it."""

    text: Text
    indent: int = 0
    is_line: bool = False
    """Whether it is a line of source, of which is shown what there is room for."""


@dataclass(frozen=True)
class Mark:
    """Carets under an expression, and paragraphs below them."""

    span: Span
    style: str
    paragraphs: tuple[Paragraph, ...]


class SourceView:
    """Renders lines of one text; columns of spans are cells on the screen, wide characters and tabs included."""

    def __init__(self, lines: Lines, terminal: Terminal) -> None:
        self._lines = lines
        self._terminal = terminal
        self._shown = [_expanded(terminal.foreign(lines[number])) for number in range(len(lines))]
        self._styled = self._highlighted()

    def render(
        self, shown: Sequence[int], notes: Mapping[int, Sequence[Note]], marks: Mapping[int, Sequence[Mark]]
    ) -> Iterator[Text]:
        """Yield the lines of the given numbers, in order, with a sign where some between are left out."""
        digits = len(str(max(shown, default=0) + 1))
        width = self._terminal.width
        room = None if width is None else max(width - digits - 4, _NARROWEST)
        column = self._column(shown, notes, room)
        previous = shown[0] - 1 if shown else -1
        bar = self._terminal.text("│")
        empty = Text(f" {'':>{digits}} {bar} ", style="dim")
        for number in shown:
            if number > previous + 1:
                yield Text(f" {self._terminal.text('⋮'):>{digits}}", style="dim")
            previous = number
            line = Text(f" {number + 1:>{digits}} {bar} ", style="dim")
            body = Text()
            body.append_text(self._styled[number])
            pieces = [Text("").join([_reset(line), body])]
            beside = self._beside(notes.get(number, ()))
            if beside.plain:
                pieces = self._placed(pieces[0], body, beside, column, room, empty)
            for piece in pieces:
                piece.rstrip()
                yield piece
            for mark in marks.get(number, ()):
                yield from self._marked(mark, number, empty, room)

    def _beside(self, notes: Sequence[Note]) -> Text:
        parts = [Text(self._terminal.text(note.text), style=note.style) for note in notes]
        return Text("  ").join(parts)

    def _column(self, shown: Sequence[int], notes: Mapping[int, Sequence[Note]], room: int | None) -> int:
        """Return the column at which notes stand: behind the longest line that has one, as far as there is room."""
        noted = [number for number in shown if notes.get(number)]
        lengths = (cell_len(self._shown[number]) + _GAP for number in noted)
        longest = max((length for length in lengths if length <= _FARTHEST), default=_NARROWEST)
        if room is None:
            return longest
        widest = max((self._beside(notes[number]).cell_len for number in noted), default=0)
        return min(longest, max(room - widest, _NARROWEST))

    def _placed(self, whole: Text, body: Text, beside: Text, column: int, room: int | None, empty: Text) -> list[Text]:
        gap = max(column - body.cell_len, _GAP)
        if room is None or body.cell_len + gap + beside.cell_len <= room:
            return [Text("").join([whole, Text(" " * gap), beside])]
        if body.cell_len + _GAP + beside.cell_len <= room:
            return [Text("").join([whole, Text(" " * (room - body.cell_len - beside.cell_len)), beside])]
        below = max(min(column, room - beside.cell_len), 0)
        return [whole, Text("").join([_reset(empty), Text(" " * below), beside])]

    def _marked(self, mark: Mark, number: int, empty: Text, room: int | None) -> Iterator[Text]:
        start, end = self._cells(mark.span, number)
        carets = Text(" " * start + "^" * max(end - start, 1), style=mark.style)
        yield Text("").join([_reset(empty), carets])
        for paragraph in mark.paragraphs:
            for line in wrapped(paragraph, room, self._terminal.console):
                yield Text("").join([_reset(empty), line])

    def _cells(self, span: Span, number: int) -> tuple[int, int]:
        """Return the first cell of a span on a line and the one behind its last; it ends with the line's text."""
        line = self._terminal.foreign(self._lines[number])
        first = span.column if number == span.line else len(line) - len(line.lstrip())
        last = span.end_column if number == span.end_line else len(line.rstrip())
        return cell_len(_expanded(line[:first])), cell_len(_expanded(line[:last]))

    def _highlighted(self) -> list[Text]:
        plain = [Text(line) for line in self._shown]
        if not self._terminal.has_color:
            return plain
        text = Syntax("", "python", theme="ansi_dark", background_color="default").highlight("\n".join(self._shown))
        styled = list(text.split("\n", allow_blank=True))[: len(plain)]
        for line in styled:
            line.style = Style.null()
        # The highlighter is a lexer of its own; should it see other lines, the plain ones are right.
        agrees = [line.plain for line in styled] == self._shown
        return styled if agrees else plain


def wrapped(paragraph: Paragraph, room: int | None, console: Console) -> Iterator[Text]:
    """Yield the lines of a paragraph; those after the first are indented by two cells more."""
    if room is None or paragraph.indent + paragraph.text.cell_len <= room:
        yield Text("").join([Text(" " * paragraph.indent), paragraph.text])
        return
    if paragraph.is_line:
        line = paragraph.text.copy()
        line.truncate(max(room - paragraph.indent, _NARROWEST), overflow="crop")
        yield Text("").join([Text(" " * paragraph.indent), line])
        return
    lines = paragraph.text.wrap(console, max(room - paragraph.indent - 2, _NARROWEST))
    for number, line in enumerate(lines):
        line.rstrip()
        yield Text("").join([Text(" " * (paragraph.indent + (2 if number else 0))), line])


def _reset(text: Text) -> Text:
    """Return a copy whose style is a span, so that it does not spread over what is joined to it."""
    copy = Text(text.plain)
    copy.stylize(text.style)
    return copy


def _expanded(line: str) -> str:
    """Return the line with spaces for tabs, each up to the next multiple of four cells."""
    if "\t" not in line:
        return line
    parts: list[str] = []
    cells = 0
    for character in line:
        part = " " * (_TAB - cells % _TAB) if character == "\t" else character
        parts.append(part)
        cells += cell_len(part)
    return "".join(parts)
