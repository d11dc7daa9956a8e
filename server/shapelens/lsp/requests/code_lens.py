"""A line above each model."""

from __future__ import annotations

from lsprotocol import types

from shapelens.features.code_lenses import code_lenses
from shapelens.lsp.positions import to_range
from shapelens.lsp.requests.execute_command import SHOW_SUMMARY
from shapelens.lsp.session import Session

METHOD = types.TEXT_DOCUMENT_CODE_LENS


async def handle(session: Session, params: types.CodeLensParams) -> list[types.CodeLens]:
    """Return the lenses of a document.

    A client that does not know the command sends it back to the server, which answers with text: harmless.
    """
    document = session.documents.get(params.text_document.uri)
    if document is None or document.shown is None or not session.settings_of(document).code_lens:
        return []
    return [
        types.CodeLens(
            range=to_range(document.lines, session.capabilities.unit, lens.span),
            command=types.Command(title=lens.title, command=SHOW_SUMMARY, arguments=[document.uri]),
        )
        for lens in code_lenses(document.shown.analysis, document.path)
    ]
