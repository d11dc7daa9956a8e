"""A document was edited."""

from __future__ import annotations

import logging

from lsprotocol import types

from shapelens.lsp.documents import Document
from shapelens.lsp.positions import from_position
from shapelens.lsp.session import Session
from shapelens.source.span_edits import Edit

METHOD = types.TEXT_DOCUMENT_DID_CHANGE

logger = logging.getLogger(__name__)


async def handle(session: Session, params: types.DidChangeTextDocumentParams) -> None:
    """Move what is shown with the edits, and evaluate once the user pauses."""
    document = session.documents.get(params.text_document.uri)
    if document is None:
        return
    for change in params.content_changes:
        edits = _apply(session, document, params.text_document.version, change)
        session.documents.edited(document.path, edits)
    session.evaluate_with_importers(document, session.settings_of(document).debounce_ms / 1000)


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
