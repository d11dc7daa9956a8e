"""Places of the program turned into places of the protocol and back."""

from __future__ import annotations

from lsprotocol import types

from shapelens.source.lines import Lines, Unit
from shapelens.worker.contract import Span


def to_position(lines: Lines, unit: Unit, line: int, column: int) -> types.Position:
    """Return the position in the client's units."""
    return types.Position(line, lines.column_to(unit, line, column))


def to_range(lines: Lines, unit: Unit, span: Span) -> types.Range:
    """Return the span in the client's units."""
    return types.Range(
        to_position(lines, unit, span.line, span.column), to_position(lines, unit, span.end_line, span.end_column)
    )


def from_position(lines: Lines, unit: Unit, position: types.Position) -> tuple[int, int]:
    """Return line and column in code points; a position behind the text counts as its end."""
    if position.line >= len(lines):
        return len(lines) - 1, len(lines[len(lines) - 1])
    return position.line, lines.column_from(unit, position.line, position.character)
