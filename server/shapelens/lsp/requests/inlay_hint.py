"""The shapes behind layers and assignments of a part of a document."""

from __future__ import annotations

from lsprotocol import types

from shapelens.features.calls import with_choices
from shapelens.features.inlay_hints import inlay_hints
from shapelens.lsp.positions import from_position, to_position
from shapelens.lsp.session import Session

METHOD = types.TEXT_DOCUMENT_INLAY_HINT


async def handle(session: Session, params: types.InlayHintParams) -> list[types.InlayHint]:
    """Return the hints within the range."""
    document = session.documents.get(params.text_document.uri)
    if document is None or document.shown is None or not session.settings_of(document).inlay_hints:
        return []
    lines, unit = document.lines, session.capabilities.unit
    start = from_position(lines, unit, params.range.start)
    end = from_position(lines, unit, params.range.end)
    analysis = with_choices(document.shown.analysis, document.source.choices)
    return [
        types.InlayHint(
            position=to_position(lines, unit, *hint.position),
            label=hint.label,
            kind=types.InlayHintKind.Type,
            tooltip=types.MarkupContent(types.MarkupKind.Markdown, hint.tooltip.markdown()),
            padding_left=True,
        )
        for hint in inlay_hints(analysis, document.path, start[0], end[0])
        if start <= hint.position <= end
    ]
