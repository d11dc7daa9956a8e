"""A server under test, its client and its scripted host."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from lsp.client import StrictClient, capabilities
from lsp.host import Host

HERE = Path(__file__).parent


@dataclass
class Connection:
    """An initialised server with what talks to it from both sides."""

    client: StrictClient
    host: Host
    folder: Path
    result: types.InitializeResult

    def uri(self, name: str) -> str:
        """Return the URI of a file in the first workspace folder."""
        return (self.folder / name).as_uri()

    def path(self, name: str) -> str:
        """Return the path of a file in the first workspace folder."""
        return str(self.folder / name)


Connect = Callable[..., contextlib.AbstractAsyncContextManager[Connection]]


def server_environment(repository: Path) -> dict[str, str]:
    """Return the environment variables of a server under test: this interpreter, and no environment of a shell."""
    environment = {key: value for key, value in os.environ.items() if key not in ("VIRTUAL_ENV", "CONDA_PREFIX")}
    return {**environment, "PYTHONPATH": str(repository / "server")}


@pytest.fixture
def connect(tmp_path: Path, repository: Path) -> Connect:
    """Start a scripted server, shut it down at the end, and fail where anything was left unread."""

    @contextlib.asynccontextmanager
    async def start(
        client_capabilities: types.ClientCapabilities | None = None,
        *,
        options: Any = None,
        settings: dict[str | None, Any] | None = None,
        folders: list[str] | None = None,
        trace: types.TraceValue | None = None,
        hold_settings: bool = False,
        end: bool = True,
    ) -> AsyncIterator[Connection]:
        host = Host()
        await host.start()
        client = StrictClient()
        client.settings = settings or {}
        if hold_settings:
            client.hold_settings()
        await client.start_io(
            sys.executable,
            str(HERE / "scripted_server.py"),
            str(host.port),
            env=server_environment(repository),
            cwd=tmp_path,
        )
        roots = [tmp_path / name for name in folders] if folders is not None else [tmp_path]
        for root in roots:
            root.mkdir(exist_ok=True)
        try:
            result = await client.within(
                client.initialize_session(
                    types.InitializeParams(
                        capabilities=client_capabilities or capabilities(),
                        initialization_options=options,
                        workspace_folders=[types.WorkspaceFolder(root.as_uri(), root.name) for root in roots],
                        trace=trace,
                    )
                )
            )
            connection = Connection(client, host, roots[0] if roots else tmp_path, result)
            yield connection
            if end:
                assert await client.finish() == 0
                assert await host.event() == "closed"
            client.check_all_read()
            await host.stop()
        except BaseException:
            await client.kill()
            sys.stderr.write(client.stderr)
            raise
        await client.kill()

    return start
