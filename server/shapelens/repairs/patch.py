"""A program with a repair applied, and where places of the old text lie in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from shapelens.repairs.model import Outcome, TextEdit
from shapelens.source.lines import Lines
from shapelens.source.span_edits import Edit, move_span
from shapelens.worker.contract import Span


@dataclass(frozen=True)
class Patched:
    """A text after edits."""

    text: str
    edits: tuple[Edit, ...]
    """In the order in which they were made: from the last in the text to the first."""
    spans: tuple[Span, ...]
    """Where the texts of the edits stand now, in the order of the edits."""

    def moved(self, span: Span) -> Span | None:
        """Return where a span of the old text is, None where it was replaced."""
        return move_span(span, self.edits)

    def place(self, outcome: Outcome, edits: Sequence[TextEdit]) -> Span | None:
        """Return where the expression of an outcome stands."""
        index = edits[outcome.edit].text.find(outcome.text)
        if index < 0:
            return None
        lines = Lines(self.text)
        whole = self.spans[outcome.edit]
        start = lines.offset(whole.line, whole.column) + index
        return Span(*lines.position(start), *lines.position(start + len(outcome.text)))


def patched(text: str, edits: Sequence[TextEdit]) -> Patched | None:
    """Return the text with edits applied; they stand in its order. None where two of them overlap."""
    lines = Lines(text)
    places = [
        (lines.offset(e.span.line, e.span.column), lines.offset(e.span.end_line, e.span.end_column)) for e in edits
    ]
    if any(first[1] > second[0] for first, second in pairwise(places)):
        return None
    moves: list[Edit] = []
    new = text
    for (start, end), edit in reversed(list(zip(places, edits, strict=True))):
        before = Lines(new)
        new = new[:start] + edit.text + new[end:]
        moves.append(Edit(before.position(start), before.position(end), Lines(new).position(start + len(edit.text))))
    after = Lines(new)
    spans = []
    grown = 0
    for (start, end), edit in zip(places, edits, strict=True):
        first = start + grown
        spans.append(Span(*after.position(first), *after.position(first + len(edit.text))))
        grown += len(edit.text) - (end - start)
    return Patched(new, tuple(moves), tuple(spans))
