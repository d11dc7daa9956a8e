"""Everything that the server says to the client of its own accord."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from lsprotocol import types
from pygls.lsp.server import LanguageServer

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class Client:
    """The other side of the connection."""

    def __init__(self, server: LanguageServer) -> None:
        self._server = server

    async def ask(self, request: Coroutine[Any, Any, Answer]) -> Answer | None:
        """Return the client's answer to a request, or None where it refuses."""
        try:
            return await self._answer(request)
        except asyncio.CancelledError:
            raise
        except Exception:
            return None

    async def _answer(self, request: Coroutine[Any, Any, Answer]) -> Answer:
        """Return the client's answer to a request; raises what the client refused it with.

        A task that is cancelled meanwhile does not take the request along: its answer still comes, and pygls would
        report an answer to a cancelled request as an error.
        """
        task = asyncio.ensure_future(request)
        task.add_done_callback(_look_at_error)
        return await asyncio.shield(task)

    def log(self, message: str, kind: types.MessageType = types.MessageType.Warning) -> None:
        """Write a line to the client's log of this server."""
        self._server.window_log_message(types.LogMessageParams(type=kind, message=message))

    def show(self, message: str, kind: types.MessageType = types.MessageType.Warning) -> None:
        """Show a message to the user."""
        self._server.window_show_message(types.ShowMessageParams(type=kind, message=message))

    def trace(self, message: str) -> None:
        """Write a line to the client's trace, where the user turned it on."""
        if self._server.protocol.trace is not types.TraceValue.Off:
            self._server.log_trace(types.LogTraceParams(message=message))

    def set_trace(self, value: str) -> None:
        """Turn the trace on where a setting asks for it; an editor that sends ``$/setTrace`` needs no setting."""
        if value != "off":
            self._server.protocol.trace = types.TraceValue(value)

    def notify(self, method: str, params: object) -> None:
        """Send a notification that is not the protocol's own."""
        self._server.protocol.notify(method, params)

    def publish(self, params: types.PublishDiagnosticsParams) -> None:
        """Push the diagnostics of a file."""
        self._server.text_document_publish_diagnostics(params)

    async def configuration(self, section: str, scopes: Sequence[str | None]) -> Sequence[Any] | None:
        """Return the section's values for each scope, or None where the client refuses."""
        items = [types.ConfigurationItem(scope_uri=scope, section=section) for scope in scopes]
        return await self.ask(self._server.workspace_configuration_async(types.ConfigurationParams(items)))

    async def register(self, method: str, options: Any) -> None:
        """Ask the client to send a notification."""
        registration = types.Registration(id=f"shapelens {method}", method=method, register_options=options)
        await self.ask(self._server.client_register_capability_async(types.RegistrationParams([registration])))

    async def refresh_inlay_hints(self) -> None:
        """Ask the client to request the hints again."""
        await self.ask(self._server.workspace_inlay_hint_refresh_async(None))

    async def refresh_code_lenses(self) -> None:
        """Ask the client to request the lenses again."""
        await self.ask(self._server.workspace_code_lens_refresh_async(None))

    async def refresh_diagnostics(self) -> None:
        """Ask the client to pull diagnostics again."""
        await self.ask(self._server.workspace_diagnostic_refresh_async(None))

    async def insert(self, label: str, uri: str, position: types.Position, text: str) -> None:
        """Have the client insert a text into a document."""
        edit = types.WorkspaceEdit(changes={uri: [types.TextEdit(types.Range(position, position), text)]})
        await self.ask(self._server.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(edit, label)))

    async def create_progress(self, token: str) -> bool:
        """Announce a progress; False where the client refuses it."""
        try:
            await self._answer(
                self._server.window_work_done_progress_create_async(types.WorkDoneProgressCreateParams(token))
            )
        except asyncio.CancelledError:
            raise
        except Exception:
            return False
        return True

    def progress(
        self,
        token: str,
        value: types.WorkDoneProgressBegin | types.WorkDoneProgressReport | types.WorkDoneProgressEnd,
    ) -> None:
        """Say how far a progress is."""
        self._server.progress(types.ProgressParams(token, value))


def _look_at_error(task: asyncio.Future[Any]) -> None:
    # Looking at it keeps asyncio from reporting an error that nobody waited for any more.
    if not task.cancelled() and task.exception() is not None:
        logger.info("The client refused a request: %s", task.exception())
