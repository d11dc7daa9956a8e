"""A library whose models nothing in their files calls, with a real TensorFlow and the editor's view of it."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from lsprotocol import types

from lsp import client as client_module
from lsp.client import StrictClient, capabilities
from lsp.conftest import server_environment

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]


class Library:
    """An editor with a copy of the library open as its workspace."""

    def __init__(self, client: StrictClient, folder: Path) -> None:
        self.client = client
        self.folder = folder

    def text(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")

    def open(self, name: str) -> str:
        uri = (self.folder / name).as_uri()
        self.client.open(uri, self.text(name))
        return uri

    async def hint(self, uri: str, line: int, label: str) -> None:
        """Wait until a line has a hint."""
        deadline = asyncio.get_running_loop().time() + client_module.SECONDS
        hints: list[tuple[int, int, str]] = []
        while asyncio.get_running_loop().time() < deadline:
            hints = await self.client.hints(uri, line, line)
            if label in [hint[2] for hint in hints]:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(hints)

    async def closed(self, *uris: str) -> None:
        for uri in uris:
            self.client.close(uri)
            await self.client.hints(uri)
        for method in (types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, types.LOG_TRACE):
            self.client.take(method)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def library(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> AsyncIterator[Library]:
    patience, client_module.SECONDS = client_module.SECONDS, 60.0
    folder = tmp_path_factory.mktemp("library") / "library_project"
    shutil.copytree(repository / "fixtures" / "workspaces" / "library_project", folder)
    client = StrictClient()
    await client.start_io(
        sys.executable, "-m", "shapelens", "serve", env=server_environment(repository), cwd=str(folder)
    )
    params = types.InitializeParams(
        capabilities=capabilities(),
        initialization_options={"interpreter": sys.executable, "budget": {"seconds": 30}},
        workspace_folders=[types.WorkspaceFolder(folder.as_uri(), folder.name)],
        trace=types.TraceValue.Messages,
    )
    await client.within(client.initialize_session(params))
    try:
        yield Library(client, folder)
        for method in (types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, types.LOG_TRACE):
            client.take(method)
        assert await client.finish() == 0
    finally:
        await client.kill()
        sys.stderr.write(client.stderr)
        client_module.SECONDS = patience


def line_of(text: str, piece: str) -> int:
    return next(number for number, line in enumerate(text.split("\n")) if piece in line)


async def test_shapes_come_from_tests_and_follow_edits(library: Library) -> None:
    name = "src/weathernet/models.py"
    uri, text = library.open(name), library.text(name)
    dense = line_of(text, "layers.Dense(horizon)")
    await library.hint(uri, dense, ": (None, 6)")
    titles = [lens.command.title for lens in await library.client.lenses(uri) if lens.command]
    assert "shapes from test_models.py:7 (1 of 2)" in titles
    assert "shapes from default arguments" in titles
    await library.client.command("shapelens.chooseCall", uri, "build_forecaster")
    await library.hint(uri, dense, ": (None, 12)")
    # What was chosen stays chosen while the text changes.
    column = text.split("\n")[dense].index("horizon")
    library.client.change(uri, ((dense, column, dense, column + 7), "horizon * 2"))
    await library.hint(uri, dense, ": (None, 24)")
    await library.closed(uri)


async def test_unsaved_blocks_reach_callers_and_a_fault_is_shown_in_its_own_file(library: Library) -> None:
    models, blocks = library.open("src/weathernet/models.py"), library.open("src/weathernet/blocks.py")
    text = library.text("src/weathernet/blocks.py")
    line = line_of(text, "LayerNormalization()")
    await library.hint(blocks, line, ": (None, 48, 16)")
    column = text.split("\n")[line].index("layers.")
    library.client.change(
        blocks, ((line, column, line, column + len("layers.LayerNormalization()")), "layers.Conv2D(4, 3)")
    )
    while True:
        pushed = await library.client.read(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        errors = [item for item in pushed.diagnostics if item.severity is types.DiagnosticSeverity.Error]
        if pushed.uri == blocks and errors:
            break
    assert errors[0].range.start.line == line
    assert "needs (batch, height, width, channels) but gets (None, 48, 16)" in errors[0].message
    related = errors[0].related_information or []
    assert {Path(item.location.uri).name for item in related} >= {"models.py", "test_models.py"}
    await library.closed(models, blocks)
