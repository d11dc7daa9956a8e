"""What can be done about the diagnostics of a part of a document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from lsprotocol import types

from shapelens.diagnostics.model import Diagnostic
from shapelens.features.code_actions import ActionKind, CodeAction, Fixable, fix_all, quick_fixes
from shapelens.features.fixes import LocatedEdit
from shapelens.lsp.documents import Document, Source
from shapelens.lsp.positions import from_position, to_range
from shapelens.lsp.publish import diagnostic_id
from shapelens.lsp.repairable import what
from shapelens.lsp.session import Session

METHOD = types.TEXT_DOCUMENT_CODE_ACTION

FIX_ALL = "source.fixAll.shapelens"

OPTIONS = types.CodeActionOptions(
    code_action_kinds=[types.CodeActionKind.QuickFix, FIX_ALL],
    # pygls does not find out by itself that there is a handler.
    resolve_provider=True,
)

_KINDS = {ActionKind.QUICK_FIX: types.CodeActionKind.QuickFix.value, ActionKind.FIX_ALL: FIX_ALL}

_PATIENCE = 2.0
"""Seconds that fixes are waited for; what is known then is offered."""

Chosen = Callable[[Diagnostic], bool]


async def handle(session: Session, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Return the fixes of the diagnostics of the range, all preferred ones of the document, and how to ignore them."""
    document = session.documents.get(params.text_document.uri)
    if document is None or not session.capabilities.takes_code_actions:
        return []
    fixes, everything = _asks(params.context.only, ActionKind.QUICK_FIX), _asks(params.context.only, ActionKind.FIX_ALL)
    chosen = _chooses(session, document, params)

    def wanted(item: Diagnostic) -> bool:
        # All of them only for a client that names the kind: it is asked about a range at each move of the cursor.
        return item.location.path == document.path and ((everything and bool(params.context.only)) or chosen(item))

    version = document.version
    await session.fixes.search(document.source, wanted, _PATIENCE)
    if document.version != version or session.documents.get(document.uri) is not document:
        return []  # the client asks again about its new text
    actions = [*offered(session, document, chosen if fixes else None, everything)]
    if not params.context.only and (len(actions) < 2 or len(actions[-1].diagnostics) < 2):
        # Not asked for by its kind, it stands behind other actions and does more than these.
        actions = [action for action in actions if action.kind is not ActionKind.FIX_ALL]
    return [_converted(session, document, action, params.context.diagnostics) for action in actions]


def offered(session: Session, document: Document, chosen: Chosen | None, everything: bool) -> Iterator[CodeAction]:
    """Yield the actions for the diagnostics of a document that are chosen, and the one for all of them."""
    items = list(_fixable(session, document))
    if chosen is not None:
        yield from quick_fixes([item for item in items if chosen(item.diagnostic)], document.lines)
    action = fix_all(items, document.path) if everything else None
    if action is not None:
        yield action


def workspace_edit(session: Session, edits: Iterable[LocatedEdit]) -> types.WorkspaceEdit | None:
    """Return edits of open texts in the client's terms, or None where one of these is gone."""
    changes: dict[str, list[types.TextEdit]] = {}
    versions: dict[str, int] = {}
    for edit in edits:
        document = session.documents.at_path(edit.location.path)
        if document is None:
            return None
        place = to_range(document.lines, session.capabilities.unit, edit.location.span)
        text = edit.text.replace("\n", "\r\n") if "\r\n" in document.lines.text else edit.text
        changes.setdefault(document.uri, []).append(types.TextEdit(place, text))
        versions[document.uri] = document.version
    if not session.capabilities.versioned_edits:
        return types.WorkspaceEdit(changes=changes)
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(uri, versions[uri]), of_text)
            for uri, of_text in changes.items()
        ]
    )


def identity(document: Document, action: CodeAction) -> dict[str, Any]:
    """Return what an action is recognised by when the client has it resolved."""
    place = action.edits[0].location.span
    return {
        "uri": document.uri,
        "version": document.version,
        "kind": _KINDS[action.kind],
        "title": action.title,
        "diagnostics": [diagnostic_id(item) for item in action.diagnostics],
        "place": [place.line, place.column],
    }


def _asks(only: Sequence[str] | None, kind: ActionKind) -> bool:
    """Tell whether a client wants actions of a kind: a kind stands for those below it."""
    kinds = [item.value if isinstance(item, types.CodeActionKind) else item for item in only or ()]
    return not kinds or any(not item or f"{_KINDS[kind]}.".startswith(f"{item}.") for item in kinds)


def _chooses(session: Session, document: Document, params: types.CodeActionParams) -> Chosen:
    """Return which diagnostics a client asks about: those that its range meets, and those that it names."""
    unit = session.capabilities.unit
    start = from_position(document.lines, unit, params.range.start)
    end = from_position(document.lines, unit, params.range.end)
    named = {_key(item) for item in params.context.diagnostics if item.source == "shapelens"}
    ids = {item.data.get("id") for item in params.context.diagnostics if isinstance(item.data, dict)}

    def chosen(item: Diagnostic) -> bool:
        span = item.span
        if (span.line, span.column) <= end and start <= (span.end_line, span.end_column):
            return True
        return diagnostic_id(item) in ids or (item.code, _range_key(to_range(document.lines, unit, span))) in named

    return chosen


def _fixable(session: Session, document: Document) -> Iterator[Fixable]:
    """Yield the diagnostics that are shown in a document, with the fixes that are known of them."""
    known = session.fixes.of(document.source)
    for source, item in session.publisher.told():
        if item.location.path == document.path:
            found = known.get(what(item)) if source is document.source else None
            yield Fixable(item, found.fixes if found else ())


def _converted(
    session: Session, document: Document, action: CodeAction, named: Sequence[types.Diagnostic]
) -> types.CodeAction:
    lazily = session.capabilities.resolves_edits
    return types.CodeAction(
        action.title,
        _KINDS[action.kind],
        diagnostics=[_own(session, document.source, item, named) for item in action.diagnostics],
        is_preferred=True if action.preferred and session.capabilities.prefers_code_actions else None,
        edit=None if lazily else workspace_edit(session, action.edits),
        data=identity(document, action) if lazily else None,
    )


def _own(session: Session, source: Source, item: Diagnostic, named: Sequence[types.Diagnostic]) -> types.Diagnostic:
    """Return a diagnostic as the client knows it, which compares it with its own."""
    converted = session.publisher.converted(source, item)
    same = (other for other in named if other.source == "shapelens" and _key(other) == _key(converted))
    return next(same, converted)


def _key(item: types.Diagnostic) -> tuple[object, object]:
    return item.code, _range_key(item.range)


def _range_key(place: types.Range) -> tuple[int, int, int, int]:
    return place.start.line, place.start.character, place.end.line, place.end.character
