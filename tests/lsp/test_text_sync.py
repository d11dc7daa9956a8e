"""Open, edit, save and close documents; the newest text wins and nothing flickers."""

from __future__ import annotations

import pytest
from lsprotocol import types

from lsp.client import capabilities
from lsp.conftest import Connect
from shapelens.worker.contract import Fault, Location, Outcome, Skip, SkipReason, Span
from support.made import spec

TEXT = "x = Input((3,))\ny = Dense(10)(x)\nz = Dense(4)(y)\n"


@pytest.mark.asyncio
async def test_opening_evaluates_at_once_and_pushes_with_the_version(connect: Connect) -> None:
    # A debounce of a day: only an evaluation that does not wait for it can happen.
    async with connect(options={"debounceMs": 86_400_000}) as it:
        it.client.open(it.uri("model.py"), TEXT)
        evaluation = await it.host.next()
        assert evaluation.program.path == it.path("model.py")
        assert evaluation.program.text == TEXT
        assert evaluation.program.directory == str(it.folder)
        assert evaluation.version == 1
        fault = Fault(evaluation.source.place("Dense(4)(y)"), "ValueError", "broken", origin="keras")
        evaluation.finish((evaluation.source.tensor("Dense(10)(x)", (None, 10)),), (fault,))
        pushed = await it.client.read_diagnostics(it.uri("model.py"))
        assert pushed.version == 1
        (diagnostic,) = pushed.diagnostics
        assert diagnostic.severity is types.DiagnosticSeverity.Error
        assert diagnostic.source == "shapelens"
        assert diagnostic.range == types.Range(types.Position(2, 4), types.Position(2, 15))
        assert await it.client.hints(it.uri("model.py")) == [(1, 16, ": (None, 10)")]


@pytest.mark.asyncio
async def test_an_evaluation_without_a_finding_pushes_nothing_but_an_empty_list(connect: Connect) -> None:
    async with connect() as it:
        it.client.open(it.uri("model.py"), TEXT)
        (await it.host.next()).finish()
        assert (await it.client.read_diagnostics(it.uri("model.py"))).diagnostics == ()


@pytest.mark.asyncio
async def test_an_edit_stops_the_running_evaluation_and_its_result_is_never_shown(connect: Connect) -> None:
    async with connect(options={"debounceMs": 0}) as it:
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        first = await it.host.next()
        it.client.change(uri, ((1, 10, 1, 12), "20"))
        await first.until_cancelled()
        second = await it.host.next()
        assert second.program.text == TEXT.replace("10", "20")
        assert second.version == 2
        # Too late: the server does not wait for it any more.
        first.finish((first.source.tensor("Dense(10)(x)", (None, 10)),))
        second.finish((second.source.tensor("Dense(20)(x)", (None, 20)),))
        assert (await it.client.read_diagnostics(uri)).version == 2
        assert await it.client.hints(uri) == [(1, 16, ": (None, 20)")]


@pytest.mark.asyncio
async def test_of_many_edits_only_the_last_is_evaluated(connect: Connect) -> None:
    async with connect(options={"debounceMs": 200}) as it:
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        (await it.host.next()).finish()
        await it.client.read_diagnostics(uri)
        for digit in "2345":
            version = it.client.change(uri, ((1, 10, 1, 11), digit))
        evaluation = await it.host.next()
        assert evaluation.version == version == 5
        assert "Dense(50)" in evaluation.program.text
        evaluation.finish()
        assert (await it.client.read_diagnostics(uri)).version == 5


@pytest.mark.asyncio
async def test_hints_hovers_and_lenses_move_with_edits_while_the_evaluation_runs(connect: Connect) -> None:
    async with connect(options={"debounceMs": 0}) as it:
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        first = await it.host.next()
        first.finish((first.source.tensor("Dense(10)(x)", (None, 10)), first.source.tensor("Dense(4)(y)", (None, 4))))
        await it.client.read_diagnostics(uri)

        it.client.change(uri, ((0, 0, 0, 0), "import keras\n"))
        assert await it.client.hints(uri) == [(2, 16, ": (None, 10)"), (3, 15, ": (None, 4)")]
        hover = await it.client.hover(uri, 2, 8)
        assert hover is not None and hover.range is not None and hover.range.start.line == 2

        # Half-typed: the call is not closed. Everything stays.
        it.client.change(uri, ((2, 12, 2, 13), ""))
        assert await it.client.hints(uri) == [(2, 15, ": (None, 10)"), (3, 15, ": (None, 4)")]

        # A whole line goes: its hint goes with it, at once.
        it.client.change(uri, ((2, 0, 3, 0), ""))
        assert await it.client.hints(uri) == [(2, 15, ": (None, 4)")]
        last = await it.host.next()
        while last.version != 4:
            await last.until_cancelled()
            last = await it.host.next()
        last.finish((last.source.tensor("Dense(4)(y)", (None, 4)),))
        await it.client.read_diagnostics(uri)


@pytest.mark.asyncio
async def test_text_that_does_not_parse_never_replaces_what_is_shown(connect: Connect) -> None:
    async with connect(options={"debounceMs": 0}, trace=types.TraceValue.Messages) as it:
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        first = await it.host.next()
        fault = Fault(first.source.place("Dense(4)(y)"), "ValueError", "broken", origin="keras")
        first.finish((first.source.tensor("Dense(10)(x)", (None, 10)),), (fault,))
        assert len((await it.client.read_diagnostics(uri)).diagnostics) == 1
        it.client.change(uri, ((0, 0, 0, 0), "w = (\n"))
        half_typed = await it.host.next()
        half_typed.finish((), (), (), Outcome.UNPARSABLE)
        await it.client.read(types.LOG_TRACE)
        assert "version 2: does not parse" in (await it.client.read(types.LOG_TRACE)).message
        # Nothing is pushed; the hint is where its line went.
        it.client.change(uri, ((0, 5, 0, 5), ")"))
        whole = await it.host.next()
        assert await it.client.hints(uri) == [(2, 16, ": (None, 10)")]
        fault = Fault(whole.source.place("Dense(4)(y)"), "ValueError", "broken", origin="keras")
        whole.finish((), (fault,))
        pushed = await it.client.read_diagnostics(uri)
        await it.client.read(types.LOG_TRACE)
        assert pushed.version == 3
        assert pushed.diagnostics[0].range.start.line == 3


@pytest.mark.asyncio
async def test_a_cancelled_result_is_not_shown(connect: Connect) -> None:
    async with connect(options={"debounceMs": 0}, trace=types.TraceValue.Messages) as it:
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        first = await it.host.next()
        first.finish((first.source.tensor("Dense(10)(x)", (None, 10)),))
        await it.client.read_diagnostics(uri)
        it.client.save(uri)
        (await it.host.next()).finish(outcome=Outcome.CANCELLED)
        await it.client.read(types.LOG_TRACE)
        assert "version 1: cancelled" in (await it.client.read(types.LOG_TRACE)).message
        it.client.save(uri)
        last = await it.host.next()
        assert await it.client.hints(uri) == [(1, 16, ": (None, 10)")]
        last.finish((last.source.tensor("Dense(4)(y)", (None, 4)),))
        # Same version, same diagnostics: there is nothing to push.
        await it.client.read(types.LOG_TRACE)
        assert await it.client.hints(uri) == [(2, 15, ": (None, 4)")]


@pytest.mark.asyncio
async def test_a_whole_text_is_taken_as_the_edit_that_it_is(connect: Connect) -> None:
    async with connect(options={"debounceMs": 0}) as it:
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        first = await it.host.next()
        first.finish((first.source.tensor("Dense(10)(x)", (None, 10)), first.source.tensor("Dense(4)(y)", (None, 4))))
        await it.client.read_diagnostics(uri)
        it.client.change(uri, TEXT.replace("y = ", "wide = ").replace("z = ", "\nz = "))
        assert await it.client.hints(uri) == [(1, 19, ": (None, 10)"), (3, 15, ": (None, 4)")]
        (await it.host.next()).finish()
        await it.client.read_diagnostics(uri)


@pytest.mark.asyncio
async def test_several_changes_in_one_message_apply_in_order(connect: Connect) -> None:
    async with connect(options={"debounceMs": 0}) as it:
        uri = it.uri("model.py")
        it.client.open(uri, "a\r\nb\x0cb\rc\n")
        (await it.host.next()).finish()
        await it.client.read_diagnostics(uri)
        it.client.change(uri, ((1, 0, 1, 1), "B"), ((2, 0, 2, 1), "C\n"), ((0, 1, 1, 0), ""), ((9, 0, 9, 9), "end"))
        evaluation = await it.host.next()
        assert evaluation.program.text == "aB\x0cb\rC\n\nend"
        evaluation.finish()
        await it.client.read_diagnostics(uri)


@pytest.mark.asyncio
async def test_closing_drops_diagnostics_and_stops_the_evaluation(connect: Connect) -> None:
    async with connect(options={"debounceMs": 0}) as it:
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        first = await it.host.next()
        first.finish((), (Fault(first.source.place("Dense(4)(y)"), "ValueError", "broken", origin="keras"),))
        assert (await it.client.read_diagnostics(uri)).diagnostics
        it.client.change(uri, ((0, 0, 0, 0), "\n"))
        running = await it.host.next()
        it.client.close(uri)
        pushed = await it.client.read_diagnostics(uri)
        assert pushed.diagnostics == () and pushed.version is None
        await running.until_cancelled()
        assert await it.client.hover(uri, 1, 1) is None
        # It can be opened again.
        it.client.open(uri, TEXT)
        (await it.host.next()).finish()
        await it.client.read_diagnostics(uri)


@pytest.mark.asyncio
async def test_what_is_no_python_file_is_left_alone(connect: Connect) -> None:
    async with connect() as it:
        it.client.open(it.uri("notes.md"), "# x", language="markdown")
        it.client.open("git:/model.py?ref=HEAD", TEXT)
        assert await it.client.hints(it.uri("notes.md")) == []
        it.client.close("git:/model.py?ref=HEAD")


@pytest.mark.asyncio
async def test_the_first_fault_is_shown_before_the_evaluation_ends(connect: Connect) -> None:
    async with connect(capabilities(refresh=True), options={"debounceMs": 0}) as it:
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        first = await it.host.next()
        tensor = first.source.tensor("Dense(10)(x)", (None, 10))
        fault = Fault(first.source.place("Dense(4)(y)"), "ValueError", "broken", origin="keras")
        first.partial((tensor,), (fault,))
        assert len((await it.client.read_diagnostics(uri)).diagnostics) == 1
        await it.client.read(types.WORKSPACE_INLAY_HINT_REFRESH)
        await it.client.read(types.WORKSPACE_CODE_LENS_REFRESH)
        assert await it.client.hints(uri) == [(1, 16, ": (None, 10)")]
        skip = Skip(first.source.place("x = Input((3,))"), SkipReason.UNKNOWN_NAME, "The name Input is not defined.")
        first.finish((tensor,), (fault,), (skip,))
        assert len((await it.client.read_diagnostics(uri)).diagnostics) == 2
        await it.client.read(types.WORKSPACE_INLAY_HINT_REFRESH)
        await it.client.read(types.WORKSPACE_CODE_LENS_REFRESH)


@pytest.mark.asyncio
async def test_partial_results_take_nothing_away(connect: Connect) -> None:
    async with connect(options={"debounceMs": 0}) as it:
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        first = await it.host.next()
        layer = first.source.layer("Dense(10)", "Dense", spec(None, 10))
        old = Fault(first.source.place("Input((3,))"), "ValueError", "old", origin="keras")
        first.finish((layer,), (old,))
        await it.client.read_diagnostics(uri)
        it.client.save(uri)
        second = await it.host.next()
        new = Fault(second.source.place("Dense(4)(y)"), "ValueError", "new", origin="keras")
        second.partial((), (new,))
        both = await it.client.read_diagnostics(uri)
        assert [item.range.start.line for item in both.diagnostics] == [0, 2]
        assert await it.client.hints(uri) == [(1, 13, "→ (None, 10)")]
        second.finish((), (new,))
        assert len((await it.client.read_diagnostics(uri)).diagnostics) == 1
        assert await it.client.hints(uri) == []


@pytest.mark.asyncio
async def test_a_half_typed_module_leaves_its_importers_as_they_are(connect: Connect) -> None:
    async with connect(options={"debounceMs": 0}) as it:
        (it.folder / "parts.py").write_text("UNITS = 3\n")
        module, program = it.uri("parts.py"), it.uri("model.py")
        it.client.open(module, "UNITS = 3\n")
        (await it.host.next()).finish()
        await it.client.read_diagnostics(module)
        it.client.open(program, "import parts\ny = Dense(parts.UNITS)(x)\n")
        evaluation = await it.host.next()
        evaluation.finish((evaluation.source.tensor("Dense(parts.UNITS)(x)", (None, 3)),))
        await it.client.read_diagnostics(program)
        hints = await it.client.hints(program)
        assert hints
        it.client.change(module, ((1, 0, 1, 0), "foo("))
        place = Location(it.path("parts.py"), Span(1, 3, 1, 4))
        for _ in range(2):
            evaluation = await it.host.next()
            unparsable = evaluation.program.path == it.path("parts.py")
            outcome = Outcome.UNPARSABLE if unparsable else Outcome.COMPLETED
            evaluation.finish(faults=(Fault(place, "SyntaxError", "'(' was never closed"),), outcome=outcome)
        assert await it.client.hints(program) == hints
