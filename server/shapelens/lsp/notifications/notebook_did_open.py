"""A notebook was opened."""

from __future__ import annotations

from lsprotocol import types

from shapelens.lsp.notebooks import open_notebook
from shapelens.lsp.session import Session

METHOD = types.NOTEBOOK_DOCUMENT_DID_OPEN


async def handle(session: Session, params: types.DidOpenNotebookDocumentParams) -> None:
    """Evaluate it at once."""
    source = open_notebook(params)
    if source is not None:
        session.documents.add(source)
        session.evaluate_with_importers(source)
