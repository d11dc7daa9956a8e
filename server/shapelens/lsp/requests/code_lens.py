"""A line above each model, and above code that its file does not call."""

from __future__ import annotations

from lsprotocol import types

from shapelens.features.code_lenses import CodeLens, LensAction, code_lenses
from shapelens.lsp.positions import to_range
from shapelens.lsp.requests.execute_command import CHOOSE_CALL, GIVE_EXAMPLE_INPUTS, SHOW_SUMMARY
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
            command=_command(lens, document.uri),
        )
        for lens in code_lenses(
            document.shown.analysis, document.path, document.source.choices, session.capabilities.applies_edits
        )
    ]


def _command(lens: CodeLens, uri: str) -> types.Command:
    if lens.action is LensAction.CHOOSE_CALL:
        return types.Command(lens.title, CHOOSE_CALL, arguments=[uri, lens.name])
    if lens.action is LensAction.GIVE_EXAMPLE:
        return types.Command(lens.title, GIVE_EXAMPLE_INPUTS, arguments=[uri, lens.name])
    return types.Command(lens.title, SHOW_SUMMARY, arguments=[uri])
