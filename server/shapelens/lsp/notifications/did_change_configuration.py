"""The settings changed."""

from __future__ import annotations

from lsprotocol import types

from shapelens.lsp.session import Session
from shapelens.settings.model import SECTION

METHOD = types.WORKSPACE_DID_CHANGE_CONFIGURATION


async def handle(session: Session, params: types.DidChangeConfigurationParams) -> None:
    """Put them in force and evaluate with them.

    Some clients send the settings along, some only say that they changed and are asked. What they send replaces what
    ``initialize`` brought.
    """
    if isinstance(params.settings, dict) and isinstance(params.settings.get(SECTION), dict):
        session.roots.push(session.take_options(params.settings))
    for root in session.roots:
        session.roots.forgive(root)
    await session.configure()
