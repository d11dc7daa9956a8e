"""Edits made in a text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from shapelens.features.fixes import LocatedEdit
from shapelens.source.lines import Lines

_LINE_END = re.compile(r"\r\n|\r|\n")


def edited(text: str, edits: Sequence[LocatedEdit]) -> str:
    """Return the text with edits made that do not overlap; line ends in what they write become those of the text."""
    lines = Lines(text)
    pieces: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda item: item.location.span):
        span = edit.location.span
        start, end = lines.offset(span.line, span.column), lines.offset(span.end_line, span.end_column)
        pieces += [text[done:start], _LINE_END.sub(_line_end(text, start), edit.text)]
        done = end
    return "".join([*pieces, text[done:]])


def _line_end(text: str, start: int) -> str:
    """Return how the line at an index ends, the last line as the first one."""
    found = _LINE_END.search(text, start) or _LINE_END.search(text)
    return found[0] if found else "\n"
