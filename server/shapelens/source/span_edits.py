"""Where a span of an older text lies in a newer one: the one place that moves spans through edits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from shapelens.worker.contract import Span

Position = tuple[int, int]
"""Line and column, zero-based, in code points."""


@dataclass(frozen=True)
class Edit:
    """One replaced piece of a text, in positions of the text before it; ``new_end`` is in the text after it."""

    start: Position
    old_end: Position
    new_end: Position

    def shift(self, position: Position) -> Position:
        """Return where a position at or behind ``old_end`` lies after the edit."""
        line, column = position
        old_line, old_column = self.old_end
        new_line, new_column = self.new_end
        if line == old_line:
            return new_line, new_column + column - old_column
        return line + new_line - old_line, column


def move_span(span: Span, edits: Iterable[Edit]) -> Span | None:
    """Return the span in the text after the edits, or None where an edit replaced all of it.

    Text typed directly before or behind a span does not belong to it; an edit inside widens or narrows it, and one
    that reaches over an end cuts it there.
    """
    start, end = (span.line, span.column), (span.end_line, span.end_column)
    for edit in edits:
        if edit.start >= end and (start != end or edit.start > start):
            continue
        if edit.old_end <= start:
            start, end = edit.shift(start), edit.shift(end)
            continue
        if edit.start <= start and edit.old_end >= end:
            return None
        if edit.start < start:
            start = edit.new_end
        end = edit.shift(end) if edit.old_end <= end else edit.start
    return Span(*start, *end)


def move_untouched(span: Span, edits: Iterable[Edit]) -> Span | None:
    """Return the span in the text after the edits, or None where an edit changed any of the lines that it lies on."""
    start, end = (span.line, span.column), (span.end_line, span.end_column)
    for edit in edits:
        first = start[0], 0
        if edit.start[0] > end[0]:
            continue
        # Whole lines that come or go above end where the first line begins, and leave it as it is.
        if edit.old_end > first or (edit.old_end == first and edit.new_end[1] > 0):
            return None
        start, end = edit.shift(start), edit.shift(end)
    return Span(*start, *end)
