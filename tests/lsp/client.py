"""A client that fails where the server says something that the test did not expect."""

from __future__ import annotations

import asyncio
import functools
import warnings
from collections.abc import Sequence
from typing import Any

from lsprotocol import types
from pygls.protocol import default_converter
from pytest_lsp import LanguageClient, LanguageClientProtocol, LspSpecificationWarning

SECONDS = 10.0
"""How long a test waits for what must come."""


class StrictProtocol(LanguageClientProtocol):
    """Keeps every message of the server until the test reads it."""

    _server: StrictClient

    def _handle_request(self, msg_id: str | int, method_name: str, params: Any) -> None:
        self._server.received(method_name, params)
        with warnings.catch_warnings():
            warnings.simplefilter("error", LspSpecificationWarning)
            super()._handle_request(msg_id, method_name, params)

    def _handle_notification(self, method_name: str, params: Any) -> None:
        self._server.received(method_name, params)
        super()._handle_notification(method_name, params)


class StrictClient(LanguageClient):
    """Drives a server; ``settings`` answers ``workspace/configuration`` by scope URI, None for the rest."""

    def __init__(self) -> None:
        super().__init__(protocol_cls=StrictProtocol, converter_factory=default_converter)
        self.settings: dict[str | None, Any] = {}
        self._released = asyncio.Event()
        self._released.set()
        self.stderr = ""
        self.passed_over: set[str] = set()
        """Notifications that the test has no eye for."""
        self.faults_are_expected = False
        """Whether the server may log errors, as it does about a client's broken messages."""
        self._unread: list[tuple[str, Any]] = []
        self._arrival = asyncio.Event()
        self._versions: dict[str, int] = {}
        self._collector: asyncio.Task[None] | None = None
        self.feature(types.WORKSPACE_CONFIGURATION)(functools.partial(self._answer_configuration))
        for method in (
            types.WORKSPACE_INLAY_HINT_REFRESH,
            types.WORKSPACE_CODE_LENS_REFRESH,
            types.WORKSPACE_DIAGNOSTIC_REFRESH,
            types.CLIENT_REGISTER_CAPABILITY,
            types.WINDOW_WORK_DONE_PROGRESS_CREATE,
        ):
            self.feature(method)(functools.partial(self._answer_nothing))
        self.feature(types.WORKSPACE_APPLY_EDIT)(functools.partial(self._answer_edit))
        for method in (
            types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS,
            types.WINDOW_SHOW_MESSAGE,
            types.WINDOW_LOG_MESSAGE,
            types.PROGRESS,
            types.LOG_TRACE,
            "shapelens/status",
            "shapelens/modelGraphChanged",
        ):
            self.feature(method)(functools.partial(self._answer_nothing))

    async def start_io(self, cmd: str, *args: str, **kwargs: Any) -> None:
        # Not LanguageClient's own: that one passes the server's errors on, and here they are evidence.
        await super(LanguageClient, self).start_io(cmd, *args, **kwargs)
        self._collector = asyncio.create_task(self._collect())

    async def finish(self) -> int:
        """Shut the server down in order; fails where it said what no test read. Returns its exit status."""
        await self.within(self.shutdown_async(None))
        self.exit(None)
        status = await self.wait_for_exit()
        self.check_all_read()
        return status

    async def wait_for_exit(self) -> int:
        """Wait until the server's process is gone, and return its exit status."""
        assert self._server is not None and self._collector is not None
        status = await self.within(self._server.wait())
        await self.within(self._collector)
        for line in [] if self.faults_are_expected else self.stderr.splitlines():
            assert " ERROR " not in line and "Traceback" not in line, self.stderr
        return status

    def check_all_read(self) -> None:
        """Fail where a message of the server was not read by the test."""
        assert not self._unread, "\n".join(["The server said what the test did not expect:", *map(str, self._unread)])

    async def kill(self) -> None:
        """End the server's process where a failing test left it behind."""
        if self._server is not None and self._server.returncode is None:
            self._server.kill()
        await self.stop()
        if self._collector is not None:
            await self._collector

    async def within(self, awaitable: Any) -> Any:
        """Return what is awaited, which must come in time."""
        return await asyncio.wait_for(awaitable, SECONDS)

    def received(self, method: str, params: Any) -> None:
        """Keep a message."""
        # Answered from ``settings``; asking again is the server's right.
        if method != types.WORKSPACE_CONFIGURATION and method not in self.passed_over:
            self._unread.append((method, params))
            self._arrival.set()

    async def read(self, method: str) -> Any:
        """Return the first unread message of a method, waiting for it."""
        deadline = asyncio.get_running_loop().time() + SECONDS
        while True:
            for index, (name, params) in enumerate(self._unread):
                if name == method:
                    del self._unread[index]
                    return params
            self._arrival.clear()
            left = deadline - asyncio.get_running_loop().time()
            try:
                await asyncio.wait_for(self._arrival.wait(), left)
            except asyncio.TimeoutError:
                raise AssertionError(f"no {method} came; unread: {self._unread}") from None

    def take(self, method: str) -> list[Any]:
        """Return every unread message of a method, without waiting."""
        taken = [params for name, params in self._unread if name == method]
        self._unread = [(name, params) for name, params in self._unread if name != method]
        return taken

    async def read_diagnostics(self, uri: str) -> types.PublishDiagnosticsParams:
        """Return the next diagnostics that are pushed, which must be this document's."""
        params = await self.read(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        assert params.uri == uri
        return params

    def open(self, uri: str, text: str, language: str = "python") -> None:
        """Open a document as version 1."""
        self._versions[uri] = 1
        self.text_document_did_open(types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, language, 1, text)))

    def change(self, uri: str, *changes: tuple[tuple[int, int, int, int], str] | str) -> int:
        """Edit a document: pieces of text for ranges, or a whole text. Returns the new version."""
        self._versions[uri] += 1
        events: list[types.TextDocumentContentChangeEvent] = []
        for change in changes:
            if isinstance(change, str):
                events.append(types.TextDocumentContentChangeWholeDocument(change))
            else:
                (line, character, end_line, end_character), text = change
                place = types.Range(types.Position(line, character), types.Position(end_line, end_character))
                events.append(types.TextDocumentContentChangePartial(place, text))
        identifier = types.VersionedTextDocumentIdentifier(self._versions[uri], uri)
        self.text_document_did_change(types.DidChangeTextDocumentParams(identifier, events))
        return self._versions[uri]

    def close(self, uri: str) -> None:
        """Close a document."""
        self.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))

    def save(self, uri: str) -> None:
        """Save a document."""
        self.text_document_did_save(types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri)))

    def write_raw(self, body: bytes) -> None:
        """Send a message that need not be a proper one."""
        assert self._server is not None and self._server.stdin is not None
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    async def hover(self, uri: str, line: int, character: int) -> types.Hover | None:
        """Ask what is at a position."""
        identifier = types.TextDocumentIdentifier(uri)
        params = types.HoverParams(identifier, types.Position(line, character))
        return await self.within(self.text_document_hover_async(params))

    async def hints(self, uri: str, first: int = 0, last: int = 10_000) -> list[tuple[int, int, str]]:
        """Ask for the hints of some lines: line, character and label."""
        place = types.Range(types.Position(first, 0), types.Position(last, 10_000))
        params = types.InlayHintParams(types.TextDocumentIdentifier(uri), place)
        hints = await self.within(self.text_document_inlay_hint_async(params))
        return [(hint.position.line, hint.position.character, hint.label) for hint in hints]

    async def lenses(self, uri: str) -> list[types.CodeLens]:
        """Ask for the lenses of a document."""
        params = types.CodeLensParams(types.TextDocumentIdentifier(uri))
        return await self.within(self.text_document_code_lens_async(params))

    async def actions(
        self,
        uri: str,
        place: tuple[int, int, int, int],
        *only: str,
        diagnostics: Sequence[types.Diagnostic] = (),
    ) -> list[types.CodeAction]:
        """Ask what can be done at a place."""
        params = types.CodeActionParams(
            types.TextDocumentIdentifier(uri),
            types.Range(types.Position(*place[:2]), types.Position(*place[2:])),
            types.CodeActionContext(diagnostics, list(only) or None),
        )
        return list(await self.within(self.text_document_code_action_async(params)))

    async def resolve(self, action: types.CodeAction) -> types.CodeAction:
        """Have an action completed that the user has chosen."""
        return await self.within(self.code_action_resolve_async(action))

    async def command(self, name: str, *arguments: Any) -> Any:
        """Give a command."""
        params = types.ExecuteCommandParams(name, list(arguments))
        return await self.within(self.workspace_execute_command_async(params))

    async def pull(self, uri: str, previous: str | None = None) -> Any:
        """Ask for a document's diagnostics."""
        params = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(uri), previous_result_id=previous)
        return await self.within(self.text_document_diagnostic_async(params))

    def hold_settings(self) -> None:
        """Answer no question for settings until they are released."""
        self._released.clear()

    def release_settings(self) -> None:
        """Answer the questions for settings that wait, and all others."""
        self._released.set()

    async def _answer_configuration(self, params: types.ConfigurationParams) -> list[Any]:
        await self._released.wait()
        for item in params.items:
            assert item.section == "shapelens"
        return [self.settings.get(item.scope_uri, self.settings.get(None)) for item in params.items]

    def _answer_nothing(self, params: Any) -> None:
        return None

    def _answer_edit(self, params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        return types.ApplyWorkspaceEditResult(applied=True)

    async def _collect(self) -> None:
        assert self._server is not None and self._server.stderr is not None
        self.stderr = (await self._server.stderr.read()).decode("utf-8", "replace")


def capabilities(
    *,
    pull: bool = False,
    refresh: bool = False,
    progress: bool = False,
    configuration: bool = False,
    markdown: bool = True,
    notebooks: bool = False,
    related: bool = True,
    edits: bool = False,
    actions: bool = True,
    lazy: bool = False,
    versions: bool = True,
    data: bool = False,
    watch: bool = False,
    pages: bool = False,
    status: bool = False,
    encodings: list[str] | None = None,
) -> types.ClientCapabilities:
    """Return what a client can do, as little as it says."""
    kinds = types.ClientCodeActionKindOptions([types.CodeActionKind.QuickFix, types.CodeActionKind.Source])
    formats = [types.MarkupKind.Markdown] if markdown else [types.MarkupKind.PlainText]
    return types.ClientCapabilities(
        experimental={"shapelens": {"status": True}} if status else None,
        general=types.GeneralClientCapabilities(position_encodings=encodings),
        notebook_document=types.NotebookDocumentClientCapabilities(types.NotebookDocumentSyncClientCapabilities())
        if notebooks
        else None,
        window=types.WindowClientCapabilities(work_done_progress=progress),
        workspace=types.WorkspaceClientCapabilities(
            apply_edit=edits,
            workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=versions),
            configuration=configuration,
            did_change_configuration=types.DidChangeConfigurationClientCapabilities(dynamic_registration=configuration),
            did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=watch),
            workspace_folders=True,
            inlay_hint=types.InlayHintWorkspaceClientCapabilities(refresh_support=refresh),
            code_lens=types.CodeLensWorkspaceClientCapabilities(refresh_support=refresh),
            diagnostics=types.DiagnosticWorkspaceClientCapabilities(refresh_support=pull),
        ),
        text_document=types.TextDocumentClientCapabilities(
            hover=types.HoverClientCapabilities(content_format=formats),
            diagnostic=types.DiagnosticClientCapabilities(related_document_support=related) if pull else None,
            publish_diagnostics=types.PublishDiagnosticsClientCapabilities(
                related_information=related, data_support=data, code_description_support=pages
            ),
            code_action=types.CodeActionClientCapabilities(
                code_action_literal_support=types.ClientCodeActionLiteralOptions(kinds) if actions else None,
                is_preferred_support=True,
                data_support=lazy,
                resolve_support=types.ClientCodeActionResolveOptions(["edit"]) if lazy else None,
            ),
        ),
    )
