"""An analysis seen from a newer text."""

from __future__ import annotations

import dataclasses

from shapelens.diagnostics.model import Diagnostic, Related, Severity
from shapelens.features.moving import Moves
from shapelens.features.severities import with_severities
from shapelens.source.lines import Lines
from shapelens.source.text_edits import replace
from shapelens.worker.contract import Fault, Frame, Location, Skip, SkipReason, Span
from support.made import Source

SOURCE = Source("a = f(1)\nb = g(a)\nc = h(b)\n")
OTHER = Location("/project/other.py", Span(0, 0, 0, 1))


def moves(old: str, new: str) -> Moves:
    start = SOURCE.text.index(old)
    _, edits = replace(Lines(SOURCE.text), start, start + len(old), new)
    return Moves({SOURCE.path: edits})


def test_everything_with_a_place_moves() -> None:
    value = dataclasses.replace(SOURCE.tensor("g(a)", (1,)), target=SOURCE.span("b"), via=(SOURCE.place("h(b)"), OTHER))
    fault = Fault(SOURCE.place("h(b)"), "E", "m", (Frame(SOURCE.place("g(a)"), "f"),))
    skip = Skip(SOURCE.place("c = h(b)"), SkipReason.UNKNOWN_NAME, "m", "b", SOURCE.place("b = g(a)"))
    analysis = moves("a = f(1)", "\na = f(1)").analysis(SOURCE.analysis((value,), (fault,), (skip,)))
    (moved,), (raised,), (skipped,) = analysis.observations, analysis.faults, analysis.skips
    assert (moved.location.span.line, moved.target and moved.target.line) == (2, 2)
    assert [place.span.line for place in moved.via] == [3, 0]
    assert (raised.location.span.line, raised.frames[0].location.span.line) == (3, 2)
    assert (skipped.location.span.line, skipped.origin and skipped.origin.span.line) == (3, 2)


def test_what_was_deleted_goes_and_the_rest_stays() -> None:
    first, second = SOURCE.tensor("f(1)", (1,)), SOURCE.tensor("h(b)", (3,))
    caller = dataclasses.replace(second, via=(SOURCE.place("g(a)"),))
    analysis = moves("b = g(a)\n", "").analysis(SOURCE.analysis((first, SOURCE.tensor("g(a)", (2,)), caller)))
    assert [(item.location.span.line, item.via) for item in analysis.observations] == [(0, ()), (1, ())]


def test_no_edit_changes_nothing() -> None:
    analysis = SOURCE.analysis((SOURCE.tensor("f(1)", (1,)),))
    assert Moves({}).analysis(analysis) is analysis


def test_diagnostics_move_with_their_related_places() -> None:
    related = (Related(SOURCE.place("f(1)"), "made here"), Related(SOURCE.place("g(a)"), "used here"))
    diagnostic = Diagnostic("code", Severity.ERROR, SOURCE.place("h(b)"), "message", related)
    gone = Diagnostic("code", Severity.ERROR, SOURCE.place("g(a)"), "message")
    (moved,) = moves("b = g(a)\n", "").diagnostics((diagnostic, gone))
    assert moved.span.line == 1
    assert [item.message for item in moved.related] == ["made here"]


def test_the_user_chooses_severities() -> None:
    items = [Diagnostic(code, Severity.ERROR, OTHER, "m") for code in ("one", "two", "three")]
    chosen = with_severities(items, {"one": Severity.HINT, "two": None})
    assert [(item.code, item.severity) for item in chosen] == [("one", Severity.HINT), ("three", Severity.ERROR)]
