"""Which call the shapes inside of uncalled code come from, where several calls gave several."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

from shapelens.evaluation.analysis import Analysis, Call, CallKind, UncalledCode
from shapelens.evaluation.uncalled_code import contains
from shapelens.features.card import Code, Line, line
from shapelens.features.grouping import covers
from shapelens.features.place_text import line_text
from shapelens.worker.contract import Kind, Location, Observation

_Values = dict[tuple[Location, Kind], list[Observation]]

Choices = Mapping[str, str]
"""What the user chose for each function: the name of a call, see ``call_names``."""


def call_names(code: UncalledCode) -> tuple[str, ...]:
    """Return a name for each call of a function that stays the same while its text moves."""
    names: list[str] = []
    for call in code.calls:
        name = f"{call.location.path}: {call.text}"
        same = sum(other.startswith(f"{name} ") for other in names)
        names.append(f"{name} {same}")
    return tuple(names)


def different_calls(analysis: Analysis, code: UncalledCode) -> tuple[int, ...]:
    """Return the indices of the calls that gave other shapes than those before them.

    A model that is called with 32 samples after it was declared for any number gives no other shapes.
    """
    found: list[tuple[int, _Values]] = []
    inside = tuple(item for item in analysis.observations if contains(code.body, item.location))
    for index, call in enumerate(code.calls):
        values: _Values = {}
        for item in _of_call(inside, code, call):
            if any(other.location in item.via for other in code.calls):
                values.setdefault((item.location, item.kind), []).append(item)
        if not any(_all_covered(known, values) for _, known in found):
            found.append((index, values))
    return tuple(index for index, _ in found)


def _all_covered(wide: _Values, narrow: _Values) -> bool:
    return all(
        any(covers(other, item) for other in wide.get(place, ())) for place, items in narrow.items() for item in items
    )


def chosen_call(code: UncalledCode, choices: Choices) -> Call | None:
    """Return the call whose shapes are shown: the user's choice, else the first."""
    if not code.calls:
        return None
    names = call_names(code)
    name = choices.get(code.name)
    return code.calls[names.index(name)] if name in names else code.calls[0]


def next_choice(analysis: Analysis, code: UncalledCode, choices: Choices) -> str | None:
    """Return the name of the call behind the chosen one among those that differ, around in a ring."""
    different = different_calls(analysis, code)
    chosen = chosen_call(code, choices)
    if chosen is None or not different:
        return None
    position = sum(index <= code.calls.index(chosen) for index in different)
    return call_names(code)[different[position % len(different)]]


def with_choices(analysis: Analysis, choices: Choices) -> Analysis:
    """Return an analysis without the values that came of other calls than the chosen ones."""
    shown = analysis.observations
    for code in analysis.uncalled:
        call = chosen_call(code, choices)
        if call is not None and len(code.calls) > 1:
            others = [other.body for other in analysis.uncalled if other is not code]
            concerned = [item for item in shown if not any(contains(body, item.location) for body in others)]
            hidden = {id(item) for item in concerned} - {id(item) for item in _of_call(concerned, code, call)}
            shown = tuple(item for item in shown if id(item) not in hidden)
    return analysis if shown is analysis.observations else replace(analysis, observations=shown)


def _of_call(items: Sequence[Observation], code: UncalledCode, call: Call) -> Iterator[Observation]:
    """Yield the values without those of the code's other calls.

    A value that two calls in one file have in common may be observed once, with the way of the first and a count. It
    stays where the call has no value of its own there.
    """
    others = {other.location for other in code.calls} - {call.location}
    own = {(item.location, item.kind) for item in items if call.location in item.via}
    for item in items:
        if (
            call.location in item.via
            or not others.intersection(item.via)
            or (item.count > 1 and item.via[0].path == call.location.path and (item.location, item.kind) not in own)
        ):
            yield item


def call_of(analysis: Analysis, item: Observation) -> Call | None:
    """Return the call of uncalled code that a value came of."""
    places = {call.location: call for code in analysis.uncalled for call in code.calls}
    return next((places[place] for place in item.via if place in places), None) if places else None


def origin_line(call: Call, here: str) -> Line:
    """Return where shapes come from, for a card."""
    if call.kind is CallKind.DEFAULTS:
        return line("from", Code(call.text), "with its default arguments")
    if call.kind is CallKind.COMMENT:
        return line("from the comment in", f"{line_text(call.location, here)}:", Code(call.text))
    return line("from", Code(call.text), "in", line_text(call.location, here))


def origin_text(call: Call, here: str) -> str:
    """Return where shapes come from, in few words: ``train.py:12``."""
    if call.kind is CallKind.DEFAULTS:
        return "default arguments"
    if call.kind is CallKind.COMMENT:
        return f"the comment in {line_text(call.location, here)}"
    return f"{PurePath(call.location.path).name}:{call.location.span.line + 1}"
