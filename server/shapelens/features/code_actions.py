"""What can be done about diagnostics: their fixes, all fixes at once, and comments that turn them off."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace

from shapelens.diagnostics.model import Diagnostic
from shapelens.features.fixes import FoundFix, LocatedEdit
from shapelens.features.quick_fixes import together
from shapelens.source.ignoring import ignoring
from shapelens.source.lines import Lines
from shapelens.worker.contract import Location


class ActionKind(enum.Enum):
    """What kind of action a client asks for."""

    QUICK_FIX = enum.auto()
    FIX_ALL = enum.auto()


@dataclass(frozen=True)
class CodeAction:
    """Something that the user may choose."""

    kind: ActionKind
    title: str
    edits: tuple[LocatedEdit, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    preferred: bool = False


@dataclass(frozen=True)
class Fixable:
    """A diagnostic with its fixes, in order of preference."""

    diagnostic: Diagnostic
    fixes: tuple[FoundFix, ...] = ()


def quick_fixes(items: Sequence[Fixable], lines: Lines) -> tuple[CodeAction, ...]:
    """Return the fixes of diagnostics in one text, and behind all of them how to ignore these.

    A fix that mends several of them is one action.
    """
    actions: dict[tuple[str, tuple[LocatedEdit, ...]], CodeAction] = {}
    for item in items:
        for fix in item.fixes:
            known = actions.get((fix.title, fix.edits))
            before = known.diagnostics if known else ()
            actions[fix.title, fix.edits] = CodeAction(
                ActionKind.QUICK_FIX,
                fix.title,
                fix.edits,
                (*before, item.diagnostic),
                (fix.preferred and fix.verified) or (known is not None and known.preferred),
            )
    for item in items:
        ignore = _ignore(item.diagnostic, lines)
        if ignore is not None:
            known = actions.get((ignore.title, ignore.edits))
            before = known.diagnostics if known else ()
            actions[ignore.title, ignore.edits] = replace(ignore, diagnostics=(*before, item.diagnostic))
    return tuple(actions.values())


def fix_all(items: Sequence[Fixable], path: str) -> CodeAction | None:
    """Return all preferred fixes that change nothing but one text, or None where there is none."""
    preferred = {
        item.diagnostic: fix
        for item in items
        if (fix := next((fix for fix in item.fixes if fix.preferred and fix.verified), None)) is not None
        and all(edit.location.path == path for edit in fix.edits)
    }
    chosen = together(preferred.values())
    if not chosen.fixes:
        return None
    mended = tuple(item for item, fix in preferred.items() if set(fix.edits) <= set(chosen.edits))
    return CodeAction(ActionKind.FIX_ALL, "Apply all preferred fixes of ShapeLens", chosen.edits, mended)


def _ignore(item: Diagnostic, lines: Lines) -> CodeAction | None:
    edit = ignoring(lines, item.code, item.span)
    if edit is None:
        return None
    edits = (LocatedEdit(Location(item.location.path, edit[0]), edit[1]),)
    return CodeAction(ActionKind.QUICK_FIX, f"Ignore {item.code} on this line", edits)
