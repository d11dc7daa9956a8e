"""A document was opened."""

from __future__ import annotations

from lsprotocol import types

from shapelens.lsp.session import Session

METHOD = types.TEXT_DOCUMENT_DID_OPEN


async def handle(session: Session, params: types.DidOpenTextDocumentParams) -> None:
    """Evaluate it at once."""
    item = params.text_document
    source = session.documents.open(item.uri, item.language_id, item.version, item.text)
    if source is not None:
        session.evaluate_with_importers(source)
