"""A notebook was closed."""

from __future__ import annotations

from lsprotocol import types

from shapelens.lsp.session import Session

METHOD = types.NOTEBOOK_DOCUMENT_DID_CLOSE


async def handle(session: Session, params: types.DidCloseNotebookDocumentParams) -> None:
    """Stop its evaluation and take back what is shown of its cells."""
    session.scheduler.cancel(params.notebook_document.uri)
    source = session.documents.close(params.notebook_document.uri)
    if source is not None:
        session.publisher.update(source)
        session.refresh.all()
