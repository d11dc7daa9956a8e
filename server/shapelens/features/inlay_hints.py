"""Shapes that are shown behind the expressions that make them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shapelens.evaluation.analysis import Analysis
from shapelens.features.calls import call_of
from shapelens.features.card import Card
from shapelens.features.grouping import by_span, shown_once
from shapelens.features.shape_text import shape_text
from shapelens.features.value_card import value_parts
from shapelens.worker.contract import Kind, Observation, Role, Span

_LAYERS = (Kind.LAYER, Kind.MODEL)
_OWN_PLACE = (Role.STATEMENT, Role.ELEMENT, Role.ARGUMENT)


@dataclass(frozen=True)
class InlayHint:
    """A label behind the expression of ``span``."""

    span: Span
    label: str
    tooltip: Card

    @property
    def position(self) -> tuple[int, int]:
        """Line and column, in code points, where the label stands."""
        return self.span.end_line, self.span.end_column


def inlay_hints(analysis: Analysis, path: str, first_line: int, last_line: int) -> tuple[InlayHint, ...]:
    """Return the hints of the file whose place is on one of the lines, both included, in the order of the text.

    A tensor or dataset that a statement makes reads ``: (None, 10)``. A layer or model reads ``→ (None, 10)`` where it
    is created, unless the call around it shows the same shape. Two hints never share a place: the larger
    expression, which ends there too, has it.
    """
    places: dict[tuple[int, int], InlayHint] = {}
    for span, items in by_span(analysis, path):
        if not first_line <= span.end_line <= last_line:
            continue
        label = _label(items)
        if not label:
            continue
        hint = InlayHint(span, label, Card(value_parts(items, call_of(analysis, items[0]))))
        other = places.get(hint.position)
        if other is None or (span.line, span.column) < (other.span.line, other.span.column):
            places[hint.position] = hint
    return tuple(places[position] for position in sorted(places))


def _label(items: Sequence[Observation]) -> str:
    """Return the label for the values at one span, or the empty string where none is shown."""
    created = [item for item in items if item.kind in _LAYERS and _shows_layer(item)]
    if created:
        text = shown_once(created, lambda item: shape_text(item.output))
        return f"→ {text}" if text else ""
    made = [item for item in items if item.kind not in _LAYERS and _shows_value(item)]
    text = shown_once(made, lambda item: shape_text(item.output))
    return f": {text}" if text else ""


def _shows_layer(item: Observation) -> bool:
    return item.created and not item.built_in_place and item.role in _OWN_PLACE


def _shows_value(item: Observation) -> bool:
    # A bare name repeats what its own assignment shows.
    return item.role is Role.STATEMENT and item.node != "Name"
