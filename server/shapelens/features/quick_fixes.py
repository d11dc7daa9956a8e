"""Fixes while the text goes on changing, and several of them at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from shapelens.features.fixes import FoundFix, LocatedEdit
from shapelens.features.moving import Moves
from shapelens.source.span_edits import move_untouched
from shapelens.worker.contract import Location


@dataclass(frozen=True)
class Together:
    """Fixes that can be applied at once, and all of their edits."""

    fixes: tuple[FoundFix, ...]
    edits: tuple[LocatedEdit, ...]


def moved(fix: FoundFix, moves: Moves) -> FoundFix | None:
    """Return a fix in the texts after edits, or None where one of these changed a line that the fix changes."""
    edits = []
    for edit in fix.edits:
        path = edit.location.path
        span = move_untouched(edit.location.span, moves.edits.get(path, ()))
        if span is None:
            return None
        edits.append(LocatedEdit(Location(path, span), edit.text))
    return replace(fix, edits=tuple(edits))


def together(fixes: Iterable[FoundFix]) -> Together:
    """Return the fixes that can be applied at once: of two that meet at a place, the first.

    An edit that several have in common, such as an import, is made once.
    """
    taken: list[FoundFix] = []
    edits: list[LocatedEdit] = []
    for fix in fixes:
        new = [edit for edit in fix.edits if edit not in edits]
        if new and not any(_meet(edit.location, other.location) for edit in new for other in edits):
            taken.append(fix)
            edits += new
    return Together(tuple(taken), tuple(edits))


def _meet(one: Location, other: Location) -> bool:
    """Tell whether two pieces overlap, or touch so that the order of insertions would count."""
    if one.path != other.path:
        return False
    first, second = sorted((one.span, other.span))
    end, start = (first.end_line, first.end_column), (second.line, second.column)
    is_insertion = (first.line, first.column) == end or start == (second.end_line, second.end_column)
    return start < end or (start == end and is_insertion)
