"""Spans move with edits: typed text before, inside, behind, over an end, over all."""

from __future__ import annotations

import random

import pytest

from shapelens.source.lines import Lines
from shapelens.source.span_edits import Edit, move_span, move_untouched
from shapelens.source.text_edits import replace
from shapelens.worker.contract import Span
from support.made import Source

TEXT = "x = Input(3)\ny = Dense(10)(x)\nz = y\n"


def moved(piece: str, old: str, new: str, text: str = TEXT) -> str | None:
    """Return the text under the piece's span after one replacement in the text."""
    start = text.index(old)
    after, edits = replace(Lines(text), start, start + len(old), new)
    assert after.text == text[:start] + new + text[start + len(old) :]
    span = move_span(Source(text).span(piece), edits)
    return None if span is None else after.slice(span)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("x = Input(3)\n", "x = Input(3)\n\n\n", "Dense(10)(x)"),
        ("x = Input(3)\n", "", "Dense(10)(x)"),
        ("y = ", "wide_name = ", "Dense(10)(x)"),
        ("y = Dense", "y = (Dense", "Dense(10)(x)"),
        ("\nz = y", "\n\n\nz = yy", "Dense(10)(x)"),
        ("(x)\n", "(x).shape\n", "Dense(10)(x)"),
        ("10", "1000", "Dense(1000)(x)"),
        ("10", "", "Dense()(x)"),
        ("10", "\n    10,\n", "Dense(\n    10,\n)(x)"),
        ("= Dense(", "+ Conv(", "(10)(x)"),
        (")(x)\nz", ")(z)\nw", "Dense(10)(z)"),
        ("y = Dense(10)(x)\n", "", None),
        ("Dense(10)(x)", "pool", None),
        (TEXT, "", None),
    ],
)
def test_a_span_follows_its_expression(old: str, new: str, expected: str | None) -> None:
    assert moved("Dense(10)(x)", old, new) == expected


def test_a_whole_document_replaced_keeps_every_line_that_stayed() -> None:
    new = "import keras\nx = Input(4)\n\nalpha = Dense(10)(x)\nz = y + 1\n"
    after, edits = replace(Lines(TEXT), 0, len(TEXT), new)
    assert after.text == new
    kept = [move_span(Source(TEXT).span(piece), edits) for piece in ("Dense(10)(x)", "Input(3)")]
    assert [span and after.slice(span) for span in kept] == ["Dense(10)(x)", "Input(4)"]


def test_a_carriage_return_is_never_parted_from_its_line_feed() -> None:
    for old, new in (("a\r\nb", "a\rb"), ("a\rb", "a\r\nb"), ("a\nb", "a\r\nb"), ("a\r\n\r\nb", "a\r\nb")):
        text = f"{old}\nlast = 1"
        after, edits = replace(Lines(text), 0, len(text), f"{new}\nlast = 1")
        span = move_span(Source(text).span("last"), edits)
        assert span is not None and after.slice(span) == "last"


def test_nothing_changed_is_no_edit() -> None:
    lines = Lines(TEXT)
    assert replace(lines, 0, len(TEXT), TEXT) == (lines, ())


def test_an_empty_span_stays_between_its_neighbours() -> None:
    after, edits = replace(Lines("ab"), 0, 0, "xx")
    assert move_span(Span(0, 0, 0, 0), edits) == Span(0, 2, 0, 2)
    assert move_span(Span(0, 1, 0, 1), edits) == Span(0, 3, 0, 3)
    assert after.text == "xxab"


@pytest.mark.parametrize("seed", range(40))
def test_random_edits_keep_every_untouched_marker(seed: int) -> None:
    """A marker that no edit came near is found at its moved span, whatever else happened."""
    chance = random.Random(seed)
    lines = Lines("".join(f"<{number}>{chance.choice(['', ' = 1', 'é🚀'])}\n" for number in range(30)))
    spans = {f"<{number}>": Source(lines.text).span(f"<{number}>") for number in range(30)}
    alive = dict.fromkeys(spans, True)
    all_edits: list[object] = []
    for _ in range(12):
        start = chance.randrange(len(lines.text) + 1)
        end = min(len(lines.text), start + chance.choice([0, 0, 1, 7, 40]))
        new = chance.choice(["", "\n", "\r\n", "new", "two\nlines\n"])
        for marker in spans:
            place = lines.text.find(marker)
            if place >= 0 and start < place + len(marker) and end > place:
                alive[marker] = False
        lines, edits = replace(lines, start, end, new)
        all_edits += edits
    for marker, span in spans.items():
        if alive[marker] and marker in lines.text:
            after = move_span(span, all_edits)  # type: ignore[arg-type]
            assert after is not None and lines.slice(after) == marker


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (Edit((0, 0), (0, 3), (0, 1)), Span(3, 4, 4, 2)),  # above
        (Edit((1, 0), (3, 0), (1, 0)), Span(1, 4, 2, 2)),  # whole lines above are deleted
        (Edit((3, 0), (3, 0), (5, 0)), Span(5, 4, 6, 2)),  # and put in
        (Edit((5, 0), (5, 0), (9, 9)), Span(3, 4, 4, 2)),  # below
        (Edit((3, 0), (3, 0), (3, 2)), None),
        (Edit((2, 9), (3, 0), (2, 9)), None),  # joined with the line above
        (Edit((4, 40), (4, 40), (4, 41)), None),  # behind it, on its line
        (Edit((0, 0), (9, 0), (0, 0)), None),
    ],
)
def test_an_untouched_span_lies_on_lines_that_nothing_changed(edit: Edit, expected: Span | None) -> None:
    assert move_untouched(Span(3, 4, 4, 2), [edit]) == expected
