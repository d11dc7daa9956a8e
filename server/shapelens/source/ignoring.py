"""Writes the comments that turn a diagnostic off on its line."""

from __future__ import annotations

from shapelens.source.comments import Comments, read_comments
from shapelens.source.lines import Lines
from shapelens.worker.contract import Span


def ignoring(lines: Lines, code: str, span: Span) -> tuple[Span, str] | None:
    """Return which piece of a text is to be replaced by what, so that a diagnostic at a place of it is ignored.

    The comment goes to the end of the first line of the place or, where that lies within a string, of the last one.
    None where neither can have one.
    """
    known = read_comments(lines.text)
    for row in dict.fromkeys((span.line, span.end_line)):
        # No comment may stand behind a line that is continued.
        if row >= len(lines) or lines[row].rstrip().endswith("\\"):
            continue
        place, text = _written(lines, known, row, code)
        start, end = (lines.offset(place.line, place.column), lines.offset(place.end_line, place.end_column))
        told = read_comments(lines.text[:start] + text + lines.text[end:])
        if told.ignored(code, span) and _others(told) == _others(known):
            return place, text
    return None


def _written(lines: Lines, known: Comments, row: int, code: str) -> tuple[Span, str]:
    """Return the edit that adds the code to the comment of a line, or a comment with it."""
    for comment in known.ignores:
        if comment.span.line == row == comment.line:
            column = lines[row].index("]", comment.span.column)
            return Span(row, column, row, column), f", {code}"
    column = len(lines[row].rstrip())
    return Span(row, column, row, len(lines[row])), f"  # shapelens: ignore[{code}]"


def _others(comments: Comments) -> tuple[int, int, int]:
    return len(comments.calls), len(comments.shapes), len(comments.bad)
