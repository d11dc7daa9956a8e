"""A notebook was saved."""

from __future__ import annotations

from lsprotocol import types

from shapelens.lsp.notifications.did_save import evaluate_again
from shapelens.lsp.session import Session

METHOD = types.NOTEBOOK_DOCUMENT_DID_SAVE


async def handle(session: Session, params: types.DidSaveNotebookDocumentParams) -> None:
    """Evaluate it again, as a file."""
    source = session.documents.source(params.notebook_document.uri)
    if source is not None:
        evaluate_again(session, source)
