"""Folders were added to the workspace or removed from it."""

from __future__ import annotations

from lsprotocol import types

from shapelens.lsp.session import Session

METHOD = types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS


async def handle(session: Session, params: types.DidChangeWorkspaceFoldersParams) -> None:
    """Give each new folder its settings, and evaluate in the roots as they are now."""
    for folder in params.event.removed:
        session.roots.remove(folder.uri)
    for folder in params.event.added:
        session.roots.add(folder.uri)
    await session.configure()
