"""Shapes of code that its file never calls: from callers, with lenses to choose and to give examples."""

from __future__ import annotations

import pytest
from lsprotocol import types

from lsp.client import capabilities
from lsp.conftest import Connect, Connection
from lsp.host import Evaluation
from shapelens.worker.contract import Fault, Frame, Observation, Outcome
from support.made import Source

LIBRARY = "import keras\n\ndef build_model(units):\n    model = keras.Input((units,))\n    return model\n"
TEST = "from library import build_model\n\ndef test_it():\n    build_model(3)\n    build_model(5)\n"


def seen(it: Connection, units: int, call: str) -> Observation:
    """Return the tensor of the library, as a call of the test gives it."""
    test = Source(TEST, it.path("test_library.py"))
    made = Source(LIBRARY, it.path("library.py")).tensor("keras.Input((units,))", (None, units), "model")
    return Observation(**{**vars(made), "via": (test.place("test_it"), test.place(call))})


async def open_library(it: Connection, text: str = LIBRARY) -> tuple[str, Evaluation]:
    """Open the library; return the evaluation of its caller, still running."""
    (it.folder / "library.py").write_text(LIBRARY)
    (it.folder / "test_library.py").write_text(TEST)
    uri = it.uri("library.py")
    it.client.open(uri, text)
    own = await it.host.next()
    assert own.program.path == it.path("library.py")
    own.finish()
    await it.client.read_diagnostics(uri)
    return uri, await it.host.next()


async def until(it: Connection, uri: str, hints: list[tuple[int, int, str]]) -> None:
    """Wait until a document has these hints."""
    for _ in range(200):
        if await it.client.hints(uri) == hints:
            return
    assert await it.client.hints(uri) == hints


@pytest.mark.asyncio
async def test_a_caller_is_evaluated_behind_the_document(connect: Connect) -> None:
    async with connect() as it:
        text = LIBRARY + "# not saved yet\n"
        uri, caller = await open_library(it, text)
        assert caller.program.path == it.path("test_library.py")
        assert [call.expression for call in caller.program.calls] == ["test_it()"]
        assert [(module.path, module.text) for module in caller.program.modules] == [(it.path("library.py"), text)]
        assert await it.client.hints(uri) == []
        caller.finish((seen(it, 3, "build_model(3)"),))
        await until(it, uri, [(3, 33, ": (None, 3)")])


@pytest.mark.asyncio
async def test_the_lens_leads_through_the_calls(connect: Connect) -> None:
    async with connect(capabilities(refresh=True)) as it:
        uri, caller = await open_library(it)
        caller.finish((seen(it, 3, "build_model(3)"), seen(it, 5, "build_model(5)")))
        await until(it, uri, [(3, 33, ": (None, 3)")])
        (lens,) = await it.client.lenses(uri)
        assert lens.range == types.Range(types.Position(2, 4), types.Position(2, 15))
        assert lens.command is not None
        assert lens.command.title == "shapes from test_library.py:4 (1 of 2)"
        await it.client.command(lens.command.command, *(lens.command.arguments or ()))
        assert await it.client.hints(uri) == [(3, 33, ": (None, 5)")]
        hover = await it.client.hover(uri, 3, 14)
        assert hover is not None and isinstance(hover.contents, types.MarkupContent)
        assert "from `build_model(5)` in test\\_library.py, line 5" in hover.contents.value
        assert "| `build_model(3)  test_library.py:4` | `(None, 3)` |" in hover.contents.value
        (lens,) = await it.client.lenses(uri)
        assert lens.command is not None and lens.command.title == "shapes from test_library.py:5 (2 of 2)"
        await it.client.command(lens.command.command, *(lens.command.arguments or ()))
        assert await it.client.hints(uri) == [(3, 33, ": (None, 3)")]
        await it.client.command("shapelens.chooseCall", uri, "nothing")
        await it.client.command("shapelens.chooseCall")
        for method in (types.WORKSPACE_INLAY_HINT_REFRESH, types.WORKSPACE_CODE_LENS_REFRESH):
            assert it.client.take(method)


@pytest.mark.asyncio
async def test_what_callers_told_moves_with_edits_and_stays_until_they_tell_more(connect: Connect) -> None:
    async with connect(options={"debounceMs": 0}) as it:
        uri, caller = await open_library(it)
        caller.finish((seen(it, 3, "build_model(3)"),))
        await until(it, uri, [(3, 33, ": (None, 3)")])
        it.client.change(uri, ((0, 0, 0, 0), "# one line more\n"))
        own = await it.host.next()
        assert await it.client.hints(uri) == [(4, 33, ": (None, 3)")]
        own.finish()
        await it.client.read_diagnostics(uri)
        assert await it.client.hints(uri) == [(4, 33, ": (None, 3)")]
        again = await it.host.next()
        assert again.program.path == it.path("test_library.py")
        again.finish()
        await until(it, uri, [])


@pytest.mark.asyncio
async def test_half_typed_text_keeps_what_callers_told(connect: Connect) -> None:
    async with connect(options={"debounceMs": 0}, trace=types.TraceValue.Messages) as it:
        uri, caller = await open_library(it)
        caller.finish((seen(it, 3, "build_model(3)"),))
        await until(it, uri, [(3, 33, ": (None, 3)")])
        it.client.take(types.LOG_TRACE)
        it.client.change(uri, ((5, 0, 5, 0), "x = ("))
        (await it.host.next()).finish(outcome=Outcome.UNPARSABLE)
        assert "what was shown stays" in (await it.client.read(types.LOG_TRACE)).message
        assert await it.client.hints(uri) == [(3, 33, ": (None, 3)")]
        it.client.change(uri, ((5, 5, 5, 5), "1)"))
        (await it.host.next()).finish()
        await it.client.read_diagnostics(uri)
        assert await it.client.hints(uri) == [(3, 33, ": (None, 3)")]
        (await it.host.next()).finish((seen(it, 3, "build_model(3)"),))
        it.client.take(types.LOG_TRACE)


@pytest.mark.asyncio
async def test_an_edit_stops_the_evaluation_of_a_caller(connect: Connect) -> None:
    async with connect(options={"debounceMs": 0}) as it:
        uri, caller = await open_library(it)
        it.client.change(uri, ((0, 0, 0, 0), "\n"))
        await caller.until_cancelled()
        (await it.host.next()).finish()
        await it.client.read_diagnostics(uri)
        (await it.host.next()).finish()


@pytest.mark.asyncio
async def test_an_edit_of_an_open_caller_tells_the_document(connect: Connect) -> None:
    async with connect(options={"debounceMs": 0}) as it:
        uri, caller = await open_library(it)
        caller.finish((seen(it, 3, "build_model(3)"),))
        await until(it, uri, [(3, 33, ": (None, 3)")])
        test = it.uri("test_library.py")

        async def both() -> None:
            asked = [await it.host.next(), await it.host.next()]
            assert sorted(map(path_of, asked)) == [it.path("library.py"), it.path("test_library.py")]
            for item in asked:
                item.finish()
            await it.client.read_diagnostics(test)

        it.client.open(test, TEST)
        await both()
        # With the same texts the caller tells nothing new.
        it.client.change(test, ((3, 16, 3, 17), "4"))
        await both()
        again = await it.host.next()
        assert path_of(again) == it.path("test_library.py") and "build_model(4)" in again.program.text
        assert [call.expression for call in again.program.calls] == ["test_it()"]
        again.finish()
        await until(it, uri, [])


def path_of(evaluation: Evaluation) -> str:
    return evaluation.program.path


@pytest.mark.asyncio
async def test_a_fault_in_the_document_is_related_to_the_caller(connect: Connect) -> None:
    async with connect() as it:
        uri, caller = await open_library(it)
        library, test = Source(LIBRARY, it.path("library.py")), Source(TEST, it.path("test_library.py"))
        frames = (Frame(test.place("test_it"), "<module>"), Frame(test.place("build_model(3)"), "test_it"))
        mine = Fault(library.place("keras.Input((units,))"), "ValueError", "no such shape", frames, origin="keras")
        theirs = Fault(test.place("build_model(5)"), "ValueError", "the test's own")
        caller.finish(faults=(mine, theirs))
        (found,) = (await it.client.read_diagnostics(uri)).diagnostics
        assert found.range.start == types.Position(3, 12)
        assert found.related_information is not None
        assert found.related_information[0].location.uri == it.uri("test_library.py")
        assert found.related_information[0].location.range.start == types.Position(3, 4)


@pytest.mark.asyncio
async def test_a_caller_that_dies_or_fails_says_nothing(connect: Connect) -> None:
    async with connect() as it:
        uri, caller = await open_library(it)
        caller.finish(outcome=Outcome.CRASHED)
        (lens,) = await it.client.lenses(uri) or [None]
        assert lens is None


@pytest.mark.asyncio
async def test_an_example_is_inserted_above_the_function(connect: Connect) -> None:
    async with connect(capabilities(edits=True)) as it:
        uri = it.uri("library.py")
        it.client.open(
            uri,
            "import keras\n\nif True:\n    @keras.saving.register_keras_serializable()\n"
            "    def build(x, units):\n        return keras.layers.Dense(units)(x)\n",
        )
        (await it.host.next()).finish()
        await it.client.read_diagnostics(uri)
        (lens,) = await it.client.lenses(uri)
        assert lens.command is not None
        assert (lens.command.title, lens.command.command) == ("give example inputs", "shapelens.giveExampleInputs")
        await it.client.command(lens.command.command, *(lens.command.arguments or ()))
        asked = await it.client.read(types.WORKSPACE_APPLY_EDIT)
        (edit,) = asked.edit.changes[uri]
        assert edit.range == types.Range(types.Position(3, 0), types.Position(3, 0))
        assert edit.new_text == ("    # shapelens: shape x = (None, ...)\n    # shapelens: call build(x, units=...)\n")


@pytest.mark.asyncio
async def test_a_client_that_applies_no_edits_is_not_offered_one(connect: Connect) -> None:
    async with connect() as it:
        uri = it.uri("library.py")
        it.client.open(uri, "import keras\n\ndef build(units):\n    return keras.layers.Dense(units)\n")
        (await it.host.next()).finish()
        await it.client.read_diagnostics(uri)
        assert not await it.client.lenses(uri)
        await it.client.command("shapelens.giveExampleInputs", uri, "build")


@pytest.mark.asyncio
async def test_a_file_that_is_turned_off_is_not_evaluated(connect: Connect) -> None:
    async with connect(trace=types.TraceValue.Messages, options={"debounceMs": 0}) as it:
        uri = it.uri("library.py")
        it.client.open(uri, "# shapelens: off\nx = 1\n")
        assert "turned off" in (await it.client.read(types.LOG_TRACE)).message
        it.client.change(uri, ((0, 0, 1, 0), ""))
        (await it.host.next()).finish()
        await it.client.read_diagnostics(uri)
        await it.client.read(types.LOG_TRACE)


@pytest.mark.asyncio
async def test_a_bad_comment_is_a_hint_at_the_comment(connect: Connect) -> None:
    async with connect() as it:
        uri = it.uri("library.py")
        it.client.open(uri, "x = 1  # shapelens: shape x = 3\n")
        (await it.host.next()).finish()
        (found,) = (await it.client.read_diagnostics(uri)).diagnostics
        assert found.severity is types.DiagnosticSeverity.Hint
        assert found.range == types.Range(types.Position(0, 7), types.Position(0, 31))
        assert "not understood" in found.message


@pytest.mark.asyncio
async def test_files_outside_of_every_folder_have_no_callers(connect: Connect) -> None:
    async with connect(folders=[]) as it:
        (it.folder / "library.py").write_text(LIBRARY)
        (it.folder / "test_library.py").write_text(TEST)
        uri = it.uri("library.py")
        it.client.open(uri, LIBRARY)
        (await it.host.next()).finish()
        await it.client.read_diagnostics(uri)


@pytest.mark.asyncio
async def test_a_module_of_a_package_is_run_as_one(connect: Connect) -> None:
    async with connect() as it:
        (it.folder / "src" / "shop").mkdir(parents=True)
        (it.folder / "src" / "shop" / "__init__.py").write_text("")
        uri = it.uri("src/shop/model.py")
        it.client.open(uri, "from .blocks import block\n")
        evaluation = await it.host.next()
        assert evaluation.program.package == "shop"
        assert evaluation.program.search_path == (it.path("src"),)
        evaluation.finish()
        await it.client.read_diagnostics(uri)
