"""The client is about to leave."""

from __future__ import annotations

from lsprotocol import types

from shapelens.lsp.session import Session

METHOD = types.SHUTDOWN


async def handle(session: Session, params: None) -> None:
    """Stop every evaluation and every host."""
    await session.close()
