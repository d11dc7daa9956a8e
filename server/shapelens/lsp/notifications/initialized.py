"""The client is ready to be asked."""

from __future__ import annotations

from lsprotocol import types

from shapelens.lsp.notifications import did_change_watched_files
from shapelens.lsp.session import Session
from shapelens.settings.model import SECTION

METHOD = types.INITIALIZED


async def handle(session: Session, params: types.InitializedParams) -> None:
    """Ask for settings, now and whenever they change."""
    session.complaints.release()
    if session.capabilities.registers_configuration_changes:
        await session.client.register(
            types.WORKSPACE_DID_CHANGE_CONFIGURATION,
            types.DidChangeConfigurationRegistrationOptions(section=SECTION),
        )
    if session.capabilities.registers_watched_files:
        await session.client.register(did_change_watched_files.METHOD, did_change_watched_files.OPTIONS)
    await session.configure()
