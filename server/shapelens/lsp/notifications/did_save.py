"""A document was saved."""

from __future__ import annotations

from lsprotocol import types

from shapelens.lsp.documents import Source
from shapelens.lsp.session import Session

METHOD = types.TEXT_DOCUMENT_DID_SAVE

OPTIONS = types.SaveOptions(include_text=False)


async def handle(session: Session, params: types.DidSaveTextDocumentParams) -> None:
    """Evaluate it again: files that it reads, or the environment, may have changed along with it."""
    source = session.documents.source(params.text_document.uri)
    if source is not None:
        evaluate_again(session, source)


def evaluate_again(session: Session, source: Source) -> None:
    """Evaluate what was saved, even where its environment had a problem."""
    # Tried again, but not told again unless the problem is another one.
    session.roots.of(source.path).problem = None
    session.evaluate_with_importers(source)
