"""A document was edited."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from shapelens.lsp.documents import Document
from shapelens.lsp.positions import from_position
from shapelens.lsp.session import Session
from shapelens.source.span_edits import Edit

METHOD = types.TEXT_DOCUMENT_DID_CHANGE


async def handle(session: Session, params: types.DidChangeTextDocumentParams) -> None:
    """Move what is shown with the edits, and evaluate once the user pauses."""
    document = session.documents.get(params.text_document.uri)
    if document is None:
        return
    edit(session, document, params.text_document.version, params.content_changes)
    session.evaluate_with_importers(document.source, session.settings_of(document).debounce_ms / 1000)


def edit(
    session: Session, document: Document, version: int, changes: Sequence[types.TextDocumentContentChangeEvent]
) -> None:
    """Change the text of a file or cell, and move what is shown."""
    for change in changes:
        session.documents.edited(document.path, _apply(session, document, version, change))


def _apply(
    session: Session, document: Document, version: int, change: types.TextDocumentContentChangeEvent
) -> tuple[Edit, ...]:
    lines = document.lines
    if isinstance(change, types.TextDocumentContentChangeWholeDocument):
        return document.replace(version, 0, len(lines.text), change.text)
    start = from_position(lines, session.capabilities.unit, change.range.start)
    end = from_position(lines, session.capabilities.unit, change.range.end)
    first, last = lines.offset(*start), lines.offset(*end)
    return document.replace(version, min(first, last), max(first, last), change.text)
