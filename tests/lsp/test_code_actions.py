"""Quick fixes: found while the user rests or at once where the user asks, and offered where they still fit."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from lsprotocol import types

from lsp.client import StrictClient, capabilities
from lsp.conftest import Connect, Connection
from lsp.host import Evaluation
from lsp.notebook import OpenNotebook
from shapelens.lsp.positions import from_position
from shapelens.repairs.model import Fix, TextEdit
from shapelens.source.lines import Lines, Unit
from shapelens.worker.contract import Fault, Span
from support.made import Source

TEXT = "x = Input((3,))\nz = Dense(4)(x)\nw = Dense(5)(z)\n"
FIX_ALL = "source.fixAll.shapelens"
IGNORE = "Ignore keras-error on this line"


def finish(evaluation: Evaluation, *pieces: str) -> None:
    """Answer with errors at some pieces of the text."""
    source = evaluation.source
    faults = tuple(Fault(source.place(piece), "ValueError", f"{piece} is broken", origin="keras") for piece in pieces)
    evaluation.finish((), faults)


def fix(source: Source, piece: str, text: str, preferred: bool = False, title: str = "") -> Fix:
    """Return a fix that puts a text in place of a piece of the program."""
    return Fix("kind", title or f"Change to {text}", (TextEdit(source.span(piece), text),), preferred)


def inserted(title: str, span: Span, text: str, preferred: bool = False) -> Fix:
    return Fix("kind", title, (TextEdit(span, text),), preferred)


def titles(actions: Sequence[types.CodeAction]) -> list[str]:
    return [action.title for action in actions]


def edits_of(action: types.CodeAction) -> dict[str, Sequence[types.TextEdit]]:
    """Return the edits of an action by URI, however they are written."""
    assert action.edit is not None
    if action.edit.changes is not None:
        assert action.edit.document_changes is None
        return dict(action.edit.changes)
    assert action.edit.document_changes is not None
    return {
        change.text_document.uri: change.edits  # type: ignore[misc, union-attr]
        for change in action.edit.document_changes
    }


def applied(text: str, edits: Sequence[types.TextEdit], unit: Unit = Unit.UTF16) -> str:
    """Return a text as an editor makes it of the edits."""
    lines = Lines(text)
    for edit in sorted(edits, key=lambda item: (item.range.start.line, item.range.start.character), reverse=True):
        start = lines.offset(*from_position(lines, unit, edit.range.start))
        end = lines.offset(*from_position(lines, unit, edit.range.end))
        text = text[:start] + edit.new_text + text[end:]
    return text


async def opened(it: Connection, text: str, *pieces: str, name: str = "model.py") -> tuple[str, list[types.Diagnostic]]:
    """Open a file with errors and return its URI and its diagnostics."""
    it.host.asks_for_fixes = True
    uri = it.uri(name)
    it.client.open(uri, text)
    finish(await it.host.next(), *pieces)
    return uri, list((await it.client.read_diagnostics(uri)).diagnostics)


def begun(
    client: StrictClient, uri: str, place: tuple[int, int, int, int], *only: str
) -> asyncio.Task[list[types.CodeAction]]:
    return asyncio.ensure_future(client.actions(uri, place, *only))


@pytest.mark.asyncio
async def test_fixes_are_found_while_the_user_rests_and_offered_at_their_diagnostic(connect: Connect) -> None:
    async with connect() as it:
        provider = it.result.capabilities.code_action_provider
        assert isinstance(provider, types.CodeActionOptions)
        assert provider.resolve_provider
        assert provider.code_action_kinds == ("quickfix", FIX_ALL)
        uri, (diagnostic, _) = await opened(it, TEXT, "Dense(4)(x)", "Dense(5)(z)")
        # One at a time, in the order of the text.
        first = await it.host.next_search()
        assert (first.code, first.span, first.source.text) == ("keras-error", first.source.span("Dense(4)(x)"), TEXT)
        assert not it.host.is_searching
        first.finish(fix(first.source, "4", "40", preferred=True), fix(first.source, "(x)", "(y)"))
        second = await it.host.next_search()
        assert second.span == second.source.span("Dense(5)(z)")
        second.finish()
        actions = await it.client.actions(uri, (1, 6, 1, 6), diagnostics=[diagnostic])
        assert titles(actions) == ["Change to 40", "Change to (y)", IGNORE]
        assert [action.kind for action in actions] == ["quickfix"] * 3
        assert [action.is_preferred for action in actions] == [True, None, None]
        assert all(action.diagnostics == (diagnostic,) for action in actions)
        assert [applied(TEXT, edits_of(action)[uri]).splitlines()[1] for action in actions] == [
            "z = Dense(40)(x)",
            "z = Dense(4)(y)",
            "z = Dense(4)(x)  # shapelens: ignore[keras-error]",
        ]
        assert titles(await it.client.actions(uri, (2, 0, 2, 15))) == [IGNORE]
        assert await it.client.actions(uri, (0, 0, 0, 15)) == []


@pytest.mark.asyncio
async def test_fixes_that_are_asked_for_are_found_at_once(connect: Connect) -> None:
    async with connect() as it:
        uri, _ = await opened(it, TEXT, "Dense(4)(x)", "Dense(5)(z)")
        asked = begun(it.client, uri, (2, 6, 2, 6))
        search = await it.host.next_search()
        assert search.span == search.source.span("Dense(5)(z)")
        search.finish(fix(search.source, "5", "50"))
        assert titles(await asked) == ["Change to 50", IGNORE]
        # The others are looked for afterwards.
        rest = await it.host.next_search()
        assert rest.span == rest.source.span("Dense(4)(x)")
        # Asking for what is being looked for aside makes it the one that is waited for.
        asked = begun(it.client, uri, (1, 6, 1, 6))
        await rest.until_given_up()
        (await it.host.next_search()).finish(fix(rest.source, "4", "40"))
        assert titles(await asked) == ["Change to 40", IGNORE]


@pytest.mark.asyncio
async def test_what_is_not_found_in_time_is_offered_at_the_next_question(connect: Connect) -> None:
    async with connect() as it:
        uri, _ = await opened(it, TEXT, "Dense(4)(x)")
        asked = begun(it.client, uri, (1, 6, 1, 6))
        search = await it.host.next_search()
        assert titles(await asked) == [IGNORE]
        search.finish(fix(search.source, "4", "40"))
        assert titles(await it.client.actions(uri, (1, 6, 1, 6))) == ["Change to 40", IGNORE]


@pytest.mark.asyncio
async def test_an_edit_of_the_text_stops_the_search(connect: Connect) -> None:
    async with connect(options={"debounceMs": 0}) as it:
        uri, _ = await opened(it, TEXT, "Dense(4)(x)")
        search = await it.host.next_search()
        it.client.change(uri, ((0, 0, 0, 0), "\n"))
        await search.until_given_up()
        evaluation = await it.host.next()
        # Nothing is looked for in a text that is out of date.
        assert titles(await it.client.actions(uri, (2, 6, 2, 6))) == [IGNORE]
        finish(evaluation, "Dense(4)(x)")
        await it.client.read_diagnostics(uri)
        again = await it.host.next_search()
        assert again.source.text == "\n" + TEXT
        again.finish()


@pytest.mark.asyncio
async def test_an_edit_of_a_module_stops_the_search_of_its_importer(connect: Connect) -> None:
    async with connect(options={"debounceMs": 0}) as it:
        blocks = it.uri("blocks.py")
        it.client.open(blocks, "def block(x):\n    return x\n")
        (await it.host.next()).finish()
        await it.client.read_diagnostics(blocks)
        await opened(it, "from blocks import block\ny = block(x)\n", "block(x)")
        search = await it.host.next_search()
        it.client.change(blocks, ((1, 11, 1, 12), "Dense(4)(x)"))
        await search.until_given_up()
        for _ in range(2):
            (await it.host.next()).finish()
        for _ in range(2):
            await it.client.read(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)


@pytest.mark.asyncio
async def test_an_evaluation_of_another_document_comes_first(connect: Connect) -> None:
    async with connect(options={"debounceMs": 0}) as it:
        await opened(it, TEXT, "Dense(4)(x)")
        search = await it.host.next_search()
        other = it.uri("other.py")
        it.client.open(other, "x = 1\n")
        await search.until_given_up()
        evaluation = await it.host.next()
        await asyncio.sleep(0.1)
        assert not it.host.is_searching
        evaluation.finish()
        await it.client.read_diagnostics(other)
        again = await it.host.next_search()
        assert again.source.text == TEXT
        again.finish()


@pytest.mark.asyncio
async def test_closing_a_document_stops_its_search(connect: Connect) -> None:
    async with connect() as it:
        uri, _ = await opened(it, TEXT, "Dense(4)(x)")
        search = await it.host.next_search()
        it.client.close(uri)
        await search.until_given_up()
        assert (await it.client.read_diagnostics(uri)).diagnostics == ()
        assert await it.client.actions(uri, (1, 6, 1, 6)) == []


@pytest.mark.asyncio
async def test_a_search_that_fails_is_not_repeated(connect: Connect) -> None:
    async with connect() as it:
        it.client.faults_are_expected = True
        uri, _ = await opened(it, TEXT, "Dense(4)(x)", "Dense(5)(z)")
        (await it.host.next_search()).fail()
        second = await it.host.next_search()
        assert second.span == second.source.span("Dense(5)(z)")
        second.finish()
        assert titles(await it.client.actions(uri, (1, 6, 1, 6))) == [IGNORE]


@pytest.mark.asyncio
async def test_fixes_move_with_edits_and_go_where_their_lines_are_edited(connect: Connect) -> None:
    async with connect(options={"debounceMs": 86_400_000}) as it:
        uri, _ = await opened(it, TEXT, "Dense(4)(x)")
        search = await it.host.next_search()
        search.finish(
            fix(search.source, "4", "40"),
            fix(search.source, "3", "30"),
            inserted("Insert", Span(1, 0, 1, 0), "x = Flatten()(x)\n"),
        )
        assert len(await it.client.actions(uri, (1, 6, 1, 6))) == 4
        version = it.client.change(uri, ((0, 0, 0, 0), "import keras\n\n"))
        actions = await it.client.actions(uri, (3, 6, 3, 6))
        assert titles(actions) == ["Change to 40", "Change to 30", "Insert", IGNORE]
        assert [edits_of(action)[uri][0].range.start for action in actions[:3]] == [
            types.Position(3, 10),
            types.Position(2, 11),
            types.Position(3, 0),
        ]
        assert actions[0].edit is not None and actions[0].edit.document_changes is not None
        (change,) = actions[0].edit.document_changes
        assert change.text_document.version == version  # type: ignore[union-attr]
        it.client.change(uri, ((2, 11, 2, 12), "8"))
        assert titles(await it.client.actions(uri, (3, 6, 3, 6))) == ["Change to 40", "Insert", IGNORE]
        it.client.change(uri, ((3, 15, 3, 15), "  # units"))
        assert titles(await it.client.actions(uri, (3, 6, 3, 6))) == [IGNORE]


@pytest.mark.asyncio
async def test_a_lazy_client_gets_the_edit_once_it_has_chosen(connect: Connect) -> None:
    async with connect(capabilities(lazy=True), options={"debounceMs": 86_400_000}) as it:
        uri, _ = await opened(it, TEXT, "Dense(4)(x)")
        search = await it.host.next_search()
        search.finish(fix(search.source, "4", "40", preferred=True))
        mend, ignore = await it.client.actions(uri, (1, 6, 1, 6))
        (everything,) = await it.client.actions(uri, (0, 0, 0, 0), FIX_ALL)
        assert mend.edit is None and ignore.edit is None and everything.edit is None
        it.client.change(uri, ((0, 0, 0, 0), "\n"))
        assert applied("\n" + TEXT, edits_of(await it.client.resolve(mend))[uri]).splitlines()[2] == "z = Dense(40)(x)"
        assert edits_of(await it.client.resolve(everything)) == edits_of(await it.client.resolve(mend))
        it.client.change(uri, ((2, 0, 2, 15), ""))
        assert (await it.client.resolve(mend)).edit is None
        assert (await it.client.resolve(types.CodeAction("of another server"))).edit is None


@pytest.mark.asyncio
async def test_a_lazy_client_gets_the_edit_of_the_very_line_that_it_asked_about(connect: Connect) -> None:
    async with connect(capabilities(lazy=True), options={"debounceMs": 86_400_000}) as it:
        text = "y = Dense(4)(x)\nz = Dense(4)(x)\n"
        it.host.asks_for_fixes = True
        uri = it.uri("model.py")
        it.client.open(uri, text)
        evaluation = await it.host.next()
        source = evaluation.source
        places = (source.place("Dense(4)(x)"), source.place("Dense(4)(x)", 2))
        evaluation.finish((), tuple(Fault(place, "ValueError", "broken", origin="keras") for place in places))
        await it.client.read_diagnostics(uri)
        for _ in places:
            (await it.host.next_search()).finish(inserted("Insert", Span(0, 0, 0, 0), "x = 1\n"))
        insert, ignore = await it.client.actions(uri, (1, 6, 1, 6))
        assert edits_of(await it.client.resolve(ignore))[uri][0].range.start.line == 1
        assert edits_of(await it.client.resolve(insert))[uri][0].range.start.line == 0
        # Which of two equal ones was meant cannot be told any more.
        it.client.change(uri, ((2, 0, 2, 0), "\n"))
        again = types.CodeAction(ignore.title, ignore.kind, data=ignore.data)
        assert (await it.client.resolve(again)).edit is None


@pytest.mark.asyncio
async def test_all_preferred_fixes_are_one_action(connect: Connect) -> None:
    async with connect() as it:
        text = TEXT + "v = Dense(6)(w)\n"
        uri, diagnostics = await opened(it, text, "Dense(4)(x)", "Dense(5)(z)", "Dense(6)(w)")
        asked = begun(it.client, uri, (0, 0, 0, 0), "source.fixAll")
        first = await it.host.next_search()
        first.finish(fix(first.source, "4", "40", preferred=True), fix(first.source, "3", "30"))
        (await it.host.next_search()).finish(fix(first.source, "Dense(4)", "Dense(44)", preferred=True))
        (await it.host.next_search()).finish(fix(first.source, "6", "60", preferred=True))
        (everything,) = await asked
        assert everything.kind == FIX_ALL and everything.diagnostics is not None
        assert [item.range for item in everything.diagnostics] == [diagnostics[0].range, diagnostics[2].range]
        assert applied(text, edits_of(everything)[uri]) == text.replace("4", "40").replace("6", "60")
        # Without being named it is offered beside fixes.
        assert titles(await it.client.actions(uri, (3, 6, 3, 6))) == ["Change to 60", IGNORE, everything.title]
        assert await it.client.actions(uri, (0, 0, 0, 0)) == []
        assert titles(await it.client.actions(uri, (0, 0, 9, 0), "refactor", "source.organizeImports")) == []
        assert titles(await it.client.actions(uri, (1, 6, 1, 6), "quickfix")) == [
            "Change to 40",
            "Change to 30",
            IGNORE,
        ]


@pytest.mark.asyncio
async def test_a_fix_of_several_diagnostics_is_one_action(connect: Connect) -> None:
    async with connect() as it:
        uri, diagnostics = await opened(it, TEXT, "Dense(4)(x)", "Dense(5)(z)")
        asked = begun(it.client, uri, (0, 0, 3, 0), "quickfix")
        for _ in range(2):
            search = await it.host.next_search()
            search.finish(fix(search.source, "3", "30"))
        actions = await asked
        assert titles(actions) == ["Change to 30", IGNORE, IGNORE]
        assert actions[0].diagnostics == tuple(diagnostics)


@pytest.mark.asyncio
async def test_a_client_names_the_diagnostic_that_it_asks_about(connect: Connect) -> None:
    async with connect(capabilities(data=True), options={"debounceMs": 86_400_000}) as it:
        uri, (diagnostic,) = await opened(it, TEXT, "Dense(4)(x)")
        (await it.host.next_search()).finish()
        assert diagnostic.data is not None
        assert titles(await it.client.actions(uri, (0, 0, 0, 0), diagnostics=[diagnostic])) == [IGNORE]
        # Recognised although it has moved since it was published.
        it.client.change(uri, ((0, 0, 0, 0), "\n"))
        assert titles(await it.client.actions(uri, (0, 0, 0, 0), diagnostics=[diagnostic])) == [IGNORE]
        assert await it.client.actions(uri, (0, 0, 0, 0)) == []


@pytest.mark.asyncio
async def test_a_simple_client_gets_simple_edits_and_one_without_actions_none(connect: Connect) -> None:
    async with connect(capabilities(versions=False)) as it:
        uri, _ = await opened(it, TEXT, "Dense(4)(x)")
        (await it.host.next_search()).finish()
        (ignore,) = await it.client.actions(uri, (1, 6, 1, 6))
        assert ignore.edit is not None and ignore.edit.changes is not None and ignore.edit.document_changes is None
    async with connect(capabilities(actions=False)) as it:
        uri, (diagnostic,) = await opened(it, TEXT, "Dense(4)(x)")
        assert diagnostic.data is None
        (await it.host.next_search()).finish()
        assert await it.client.actions(uri, (1, 6, 1, 6)) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_edits_count_in_the_units_of_the_client_and_end_lines_as_the_text_does(
    connect: Connect, encoding: str
) -> None:
    async with connect(capabilities(encodings=[encoding])) as it:
        text = "x = 1\r\ny = f('🚀'); z = Dense(4)(x)\r\n"
        uri, (diagnostic,) = await opened(it, text, "Dense(4)(x)")
        search = await it.host.next_search()
        search.finish(Fix("kind", "Two", (TextEdit(search.source.span("4"), "5\n"),)))
        place = diagnostic.range.start
        mend, ignore = await it.client.actions(uri, (place.line, place.character, place.line, place.character))
        unit = Unit(encoding)
        assert applied(text, edits_of(mend)[uri], unit) == text.replace("4", "5\r\n")
        assert applied(text, edits_of(ignore)[uri], unit).endswith("(x)  # shapelens: ignore[keras-error]\r\n")


@pytest.mark.asyncio
async def test_fixes_of_a_notebook_lie_in_its_cells(connect: Connect) -> None:
    async with connect(capabilities(notebooks=True)) as it:
        it.host.asks_for_fixes = True
        cells = ("%matplotlib inline\nimport keras", "x = Input((3,))\n", "  y = Dense(10)(x)\n  z = Dense(4)(y)")
        book = OpenNotebook(it.client, it.uri("book.ipynb"), *cells)
        finish(await it.host.next(), "Dense(4)(y)")
        for _ in cells:
            await it.client.read(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        search = await it.host.next_search()
        source = search.source
        assert search.span == source.span("Dense(4)(y)")
        both = (TextEdit(source.span("(3,)"), "(4,)"), TextEdit(source.span("4"), "5"))
        line = source.span("z = Dense").line
        search.finish(
            Fix("kind", "Both cells", both, True),
            inserted("Insert", Span(line, 0, line, 0), "y = Flatten()(y)\n"),
            inserted("Across cells", Span(line - 3, 0, line, 0), ""),
            inserted("In a command", Span(0, 0, 0, 4), ""),
        )
        layers = book.uri_of(2)
        actions = await it.client.actions(layers, (1, 8, 1, 8))
        # Applied cell by cell, so a fix of another cell is no part of all fixes.
        assert titles(actions) == ["Both cells", "Insert", IGNORE]
        changed = edits_of(actions[0])
        assert applied(cells[1], changed[book.uri_of(1)]) == "x = Input((4,))\n"
        assert applied(cells[2], changed[layers]) == cells[2].replace("4", "5")
        assert applied(cells[2], edits_of(actions[1])[layers]) == (
            "  y = Dense(10)(x)\n  y = Flatten()(y)\n  z = Dense(4)(y)"
        )
        assert list(edits_of(actions[2])) == [layers]
        assert await it.client.actions(book.uri_of(1), (0, 0, 0, 5)) == []


@pytest.mark.asyncio
async def test_a_diagnostic_in_an_open_module_can_be_ignored_there(connect: Connect) -> None:
    async with connect(options={"debounceMs": 0}) as it:
        it.host.asks_for_fixes = True
        blocks = Source("def block(x):\n    return Dense(4)(x)\n", it.path("blocks.py"))
        it.client.open(it.uri("blocks.py"), blocks.text)
        (await it.host.next()).finish()
        await it.client.read_diagnostics(it.uri("blocks.py"))
        it.client.open(it.uri("model.py"), "from blocks import block\ny = block(x)\n")
        fault = Fault(blocks.place("Dense(4)(x)"), "ValueError", "broken", origin="keras")
        (await it.host.next()).finish((), (fault,))
        for _ in range(2):
            await it.client.read(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        (ignore,) = await it.client.actions(it.uri("blocks.py"), (1, 12, 1, 12))
        assert titles([ignore]) == [IGNORE]
        assert "ignore[keras-error]" in applied(blocks.text, edits_of(ignore)[it.uri("blocks.py")])


@pytest.mark.asyncio
async def test_diagnostics_that_are_not_shown_have_no_actions(connect: Connect) -> None:
    async with connect(options={"diagnostics": {"severity": {"keras-error": "off"}}}) as it:
        uri, diagnostics = await opened(it, TEXT, "Dense(4)(x)")
        assert diagnostics == []
        (await it.host.next_search()).finish()
        assert await it.client.actions(uri, (1, 6, 1, 6)) == []
