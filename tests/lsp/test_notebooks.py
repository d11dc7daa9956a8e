"""Notebooks: one program of many cells, results in each cell, cells that come, go and change places."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest
from lsprotocol import types

from lsp import client as client_module
from lsp.client import StrictClient, capabilities
from lsp.conftest import Connect, Connection, server_environment
from lsp.host import Evaluation
from lsp.notebook import MARKUP, OpenNotebook
from shapelens.worker.contract import Fault, Frame, Outcome, Skip, SkipReason
from support.made import spec

CELLS = ("%matplotlib inline\nimport keras", "x = Input((3,))\n", "y = Dense(10)(x)\nz = Dense(4)(y)")
PROGRAM = "pass\nimport keras\nx = Input((3,))\n\ny = Dense(10)(x)\nz = Dense(4)(y)\n"


def open_notebook(it: Connection, *texts: str) -> OpenNotebook:
    return OpenNotebook(it.client, it.uri("book.ipynb"), *(texts or CELLS))


def finish(evaluation: Evaluation, *, fault: bool = False) -> None:
    """Answer with both layers of the third cell, the second of which may be broken."""
    source = evaluation.source
    place = source.place("Dense(4)(y)")
    frames = (Frame(source.place("y = Dense(10)(x)"), "<module>"),)
    faults = (Fault(place, "ValueError", "broken", frames, origin="keras"),) if fault else ()
    evaluation.finish((source.tensor("Dense(10)(x)", (None, 10)), source.tensor("Dense(4)(y)", (None, 4))), faults)


async def pushed(it: Connection, count: int) -> dict[str, types.PublishDiagnosticsParams]:
    """Return the next diagnostics that are pushed, by URI."""
    found = [await it.client.read(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS) for _ in range(count)]
    assert len({params.uri for params in found}) == count
    return {params.uri: params for params in found}


@pytest.mark.asyncio
async def test_cells_are_one_program_and_results_go_to_their_cells(connect: Connect) -> None:
    async with connect(capabilities(notebooks=True), options={"debounceMs": 86_400_000}) as it:
        sync = it.result.capabilities.notebook_document_sync
        assert sync is not None and sync.save
        (it.folder / "deep").mkdir()
        book = OpenNotebook(it.client, it.uri("deep/book.ipynb"), *CELLS)
        evaluation = await it.host.next()
        assert evaluation.program.text == PROGRAM
        assert evaluation.program.notebook
        assert evaluation.program.path == it.path("deep/book.ipynb")
        assert evaluation.program.directory == it.path("deep")
        assert evaluation.version == 1
        finish(evaluation, fault=True)
        found = await pushed(it, 3)
        assert {uri: len(params.diagnostics) for uri, params in found.items()} == {
            book.uri_of(0): 0,
            book.uri_of(1): 0,
            book.uri_of(2): 1,
        }
        assert [params.version for params in found.values()] == [1, 1, 1]
        (diagnostic,) = found[book.uri_of(2)].diagnostics
        assert diagnostic.range == types.Range(types.Position(1, 4), types.Position(1, 15))
        assert diagnostic.related_information[0].location.uri == book.uri_of(2)
        assert await it.client.hints(book.uri_of(2)) == [(0, 16, ": (None, 10)"), (1, 15, ": (None, 4)")]
        assert await it.client.hints(book.uri_of(1)) == []
        hover = await it.client.hover(book.uri_of(2), 0, 6)
        assert hover is not None and hover.range is not None and hover.range.start.line == 0


@pytest.mark.asyncio
async def test_a_set_working_folder_holds_for_notebooks_too(connect: Connect) -> None:
    async with connect(capabilities(notebooks=True), options={"cwd": "/tmp"}) as it:
        open_notebook(it, "x = 1")
        evaluation = await it.host.next()
        assert evaluation.program.directory == "/tmp"
        evaluation.finish()
        await pushed(it, 1)


@pytest.mark.asyncio
async def test_an_edit_moves_what_is_shown_of_its_cell_alone(connect: Connect) -> None:
    async with connect(capabilities(notebooks=True), options={"debounceMs": 0}) as it:
        book = open_notebook(it)
        finish(await it.host.next())
        await pushed(it, 3)
        book.edit(1, ((0, 0, 0, 0), "# inputs\n"))
        assert await it.client.hints(book.uri_of(2)) == [(0, 16, ": (None, 10)"), (1, 15, ": (None, 4)")]
        evaluation = await it.host.next()
        assert evaluation.program.text == PROGRAM.replace("x = Input", "# inputs\nx = Input")
        assert evaluation.version == 2
        version = book.edit(2, ((0, 0, 0, 0), "\n"))
        await evaluation.until_cancelled()
        assert await it.client.hints(book.uri_of(2)) == [(1, 16, ": (None, 10)"), (2, 15, ": (None, 4)")]
        finish(await it.host.next())
        found = await pushed(it, 2)
        assert found[book.uri_of(2)].version == version == 2
        assert await it.client.hints(book.uri_of(2)) == [(1, 16, ": (None, 10)"), (2, 15, ": (None, 4)")]


@pytest.mark.asyncio
async def test_cells_are_inserted_moved_and_deleted(connect: Connect) -> None:
    async with connect(capabilities(notebooks=True), options={"debounceMs": 0}) as it:
        book = open_notebook(it)
        finish(await it.host.next(), fault=True)
        await pushed(it, 3)
        layers = book.uri_of(2)

        inserted = book.insert(1, "!ls\nunits = 3")
        assert await it.client.hints(layers) == [(0, 16, ": (None, 10)"), (1, 15, ": (None, 4)")]
        evaluation = await it.host.next()
        assert evaluation.program.text.splitlines()[:4] == ["pass", "import keras", "pass", "units = 3"]
        finish(evaluation, fault=True)
        assert list(await pushed(it, 1)) == [inserted]

        book.move_up(3)
        evaluation = await it.host.next()
        assert evaluation.program.text.splitlines()[4:7] == ["y = Dense(10)(x)", "z = Dense(4)(y)", "x = Input((3,))"]
        finish(evaluation, fault=True)
        # The same diagnostics at the same places of the same text: there is nothing to push.
        assert await it.client.hints(layers) == [(0, 16, ": (None, 10)"), (1, 15, ": (None, 4)")]

        assert book.delete(2) == layers
        # Taken back at once.
        (gone,) = (await pushed(it, 1)).values()
        assert (gone.uri, gone.diagnostics, gone.version) == (layers, (), None)
        assert await it.client.hints(layers) == []
        evaluation = await it.host.next()
        assert "Dense" not in evaluation.program.text
        evaluation.finish()


@pytest.mark.asyncio
async def test_a_cell_that_turns_into_text_is_no_part_of_the_program(connect: Connect) -> None:
    async with connect(capabilities(notebooks=True), options={"debounceMs": 0}) as it:
        book = open_notebook(it)
        finish(await it.host.next(), fault=True)
        await pushed(it, 3)
        book.turn(2, MARKUP)
        assert not (await pushed(it, 1))[book.uri_of(2)].diagnostics
        evaluation = await it.host.next()
        assert "Dense" not in evaluation.program.text
        evaluation.finish()
        await it.client.hints(book.uri_of(2))
        book.turn(2, types.NotebookCellKind.Code)
        evaluation = await it.host.next()
        assert evaluation.program.text == PROGRAM
        finish(evaluation, fault=True)
        assert (await pushed(it, 1))[book.uri_of(2)].diagnostics
        book.retype(2, "SELECT 1", "sql")
        assert not (await pushed(it, 1))[book.uri_of(2)].diagnostics
        evaluation = await it.host.next()
        assert "SELECT" not in evaluation.program.text
        evaluation.finish()


@pytest.mark.asyncio
async def test_running_cells_changes_nothing(connect: Connect) -> None:
    async with connect(capabilities(notebooks=True), options={"debounceMs": 0}) as it:
        book = open_notebook(it)
        evaluation = await it.host.next()
        book.execute(2, 1)
        book.execute(0, 2)
        finish(evaluation)
        await pushed(it, 3)
        assert len(await it.client.hints(book.uri_of(2))) == 2


@pytest.mark.asyncio
async def test_a_cell_that_does_not_parse_leaves_the_others_alone(connect: Connect) -> None:
    async with connect(capabilities(notebooks=True), options={"debounceMs": 0}) as it:
        book = open_notebook(it, "x = Input((3,))", "def f(:\n  w = 1", "y = Dense(10)(x)\nz = Dense(4)(y)")
        evaluation = await it.host.next()
        assert evaluation.program.text == "x = Input((3,))\n\n\ny = Dense(10)(x)\nz = Dense(4)(y)\n"
        finish(evaluation)
        (broken,) = (await pushed(it, 3))[book.uri_of(1)].diagnostics
        assert broken.severity is types.DiagnosticSeverity.Error
        assert (broken.range.start.line, broken.message) == (0, "SyntaxError: invalid syntax")
        assert len(await it.client.hints(book.uri_of(2))) == 2
        # Another cell is edited: what is known of it is shown, the broken one stays broken.
        book.edit(2, ((0, 10, 0, 12), "20"))
        evaluation = await it.host.next()
        evaluation.finish((evaluation.source.tensor("Dense(20)(x)", (None, 20)),))
        await pushed(it, 1)
        assert await it.client.hints(book.uri_of(2)) == [(0, 16, ": (None, 20)")]
        book.edit(1, ((0, 6, 0, 6), ")"))
        evaluation = await it.host.next()
        assert "def f():" in evaluation.program.text
        evaluation.finish()
        assert not (await pushed(it, 1))[book.uri_of(1)].diagnostics


@pytest.mark.asyncio
async def test_while_a_cell_is_half_typed_everything_stays(connect: Connect) -> None:
    async with connect(capabilities(notebooks=True), options={"debounceMs": 0}, trace=types.TraceValue.Messages) as it:
        book = open_notebook(it)
        finish(await it.host.next(), fault=True)
        await pushed(it, 3)
        await it.client.read(types.LOG_TRACE)
        book.edit(1, ((0, 14, 0, 15), ""))
        trace = await it.client.read(types.LOG_TRACE)
        assert trace.message == "book.ipynb version 2: a cell does not parse, what was shown stays"
        assert await it.client.hints(book.uri_of(2)) == [(0, 16, ": (None, 10)"), (1, 15, ": (None, 4)")]
        # The user leaves it like that and goes on elsewhere.
        book.edit(2, ((1, 0, 2, 0), ""))
        evaluation = await it.host.next()
        assert evaluation.program.text == "pass\nimport keras\n\n\ny = Dense(10)(x)\n\n"
        skip = Skip(evaluation.source.place("x"), SkipReason.UNKNOWN_NAME, "`x` is not defined.", "x")
        evaluation.finish(skips=(skip,))
        found = await pushed(it, 2)
        assert "was never closed" in found[book.uri_of(1)].diagnostics[0].message
        assert found[book.uri_of(2)].diagnostics[0].severity is types.DiagnosticSeverity.Hint
        await it.client.read(types.LOG_TRACE)


@pytest.mark.asyncio
async def test_a_fault_in_another_cell_is_related_to_its_caller(connect: Connect) -> None:
    async with connect(capabilities(notebooks=True, related=False), options={"debounceMs": 0}) as it:
        book = open_notebook(it, "# helpers\ndef f(x):\n    return Dense(4)(x)", "import keras\nf(3)")
        evaluation = await it.host.next()
        source = evaluation.source
        frame = Frame(source.place("f(3)"), "<module>")
        via = dataclasses.replace(source.tensor("Dense(4)", (4,)), via=(source.place("f(3)"),))
        skip = Skip(
            source.place("f(3)"),
            SkipReason.DEPENDS_ON_UNKNOWN,
            "`f` is unknown, because line 2 has no result.",
            "f",
            source.place("def f(x):"),
        )
        fault = Fault(source.place("Dense(4)(x)"), "ValueError", "broken", (frame,), origin="keras")
        evaluation.finish((via,), (fault,), (skip,))
        found = await pushed(it, 2)
        assert [item.range.start.line for item in found[book.uri_of(0)].diagnostics] == [2]
        assert found[book.uri_of(0)].diagnostics[0].message.endswith("line 2 of another cell: called from here")
        assert "because line 2 of another cell has no result" in found[book.uri_of(1)].diagnostics[0].message
        hover = await it.client.hover(book.uri_of(0), 2, 12)
        assert hover is not None and "called from `line 2 of another cell`" in hover.contents.value


@pytest.mark.asyncio
async def test_lenses_commands_saving_and_closing(connect: Connect) -> None:
    async with connect(capabilities(notebooks=True), options={"debounceMs": 0}) as it:
        book = open_notebook(it, "l = Dense(4)", "m = Model()")
        evaluation = await it.host.next()
        model = evaluation.source.layer("Model()", "Functional", spec(None, 4), parameters=4)
        layer = evaluation.source.layer("Dense(4)", "Dense", spec(None, 4), parameters=4)
        evaluation.finish((layer, dataclasses.replace(model, kind=type(model.kind).MODEL)))
        await pushed(it, 2)
        (lens,) = await it.client.lenses(book.uri_of(1))
        assert lens.range.start.line == 0
        assert not await it.client.lenses(book.uri_of(0))
        assert lens.command is not None
        summary = await it.client.command(lens.command.command, *lens.command.arguments)
        assert summary.startswith("book.ipynb") and "Dense" in summary and "Functional" in summary
        assert "book.ipynb, version 1" in await it.client.command("shapelens.debugInformation")
        book.save()
        (await it.host.next()).finish()
        await it.client.command("shapelens.evaluateNow", book.uri_of(0))
        (await it.host.next()).finish()
        cells = [book.uri_of(0), book.uri_of(1)]
        book.close()
        found = await pushed(it, 2)
        assert sorted(found) == sorted(cells)
        assert all(params.version is None and not params.diagnostics for params in found.values())
        assert await it.client.hints(cells[1]) == []


@pytest.mark.asyncio
async def test_diagnostics_of_a_cell_are_pulled(connect: Connect) -> None:
    async with connect(capabilities(notebooks=True, pull=True), options={"debounceMs": 0}) as it:
        book = open_notebook(it)
        finish(await it.host.next(), fault=True)
        await it.client.read(types.WORKSPACE_DIAGNOSTIC_REFRESH)
        report = await it.client.pull(book.uri_of(2))
        assert [item.range.start.line for item in report.items] == [1]
        assert not report.related_documents
        assert not (await it.client.pull(book.uri_of(0))).items
        gone = book.delete(2)
        assert not (await it.client.pull(gone)).items
        (await it.host.next()).finish()
        await it.client.read(types.WORKSPACE_DIAGNOSTIC_REFRESH)
        assert not (await it.client.pull(book.uri_of(0))).related_documents


@pytest.mark.asyncio
async def test_a_changed_module_evaluates_the_notebooks_that_import_it(connect: Connect) -> None:
    async with connect(capabilities(notebooks=True), options={"debounceMs": 0}) as it:
        (it.folder / "parts.py").write_text("UNITS = 3\n")
        open_notebook(it, "%time import os", "from parts import UNITS")
        (await it.host.next()).finish()
        await pushed(it, 2)
        module = it.uri("parts.py")
        it.client.open(module, "UNITS = 4\n")
        evaluations = [await it.host.next(), await it.host.next()]
        (of_book,) = [each for each in evaluations if each.program.notebook]
        assert [(item.path, item.text) for item in of_book.program.modules] == [(it.path("parts.py"), "UNITS = 4\n")]
        for each in evaluations:
            # No module is a notebook.
            assert not [item for item in each.program.modules if item.path.endswith(".ipynb")]
            each.finish()
        await pushed(it, 1)


@pytest.mark.asyncio
async def test_a_program_that_the_worker_cannot_parse_changes_nothing(connect: Connect) -> None:
    async with connect(capabilities(notebooks=True), options={"debounceMs": 0}, trace=types.TraceValue.Messages) as it:
        book = open_notebook(it)
        finish(await it.host.next())
        await pushed(it, 3)
        await it.client.read(types.LOG_TRACE)
        book.edit(1, ((0, 0, 0, 0), "match x:\n  case _: pass\n"))
        (await it.host.next()).finish(outcome=Outcome.UNPARSABLE)
        assert "version 2: does not parse" in (await it.client.read(types.LOG_TRACE)).message
        assert len(await it.client.hints(book.uri_of(2))) == 2


@pytest.mark.asyncio
async def test_a_notebook_that_is_on_no_disk_is_left_alone(connect: Connect) -> None:
    async with connect(capabilities(notebooks=True)) as it:
        book = OpenNotebook(it.client, "untitled:Untitled-1.ipynb", "x = 1")
        book.edit(0, ((0, 0, 0, 0), "y"))
        book.save()
        book.close()
        assert await it.client.hints(book.uri_of(0)) == []


@pytest.mark.slow
@pytest.mark.asyncio
async def test_a_real_notebook(tmp_path: Path, repository: Path) -> None:
    patience, client_module.SECONDS = client_module.SECONDS, 60.0
    client = StrictClient()
    await client.start_io(
        sys.executable, "-m", "shapelens", "serve", env=server_environment(repository), cwd=str(tmp_path)
    )
    try:
        params = types.InitializeParams(
            capabilities=capabilities(notebooks=True),
            initialization_options={"interpreter": sys.executable, "budget": {"seconds": 20}},
            workspace_folders=[types.WorkspaceFolder(tmp_path.as_uri(), "workspace")],
        )
        await client.within(client.initialize_session(params))
        uri = (tmp_path / "book.ipynb").as_uri()
        book = OpenNotebook(
            client,
            uri,
            "%matplotlib inline\nimport keras\nfrom keras import layers",
            "def block(x, units):\n    return layers.Dense(units)(x)",
            "files = !ls\nx = keras.Input((28,))\ny = block(x, 16)\n%time z = block(y, 4)",
            "bad = layers.Conv1D(3, 3)(z)",
        )
        found = {}
        for _ in range(4):
            each = await client.read(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
            found[each.uri] = each
        (error,) = found[book.uri_of(3)].diagnostics
        assert error.code == "layer-rank-mismatch"
        assert error.range == types.Range(types.Position(0, 6), types.Position(0, 28))
        assert not found[book.uri_of(0)].diagnostics and not found[book.uri_of(1)].diagnostics
        hints = [(line, label) for line, _, label in await client.hints(book.uri_of(2))]
        assert hints == [(1, ": (None, 28)"), (2, ": (None, 16)"), (3, ": (None, 4)")]
        book.delete(3)
        gone = await client.read(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        assert not gone.diagnostics
        book.edit(1, ((1, 24, 1, 29), "2 * units"))
        each = await client.read(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        assert each.uri == book.uri_of(1) and not each.diagnostics
        assert (3, 21, ": (None, 8)") in await client.hints(book.uri_of(2))
        assert await client.finish() == 0
    finally:
        await client.kill()
        client_module.SECONDS = patience
