"""The configuration of a project changed on the disk."""

from __future__ import annotations

from lsprotocol import types

from shapelens.lsp.session import Session
from shapelens.source.pyproject import NAME

METHOD = types.WORKSPACE_DID_CHANGE_WATCHED_FILES

OPTIONS = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(f"**/{NAME}")])
"""What the client is asked to watch."""


async def handle(session: Session, params: types.DidChangeWatchedFilesParams) -> None:
    """Evaluate everything that is open with what the projects say now."""
    session.evaluate_all()
