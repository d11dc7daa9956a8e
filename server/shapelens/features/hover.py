"""What is shown at a position: the smallest value there, the exception, or why there is nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from shapelens.evaluation.analysis import Analysis
from shapelens.features.calls import Choices, call_of, origin_text, with_choices
from shapelens.features.card import Block, Card, Code, Part, Table, line, title
from shapelens.features.place_text import line_text
from shapelens.features.shape_text import flow_text
from shapelens.features.value_card import value_parts
from shapelens.worker.contract import Fault, Location, Observation, Outcome, Role, Span

Item = TypeVar("Item")

_MOST_INSIDE = 8
"""Rows; the summary has them all."""


@dataclass(frozen=True)
class Hover:
    """A card about a piece of the text."""

    span: Span
    card: Card


def hover(analysis: Analysis, path: str, position: tuple[int, int], choices: Choices | None = None) -> Hover | None:
    """Return what is known at a position (line, column in code points) of the file, or None.

    The smallest expression around the position, or the variable it is assigned to, tells its value; an expression
    that raised comes with the exception's text; else a statement without result tells the reason. In code that the
    file does not call itself the value is that of the chosen call, and those of other calls follow where they differ.
    """
    found: list[tuple[Span, tuple[Part, ...]]] = []
    chosen = with_choices(analysis, choices or {})
    values = _smallest(position, _values(chosen, path))
    if values:
        parts = value_parts(values[1], call_of(analysis, values[1][0]))
        parts = (*parts, *_inside(analysis, values[0], path))
        found.append((values[0], (*parts, *_other_calls(analysis, values[0], values[1], path))))
    faults = _smallest(position, ((item.location.span, item) for item in analysis.faults if _at(item.location, path)))
    if faults:
        found.append((faults[0], _fault_parts(faults[1][0])))
    if not found:
        found += _missing(analysis, path, position)
    if not found:
        return None
    found.sort(key=lambda item: _extent(item[0]))
    return Hover(found[0][0], Card(tuple(part for _, parts in found for part in parts)))


def _values(analysis: Analysis, path: str) -> Iterable[tuple[Span, Observation]]:
    for item in analysis.observations:
        if _at(item.location, path) and item.role is not Role.INSIDE:
            yield item.location.span, item
            if item.target is not None:
                yield item.target, item


def _inside(analysis: Analysis, span: Span, path: str) -> list[Part]:
    """Return a table of the layers that a library made or called within an expression."""
    rows = [
        (item.layer_name, item.type_name, flow_text(item))
        for item in analysis.observations
        if item.role is Role.INSIDE and item.location.span == span and _at(item.location, path)
    ]
    if not rows:
        return []
    more = [(f"{len(rows) - _MOST_INSIDE} more", "…", "…")] if len(rows) > _MOST_INSIDE else []
    return [line("Layers inside"), Table(("name", "layer", "shapes"), (*rows[:_MOST_INSIDE], *more))]


def _other_calls(analysis: Analysis, span: Span, shown: list[Observation], path: str) -> list[Part]:
    """Return a table of what each call gave, where there are several that differ."""
    rows: dict[tuple[str, str], None] = {}
    kind = shown[0].kind
    for item in analysis.observations:
        if _at(item.location, path) and span in (item.location.span, item.target) and item.kind is kind:
            call = call_of(analysis, item)
            if call is not None:
                rows[f"{call.text}  {origin_text(call, path)}", flow_text(item)] = None
    if len({flow for _, flow in rows}) < 2 or len({call for call, _ in rows}) < 2:
        return []
    return [Table(("call", "shapes"), tuple(rows))]


def _fault_parts(fault: Fault) -> tuple[Part, ...]:
    where: list[str | Code] = ["raised by", fault.origin] if fault.origin else []
    if fault.layer is not None:
        where += ["in", Code(fault.layer)]
        where += [Code(fault.layer_name)] if fault.layer_name else []
    parts: list[Part] = [title(fault.exception, *where)]
    if fault.handled:
        parts.append(line("The program catches it itself."))
    if fault.message:
        parts.append(Block(fault.message))
    return tuple(parts)


def _missing(analysis: Analysis, path: str, position: tuple[int, int]) -> list[tuple[Span, tuple[Part, ...]]]:
    skips = _smallest(position, ((item.location.span, item) for item in analysis.skips if _at(item.location, path)))
    if skips:
        skip = skips[1][0]
        parts: list[Part] = [title("Not evaluated"), line(skip.message)]
        if skip.origin is not None and skip.origin != skip.location:
            parts.append(line("Its cause is on", Code(line_text(skip.origin, path))))
        return [(skips[0], tuple(parts))]
    finished = analysis.finished
    if finished is not None and finished.location is not None and finished.outcome is not Outcome.COMPLETED:
        stopped = _smallest(position, [(finished.location.span, finished)] if _at(finished.location, path) else [])
        if stopped:
            return [(stopped[0], (title("The evaluation stopped here"), line(finished.detail)))]
    return []


def _at(location: Location, path: str) -> bool:
    return location.path == path


def _smallest(position: tuple[int, int], items: Iterable[tuple[Span, Item]]) -> tuple[Span, list[Item]] | None:
    """Return the smallest span around the position with all that stands there.

    A span that only ends at the position counts where no other one contains it: editors ask with the cursor
    behind a word.
    """
    best: tuple[tuple[bool, int, int], Span] | None = None
    found: list[Item] = []
    for span, item in items:
        end = (span.end_line, span.end_column)
        if not (span.line, span.column) <= position <= end:
            continue
        rank = (position == end, *_extent(span))
        if best is None or rank < best[0]:
            best = (rank, span)
            found = []
        if span == best[1]:
            found.append(item)
    return (best[1], found) if best else None


def _extent(span: Span) -> tuple[int, int]:
    """Return an order of size for spans that contain one another."""
    lines = span.end_line - span.line
    return lines, span.end_column - span.column if lines == 0 else span.end_column
