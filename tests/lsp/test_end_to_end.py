"""``shapelens serve`` with a real TensorFlow: what a person sees who opens and edits files."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from lsprotocol import types

from lsp import client as client_module
from lsp.client import StrictClient, capabilities
from lsp.conftest import server_environment
from shapelens.lsp.positions import to_range
from shapelens.source.lines import Lines, Unit
from support.expectations import read_expectations

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

CNN = """\
import keras
from keras import layers

model = keras.Sequential([
    layers.Input((28, 28, 1)),
    layers.Conv2D(32, 3),
    layers.Flatten(),
    layers.Dense(10),
])
"""


@dataclass
class Editor:
    """A client that keeps what it was told, as an editor does."""

    client: StrictClient
    folder: Path
    fixtures: Path
    diagnostics: dict[str, Any] = field(default_factory=dict)

    def open(self, name: str, text: str | None = None) -> str:
        """Open a file of the fixtures, or one with the given text, and return its URI."""
        uri = ((self.fixtures if text is None else self.folder) / name).as_uri()
        self.client.open(uri, (self.fixtures / name).read_text(encoding="utf-8") if text is None else text)
        return uri

    async def landed(self, uri: str, version: int = 1) -> list[types.Diagnostic]:
        """Return the diagnostics of a document once the evaluation of a version has ended."""
        name = uri.rpartition("/")[2]
        while True:
            trace = await self.client.read(types.LOG_TRACE)
            if trace.message.startswith(f"{name} version {version}: "):
                break
        # The answer comes behind the diagnostics that were pushed with the trace.
        await self.client.hints(uri)
        for params in self.client.take(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS):
            self.diagnostics[params.uri] = params
        return list(self.diagnostics[uri].diagnostics)

    async def closed(self, *uris: str) -> None:
        """Close documents."""
        for uri in uris:
            self.client.close(uri)
            await self.client.hints(uri)
        self.client.take(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)

    def hosts(self) -> list[int]:
        """Return the processes that the server has started and that still run."""
        assert self.client._server is not None
        server = self.client._server.pid
        return [
            int(child)
            for task in Path(f"/proc/{server}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]


async def start(folder: Path, repository: Path, **options: Any) -> Editor:
    client = StrictClient()
    await client.start_io(
        sys.executable, "-m", "shapelens", "serve", env=server_environment(repository), cwd=str(folder)
    )
    params = types.InitializeParams(
        capabilities=capabilities(progress=True),
        initialization_options={"interpreter": sys.executable, "budget": {"seconds": 20}, **options},
        workspace_folders=[types.WorkspaceFolder(folder.as_uri(), folder.name)],
        trace=types.TraceValue.Messages,
    )
    await client.within(client.initialize_session(params))
    return Editor(client, folder, repository / "fixtures" / "models")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def editor(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> AsyncIterator[Editor]:
    """One server for all tests of the module: its cold start is paid once."""
    patience, client_module.SECONDS = client_module.SECONDS, 60.0
    editor = await start(tmp_path_factory.mktemp("workspace"), repository)
    hosts: list[int] = []
    try:
        yield editor
        if sys.platform == "linux":
            hosts = editor.hosts()
        for method in (types.WINDOW_WORK_DONE_PROGRESS_CREATE, types.PROGRESS, types.LOG_TRACE):
            editor.client.take(method)
        editor.client.take(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        assert await editor.client.finish() == 0
        assert not [host for host in hosts if Path(f"/proc/{host}").exists()]
    finally:
        await editor.client.kill()
        sys.stderr.write(editor.client.stderr)
        client_module.SECONDS = patience


@linux
async def test_ten_files_opened_at_once_start_one_host(editor: Editor) -> None:
    names = [f"model{number}.py" for number in range(10)]
    uris = [editor.open(name, CNN) for name in names]
    landed = set()
    while len(landed) < 10:
        landed.add((await editor.client.read(types.LOG_TRACE)).message.partition(" ")[0])
    assert landed == set(names)
    assert len(editor.hosts()) == 1
    assert len(editor.client.take(types.WINDOW_WORK_DONE_PROGRESS_CREATE)) == 1
    for uri in uris:
        assert await editor.client.hints(uri) == [
            (5, 24, "→ (None, 26, 26, 32)"),
            (6, 20, "→ (None, 21632)"),
            (7, 20, "→ (None, 10)"),
            (8, 2, "→ (None, 10)"),
        ]
    await editor.closed(*uris)


async def test_shapes_of_a_model_are_hints_hovers_and_a_lens(editor: Editor) -> None:
    uri = editor.open("c2_cnn_with_flatten.py")
    assert [item for item in await editor.landed(uri) if item.severity is types.DiagnosticSeverity.Error] == []
    text = (editor.fixtures / "c2_cnn_with_flatten.py").read_text(encoding="utf-8")
    labels = [label for _, _, label in await editor.client.hints(uri)]
    assert "→ (None, 1600)" in labels and "→ (None, 10)" in labels
    line = next(index for index, piece in enumerate(text.splitlines()) if "Flatten(" in piece)
    hover = await editor.client.hover(uri, line, text.splitlines()[line].index("Flatten"))
    assert hover is not None and isinstance(hover.contents, types.MarkupContent)
    assert "`(None, 5, 5, 64)`" in hover.contents.value and "`(None, 1600)`" in hover.contents.value
    (lens,) = await editor.client.lenses(uri)
    assert lens.command is not None
    assert lens.command.title.startswith("Model (None, 28, 28, 1) → (None, 10)")
    assert "Conv2D" in await editor.client.command("shapelens.showSummary", uri)
    await editor.closed(uri)


@pytest.mark.parametrize(
    "name",
    [
        "e2_reshape_total_size.py",
        "e3_dense_into_lstm.py",
        "a4_shared_backbone.py",
        "three_broken_models.py",
        "broken_non_ascii.py",
        "broken_tabs.py",
        "broken_reshape_multiline.py",
        "unet.py",
    ],
)
async def test_a_fixture_shows_what_it_expects(editor: Editor, name: str) -> None:
    uri = editor.open(name)
    pushed = await editor.landed(uri)
    expected = read_expectations(editor.fixtures / name)
    lines = Lines((editor.fixtures / name).read_text(encoding="utf-8"))
    errors = [item.range for item in pushed if item.severity is types.DiagnosticSeverity.Error]
    assert errors == [to_range(lines, Unit.UTF16, item.span) for item in expected.errors]
    labels: dict[int, str] = {}
    for line, _, label in await editor.client.hints(uri):
        labels[line] = f"{labels.get(line, '')} {label}"
    missing = [
        (item.line, item.shapes, labels.get(item.line))
        for item in expected.shapes
        if not item.explicit and item.shapes[0] not in labels.get(item.line, "")
    ]
    assert missing == []
    await editor.closed(uri)


async def test_an_error_is_marked_and_goes_with_the_edit_that_mends_it(editor: Editor) -> None:
    text = CNN.replace("layers.Flatten()", "layers.LSTM(8)")
    uri = editor.open("broken.py", text)
    (error,) = await editor.landed(uri)
    assert error.severity is types.DiagnosticSeverity.Error
    assert error.code == "layer-rank-mismatch"
    assert error.range == types.Range(types.Position(6, 4), types.Position(6, 18))
    version = editor.client.change(uri, ((6, 4, 6, 18), "layers.Flatten()"))
    assert await editor.landed(uri, version) == []
    assert (6, 20, "→ (None, 21632)") in await editor.client.hints(uri)
    await editor.closed(uri)


async def test_the_models_of_a_broken_file_are_told_with_what_is_wrong(editor: Editor) -> None:
    text = CNN.replace("layers.Flatten()", "layers.LSTM(8)") + "\nhead = keras.Sequential([layers.Dense(3)])\n"
    uri = editor.open("models.py", text)
    (error,) = (item for item in await editor.landed(uri) if item.severity is types.DiagnosticSeverity.Error)
    params = {"textDocument": {"uri": uri}}
    found = await editor.client.within(editor.client.protocol.send_request_async("shapelens/modelGraph", params))
    broken, head = found.models
    assert (broken.name, broken.broken, head.name, head.broken) == ("model", error.message, "head", "")
    assert [(node.type, node.output) for node in broken.nodes] == [
        ("InputLayer", "(None, 28, 28, 1)"),
        ("Conv2D", "(None, 26, 26, 32)"),
        ("LSTM", ""),
        ("Dense", ""),
    ]
    assert [node.fault for node in broken.nodes] == ["", "", error.message, ""]
    assert broken.nodes[2].range.start.line == 6 and [edge.faulty for edge in broken.edges] == [False, True, False]
    assert broken.nodes[1].flops == 26 * 26 * 32 * 19
    await editor.closed(uri)


async def test_half_typed_text_keeps_what_is_shown(editor: Editor) -> None:
    uri = editor.open("typed.py", CNN)
    await editor.landed(uri)
    before = await editor.client.hints(uri)
    version = editor.client.change(uri, ((9, 0, 9, 0), "x = ("))
    assert await editor.landed(uri, version) == []
    assert await editor.client.hints(uri) == before
    version = editor.client.change(uri, ((9, 5, 9, 5), "1)"))
    assert await editor.landed(uri, version) == []
    assert await editor.client.hints(uri) == before
    await editor.closed(uri)


@pytest.mark.parametrize(
    ("name", "statement", "told"),
    [
        ("segfault", "import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        ("exits", "import os; os._exit(3)", "exit"),
    ],
)
async def test_a_file_that_dies_costs_one_evaluation(editor: Editor, name: str, statement: str, told: str) -> None:
    uri = editor.open(f"{name}.py", f"{CNN}{statement}\n")
    (stopped,) = await editor.landed(uri)
    assert stopped.code == "evaluation-stopped"
    assert told.lower() in stopped.message.lower()
    assert stopped.range.start.line == 9
    # What was seen until then is shown.
    assert (6, 20, "→ (None, 21632)") in await editor.client.hints(uri)
    version = editor.client.change(uri, ((9, 0, 10, 0), ""))
    assert await editor.landed(uri, version) == []
    await editor.closed(uri)


async def test_an_endless_loop_ends_with_its_budget_and_an_edit_ends_it_at_once(editor: Editor) -> None:
    options = {"shapelens": {"interpreter": sys.executable, "budget": {"seconds": 1.5}}}
    editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(options))
    uri = editor.open("loops.py", f"{CNN}while True:\n    pass\n")
    (stopped,) = await editor.landed(uri)
    assert stopped.code == "evaluation-stopped"
    assert stopped.range.start.line == 9
    # The first edit starts the loop again; the second does not wait for its budget.
    editor.client.change(uri, ((9, 6, 9, 10), "1 == 1"))
    await editor.client.command("shapelens.evaluateNow", uri)
    version = editor.client.change(uri, ((9, 6, 9, 12), "False"))
    assert await editor.landed(uri, version) == []
    await editor.closed(uri)


async def test_unsaved_text_of_a_module_is_used(editor: Editor) -> None:
    (editor.folder / "blocks.py").write_text("def block(x):\n    raise NotImplementedError\n", encoding="utf-8")
    blocks = editor.open("blocks.py", "from keras import layers\n\ndef block(x):\n    return layers.Dense(4)(x)\n")
    await editor.landed(blocks)
    model = editor.open("uses_blocks.py", "import keras\nfrom blocks import block\n\ny = block(keras.Input((3,)))\n")
    assert await editor.landed(model) == []
    assert (3, 28, ": (None, 4)") in await editor.client.hints(model)
    editor.client.change(blocks, ((3, 24, 3, 25), "7"))
    await editor.landed(model)
    assert (3, 28, ": (None, 7)") in await editor.client.hints(model)
    await editor.closed(model, blocks)
