"""A document was closed."""

from __future__ import annotations

from lsprotocol import types

from shapelens.lsp.session import Session

METHOD = types.TEXT_DOCUMENT_DID_CLOSE


async def handle(session: Session, params: types.DidCloseTextDocumentParams) -> None:
    """Stop its evaluation and take back what is shown of it."""
    session.scheduler.cancel(params.text_document.uri)
    source = session.documents.close(params.text_document.uri)
    if source is None:
        return
    session.publisher.update(source)
    session.refresh.all()
    # Its text is the disk's again.
    for importer in session.evaluations.importers(source):
        session.scheduler.schedule(importer.uri)
