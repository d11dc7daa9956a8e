"""What is known of the value under the mouse."""

from __future__ import annotations

from lsprotocol import types

from shapelens.features.hover import hover
from shapelens.lsp.positions import from_position, to_range
from shapelens.lsp.session import Session

METHOD = types.TEXT_DOCUMENT_HOVER


async def handle(session: Session, params: types.HoverParams) -> types.Hover | None:
    """Return the card of the smallest place around the position."""
    document = session.documents.get(params.text_document.uri)
    if document is None or document.shown is None:
        return None
    unit = session.capabilities.unit
    position = from_position(document.lines, unit, params.position)
    found = hover(document.shown.analysis, document.path, position, document.source.choices)
    if found is None:
        return None
    if session.capabilities.hover_markdown:
        contents = types.MarkupContent(types.MarkupKind.Markdown, found.card.markdown())
    else:
        contents = types.MarkupContent(types.MarkupKind.PlainText, found.card.plain())
    return types.Hover(contents, to_range(document.lines, unit, found.span))
