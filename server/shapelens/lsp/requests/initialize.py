"""The first request: what the client can do, which folders it has open, and its settings."""

from __future__ import annotations

from collections.abc import Callable

from lsprotocol import types
from pygls.uris import from_fs_path

from shapelens.evaluation.evaluator import Evaluator
from shapelens.lsp.capabilities import resolve
from shapelens.lsp.client import Client
from shapelens.lsp.fixes import FindsFixes
from shapelens.lsp.session import Session
from shapelens.settings.reading import parse

METHOD = types.INITIALIZE


async def handle(
    client: Client,
    evaluator: Evaluator,
    repairer: FindsFixes,
    begin: Callable[[Session], None],
    params: types.InitializeParams,
) -> None:
    """Begin the session."""
    options, complaints = parse(params.initialization_options)
    session = Session(client, resolve(params.capabilities), evaluator, repairer, options, _folders(params))
    client.set_trace(options.trace or (params.trace.value if params.trace else "off"))
    begin(session)
    session.complaints.hold(complaints)


def _folders(params: types.InitializeParams) -> tuple[types.WorkspaceFolder, ...]:
    if params.workspace_folders:
        return tuple(params.workspace_folders)
    root = params.root_uri or (from_fs_path(params.root_path) if params.root_path else None)
    return (types.WorkspaceFolder(root, root),) if root else ()
