"""Turns a replaced piece of text into the smallest edits, so that spans outside of the real change keep their place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher

from shapelens.source.lines import Lines
from shapelens.source.span_edits import Edit

_MOST_LINES = 600
_MOST_WORDS = 400
"""Matching is quadratic in the worst case; a larger rewrite counts as one edit between its common ends."""

_WORDS = re.compile(r"\w+|[^\S\r\n]+|\r\n|\W")

Piece = tuple[int, int, str]
"""Start and end of what is replaced, as indices into the whole text, and the text in its place."""


def replace(before: Lines, start: int, end: int, text: str) -> tuple[Lines, tuple[Edit, ...]]:
    """Return the text with ``[start, end)`` (indices into it) replaced, and the edits that led there, in order.

    Editors that send whole documents, and formatters, replace far more than they change: what is equal is left out
    of the edits. An edit within one line is taken as it was made, but for its equal ends.
    """
    edits: list[Edit] = []
    shown = before
    for first, last, piece in reversed(_changed(before.text, start, end, text)):
        # From the last to the first: the indices of those still to come stay true.
        changed = Lines(shown.text[:first] + piece + shown.text[last:])
        edits.append(
            Edit(
                start=shown.position(first),
                old_end=shown.position(last),
                new_end=changed.position(first + len(piece)),
            )
        )
        shown = changed
    return shown, tuple(edits)


def _changed(whole: str, start: int, end: int, text: str) -> list[Piece]:
    """Return the pieces of the whole text that differ, in order."""
    piece = _trimmed(whole, start, end, text)
    if piece is None:
        return []
    if "\n" not in whole[start:end] and "\r" not in whole[start:end]:
        return [piece]
    return [
        part
        for rough in _matched(whole, piece, lambda some: some.splitlines(keepends=True), _MOST_LINES)
        for part in _matched(whole, rough, _WORDS.findall, _MOST_WORDS)
    ]


def _matched(whole: str, piece: Piece, split: Callable[[str], list[str]], most: int) -> Iterator[Piece]:
    """Yield the parts of a piece that stay when its equal units, such as lines or words, are taken out."""
    start, end, text = piece
    old, new = split(whole[start:end]), split(text)
    if not old or not new or len(old) > most or len(new) > most:
        yield piece
        return
    starts = [start]
    for unit in old:
        starts.append(starts[-1] + len(unit))
    old_done, new_done = 0, 0
    for old_from, new_from, size in SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        # A single bracket or blank is equal by accident.
        if size == 1 and len(old[old_from].strip()) < 2 and not old[old_from].isidentifier():
            continue
        part = _trimmed(whole, starts[old_done], starts[old_from], "".join(new[new_done:new_from]))
        if part is not None:
            yield part
        old_done, new_done = old_from + size, new_from + size


def _trimmed(whole: str, start: int, end: int, text: str) -> Piece | None:
    """Return the replacement without the ends that stay equal, or None where nothing changes."""
    old = whole[start:end]
    if old == text:
        return None
    head = _common(old, text)
    tail = _common(old[head:][::-1], text[head:][::-1])
    # Neither end may part a "\r\n": the positions on both sides would count different lines.
    if head and old[head - 1] == "\r":
        head -= 1
    if tail and old[len(old) - tail] == "\n" and "\r" in (old[: len(old) - tail][-1:], text[: len(text) - tail][-1:]):
        tail -= 1
    return start + head, end - tail, text[head : len(text) - tail]


def _common(one: str, other: str) -> int:
    """Return how many characters both begin with."""
    low, high = 0, min(len(one), len(other))
    # Comparing slices runs in C: a search over their length beats a loop over the characters of a large file.
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
