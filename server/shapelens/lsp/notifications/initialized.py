"""The client is ready to be asked."""

from __future__ import annotations

from lsprotocol import types

from shapelens.lsp.session import Session
from shapelens.lsp.settings import SECTION

METHOD = types.INITIALIZED


async def handle(session: Session, params: types.InitializedParams) -> None:
    """Ask for settings, now and whenever they change."""
    session.tell_complaints()
    if session.capabilities.registers_configuration_changes:
        await session.client.register(
            types.WORKSPACE_DID_CHANGE_CONFIGURATION,
            types.DidChangeConfigurationRegistrationOptions(section=SECTION),
        )
    await session.configure()
