"""A document was saved."""

from __future__ import annotations

from lsprotocol import types

from shapelens.lsp.session import Session

METHOD = types.TEXT_DOCUMENT_DID_SAVE

OPTIONS = types.SaveOptions(include_text=False)


async def handle(session: Session, params: types.DidSaveTextDocumentParams) -> None:
    """Evaluate it again: files that it reads, or the environment, may have changed along with it."""
    document = session.documents.get(params.text_document.uri)
    if document is None:
        return
    # Tried again, but not told again unless the problem is another one.
    session.roots.of(document.path).problem = None
    session.evaluate_with_importers(document)
