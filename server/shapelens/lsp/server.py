"""The language server: its construction and the messages that it takes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

import shapelens
from shapelens.evaluation.evaluator import Evaluator
from shapelens.lsp.client import Client
from shapelens.lsp.fixes import FindsFixes
from shapelens.lsp.notebooks import NOTEBOOK_SYNC
from shapelens.lsp.notifications import (
    did_change,
    did_change_configuration,
    did_change_watched_files,
    did_change_workspace_folders,
    did_close,
    did_open,
    did_save,
    initialized,
    notebook_did_change,
    notebook_did_close,
    notebook_did_open,
    notebook_did_save,
)
from shapelens.lsp.processes import wait_for_end
from shapelens.lsp.protocol import ShapeLensProtocol
from shapelens.lsp.requests import (
    code_action,
    code_action_resolve,
    code_lens,
    diagnostic,
    execute_command,
    hover,
    initialize,
    inlay_hint,
    model_graph,
    shutdown,
)
from shapelens.lsp.session import Session
from shapelens.repairs.repairer import Repairer

logger = logging.getLogger(__name__)

Handler = Callable[[Session, Any], Awaitable[Any]]

_HANDLERS: tuple[tuple[str, Handler, Any], ...] = (
    (initialized.METHOD, initialized.handle, None),
    (did_open.METHOD, did_open.handle, None),
    (did_change.METHOD, did_change.handle, None),
    (did_save.METHOD, did_save.handle, did_save.OPTIONS),
    (did_close.METHOD, did_close.handle, None),
    (notebook_did_open.METHOD, notebook_did_open.handle, None),
    (notebook_did_change.METHOD, notebook_did_change.handle, None),
    (notebook_did_save.METHOD, notebook_did_save.handle, None),
    (notebook_did_close.METHOD, notebook_did_close.handle, None),
    (did_change_configuration.METHOD, did_change_configuration.handle, None),
    (did_change_watched_files.METHOD, did_change_watched_files.handle, None),
    (did_change_workspace_folders.METHOD, did_change_workspace_folders.handle, None),
    (hover.METHOD, hover.handle, None),
    (inlay_hint.METHOD, inlay_hint.handle, None),
    (code_lens.METHOD, code_lens.handle, None),
    (code_action.METHOD, code_action.handle, code_action.OPTIONS),
    (code_action_resolve.METHOD, code_action_resolve.handle, None),
    (model_graph.METHOD, model_graph.handle, None),
    (shutdown.METHOD, shutdown.handle, None),
)


class ShapeLensServer(LanguageServer):
    """Serves one client; the evaluator is closed with it.

    Fixes come from a ``Repairer`` of the same evaluator where no other source is given.
    """

    def __init__(self, evaluator: Evaluator, repairer: FindsFixes | None = None) -> None:
        super().__init__(
            "shapelens",
            shapelens.__version__,
            protocol_cls=ShapeLensProtocol,
            notebook_document_sync=NOTEBOOK_SYNC,
        )
        self._evaluator = evaluator
        self._repairer = repairer or Repairer(evaluator)
        self._session: Session | None = None
        self._begun = asyncio.Event()
        self._register_initialize()
        for method, handler, options in _HANDLERS:
            self._register(method, handler, options)
        for name, command in execute_command.COMMANDS.items():
            self._register_command(name, command)

    @property
    def session(self) -> Session:
        """The session with the client; there is none before ``initialize``."""
        if self._session is None:
            raise RuntimeError("The client sent a message before initialize.")
        return self._session

    async def close(self) -> None:
        """Stop everything that the server started."""
        if self._session is not None:
            await self._session.close()
        else:
            await self._evaluator.close()

    async def client_died(self) -> None:
        """Return when the client's process is gone."""
        await self._begun.wait()
        await wait_for_end(self.process_id)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """Log a fault of ours; pygls would show it to the user as a message."""
        logger.error("%s: %s", getattr(source, "__name__", source), error, exc_info=error)

    def _register_initialize(self) -> None:
        async def handle(params: types.InitializeParams) -> None:
            await initialize.handle(Client(self), self._evaluator, self._repairer, self._begin, params)

        self.feature(initialize.METHOD)(handle)

    def _begin(self, session: Session) -> None:
        self._session = session
        self._begun.set()
        if session.capabilities.pulls_diagnostics:
            # Only now: a client that is pushed to must not be told that it may pull.
            self._register(diagnostic.METHOD, diagnostic.handle, diagnostic.OPTIONS)

    def _register(self, method: str, handler: Handler, options: Any) -> None:
        async def handle(params: Any) -> Any:
            return await handler(self.session, params)

        self.feature(method, options)(handle)

    def _register_command(self, name: str, command: Callable[..., Awaitable[Any]]) -> None:
        async def handle(*arguments: Any) -> Any:
            return await command(self.session, *arguments)

        self.command(name)(handle)
