"""What fixes change, as lines of a difference."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from shapelens.cli.edits import edited
from shapelens.features.fixes import FoundFix
from shapelens.source.lines import Lines

MOST_LINES = 12
"""Lines of one fix below its diagnostic; more than that is read better where it is applied."""


@dataclass(frozen=True)
class ChangedLine:
    """A line that goes or comes."""

    sign: str
    """``-``, ``+``, or empty where lines between two changes are left out."""
    text: str = ""


def changed_lines(
    fix: FoundFix, texts: Mapping[str, str], most: int = MOST_LINES
) -> dict[str, tuple[ChangedLine, ...]]:
    """Return the lines that a fix changes, by the path of the file or cell, those of one without their common margin.

    ``texts`` are those of the files or cells. No more than ``most`` lines are returned for each.
    """
    found: dict[str, tuple[ChangedLine, ...]] = {}
    for path in dict.fromkeys(edit.location.path for edit in fix.edits):
        before = texts.get(path)
        if before is not None:
            after = edited(before, [edit for edit in fix.edits if edit.location.path == path])
            found[path] = _without_margin(list(_difference(before, after))[:most])
    return found


def unified(before: str, after: str, name: str) -> Iterator[str]:
    """Yield the lines of a unified difference without their ends; nothing where the texts are equal."""
    # Split at the ends that Python knows and no others.
    for number, line in enumerate(difflib.unified_diff(_with_ends(before), _with_ends(after), name, name, lineterm="")):
        bare = line.rstrip("\r\n")
        yield bare
        if number > 1 and bare == line and not line.startswith("@"):
            yield "\\ No newline at end of file"


def _difference(before: str, after: str) -> Iterator[ChangedLine]:
    old, new = _lines(before), _lines(after)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    previous = 0
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        if previous and start > previous:
            yield ChangedLine("")
        yield from (ChangedLine("-", line) for line in old[start:end])
        yield from (ChangedLine("+", line) for line in new[new_start:new_end])
        previous = end


def _without_margin(lines: list[ChangedLine]) -> tuple[ChangedLine, ...]:
    written = [line.text for line in lines if line.sign and line.text.strip()]
    margin = min((len(text) - len(text.lstrip(" ")) for text in written), default=0)
    return tuple(ChangedLine(line.sign, line.text[margin:]) for line in lines)


def _lines(text: str) -> list[str]:
    lines = Lines(text)
    return [lines[number] for number in range(len(lines))]


def _with_ends(text: str) -> list[str]:
    lines = Lines(text)
    starts = [lines.offset(number, 0) for number in range(len(lines))]
    ends = [*starts[1:], len(text)]
    return [text[start:end] for start, end in zip(starts, ends, strict=True) if end > start]
