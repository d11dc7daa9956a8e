"""Turns a replaced piece of text into the smallest edits, so that spans outside of the real change keep their place."""

from __future__ import annotations

from difflib import SequenceMatcher

from shapelens.source.lines import Lines
from shapelens.source.span_edits import Edit

_MOST_LINES = 600
"""Line matching is quadratic in the worst case; a larger rewrite counts as one edit between its common ends."""


def replace(before: Lines, start: int, end: int, text: str) -> tuple[Lines, tuple[Edit, ...]]:
    """Return the text with ``[start, end)`` (indices into it) replaced, and the edits that led there, in order.

    Editors that send whole documents, and formatters, replace far more than they change: what is equal at both ends
    and every equal line between is left out of the edits.
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


def _changed(whole: str, start: int, end: int, text: str) -> list[tuple[int, int, str]]:
    """Return the pieces of ``whole`` that differ, each with its new text."""
    piece = _trimmed(whole, start, end, text)
    if piece is None:
        return []
    first, last, middle = piece
    old_lines = whole[first:last].splitlines(keepends=True)
    new_lines = middle.splitlines(keepends=True)
    if not 1 < len(old_lines) <= _MOST_LINES or len(new_lines) > _MOST_LINES:
        return [piece]
    starts = [first]
    for line in old_lines:
        starts.append(starts[-1] + len(line))
    pieces = []
    matcher = SequenceMatcher(None, old_lines, new_lines, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if tag != "equal":
            part = _trimmed(whole, starts[old_from], starts[old_to], "".join(new_lines[new_from:new_to]))
            if part is not None:
                pieces.append(part)
    return pieces


def _trimmed(whole: str, start: int, end: int, text: str) -> tuple[int, int, str] | None:
    """Return the replacement without the ends that stay equal, or None where nothing changes."""
    old = whole[start:end]
    if old == text:
        return None
    head = _common(old, text)
    tail = _common(old[head:][::-1], text[head:][::-1])
    # Neither end may part a "\r\n": the positions on both sides would count different lines.
    while head and old[head - 1] == "\r":
        head -= 1
    while tail and old[len(old) - tail] == "\n":
        tail -= 1
    return start + head, end - tail, text[head : len(text) - tail]


def _common(one: str, other: str) -> int:
    """Return how many characters both begin with."""
    limit = min(len(one), len(other))
    low, high = 0, limit
    # Comparing slices runs in C: a search over their length beats a loop over characters of a large file.
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
