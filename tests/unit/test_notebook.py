"""A notebook's cells as one program, and the way between places in the two."""

from __future__ import annotations

import ast
import dataclasses
import random

import pytest

from shapelens.diagnostics.model import Severity
from shapelens.features.cells import examine
from shapelens.source.notebook import CellCode, NotebookCode, cell_path, same_notebook
from shapelens.worker.contract import Fault, Frame, Location, Skip, SkipReason, Span
from support.made import Source

PATH = "/project/book.ipynb"


def notebook(*texts: str) -> NotebookCode:
    return NotebookCode(PATH, [CellCode(cell_path(PATH, number), text) for number, text in enumerate(texts)])


def test_cells_are_joined_line_by_line() -> None:
    code = notebook("a = 1\n", "", "b = 2\r\nc = 3\rd = 4", "e = 5\n\n")
    assert code.text == "a = 1\n\n\nb = 2\nc = 3\nd = 4\ne = 5\n\n\n"
    assert [code.to_cell(Span(line, 0, line, 1)) for line in (0, 2, 3, 5, 6)] == [
        (0, Span(0, 0, 0, 1)),
        (1, Span(0, 0, 0, 0)),
        (2, Span(0, 0, 0, 1)),
        (2, Span(2, 0, 2, 1)),
        (3, Span(0, 0, 0, 1)),
    ]
    assert notebook().text == "" and notebook().to_cell(Span(0, 0, 0, 0)) is None


def test_places_go_there_and_back() -> None:
    chance = random.Random(3)
    texts = ["\n".join("x" * chance.randrange(5) for _ in range(chance.randrange(1, 6))) for _ in range(20)]
    code = notebook(*texts)
    for index, cell in enumerate(code.cells):
        for line in range(len(cell.lines)):
            span = Span(line, 0, line, len(cell.lines[line]))
            assert code.to_cell(code.to_program(index, span)) == (index, span)


def test_a_place_behind_the_program_is_at_the_end_of_the_last_cell() -> None:
    code = notebook("a = 1", "b = 22")
    assert code.to_cell(Span(9, 4, 9, 5)) == (1, Span(0, 6, 0, 6))


def test_places_in_other_files_stay() -> None:
    other = Location("/project/parts.py", Span(7, 0, 7, 1))
    assert notebook("a = 1").located(other) is other


def test_a_broken_cell_is_empty_and_says_why() -> None:
    code = notebook("x = 1", "def f(:\n    pass\n", "if x:", "y = 2")
    assert code.text == "x = 1\n\n\n\n\ny = 2\n"
    assert [(fault.exception, fault.location.span.line) for fault in code.faults] == [
        ("SyntaxError", 1),
        ("IndentationError", 4),
    ]
    # A fault at the end of a cell is no fault of the next one.
    assert [code.located(fault.location) for fault in code.faults] == [
        Location(f"{PATH}#1", Span(0, 6, 0, 7)),
        Location(f"{PATH}#2", Span(0, 4, 0, 5)),
    ]


@pytest.mark.parametrize(
    "texts", [("f(1,", "2)"), ("x = 1 + \\", "2"), ("'''", "'''"), ("try:\n  pass", "except E: pass"), ("a = 1\0",)]
)
def test_cells_do_not_run_into_each_other(texts: tuple[str, ...]) -> None:
    code = notebook(*texts, "good = 1")
    assert len(code.faults) == len([text for text in texts if CellCode("", text).is_broken]) > 0
    last = ast.parse(code.text).body[-1]
    assert code.to_cell(Span(last.lineno - 1, 0, last.lineno - 1, 8)) == (len(texts), Span(0, 0, 0, 8))


def test_future_imports_of_any_cell_stand_at_the_head() -> None:
    code = notebook("x = 1", "from __future__ import annotations; y = 2\n", "from __future__ import (\n  division,\n)")
    lines = code.text.splitlines()
    assert lines[0] == "from __future__ import annotations, division"
    assert lines[1:3] == ["x = 1", "pass                              ; y = 2"]
    compile(code.text, "book", "exec")
    assert code.to_cell(Span(2, 36, 2, 41)) == (1, Span(0, 36, 0, 41))
    assert code.to_cell(Span(0, 0, 0, 4)) == (0, Span(0, 0, 0, 0))


def test_a_margin_comes_off_and_columns_are_those_of_the_cell() -> None:
    code = notebook("    x = 1\n    if x:\n        y = 2\n", "    def f(:")
    assert code.text == "x = 1\nif x:\n    y = 2\n\n\n"
    assert code.to_cell(Span(2, 4, 2, 9)) == (0, Span(2, 8, 2, 13))
    assert code.to_program(0, Span(2, 8, 2, 13)) == Span(2, 4, 2, 9)
    assert code.located(code.faults[0].location) == Location(f"{PATH}#1", Span(0, 10, 0, 11))


def test_statements_that_await_are_stepped_over() -> None:
    code = notebook("x = await f()\nasync def g():\n    await x\nawait g(); y = 3\n[i async for i in x]")
    assert code.text == "pass         \nasync def g():\n    await x\npass     ; y = 3\npass                \n"
    assert not code.faults
    compile(code.text, "book", "exec")


def test_what_stands_in_place_of_a_command_ends_with_its_line() -> None:
    code = notebook("files = !ls")
    line = code.text.splitlines()[0]
    assert len(line) > len("files = !ls")
    assert code.to_cell(Span(0, 0, 0, len(line))) == (0, Span(0, 0, 0, 11))


def test_half_typed_is_what_differs_in_broken_cells_only() -> None:
    before = notebook("x = 1", "y = f(x)", "z = 3")
    assert notebook("x = 1", "y = f(x", "z = 3").is_half_typed_since(before)
    assert not notebook("x = 1", "y = g(x)", "z = 3").is_half_typed_since(before)
    assert not notebook("x = 1", "y = f(x", "z = 4").is_half_typed_since(before)
    broken = notebook("x = 1", "y = f(x", "z = 3")
    assert not notebook("x = 1", "y = f((x", "z = 3").is_half_typed_since(broken)
    assert notebook("x = 1", "y = f(x", "z = (").is_half_typed_since(broken)


def test_cells_of_one_notebook_know_each_other() -> None:
    assert same_notebook(cell_path(PATH, 1), cell_path(PATH, 20))
    assert not same_notebook(cell_path(PATH, 1), cell_path("/project/other.ipynb", 1))
    assert not same_notebook(PATH, cell_path(PATH, 1)) and not same_notebook("/a#b.py", "/a#b.py")


def test_an_analysis_is_seen_from_the_cells() -> None:
    code = notebook("import keras\nlayer = Dense(3)", "y = (", "z = layer(y)\nw = z")
    source = Source(code.text, PATH)
    value = dataclasses.replace(source.tensor("layer(y)", (1,)), target=source.span("z"), via=(source.place("w = z"),))
    fault = Fault(source.place("Dense(3)"), "ValueError", "bad", (Frame(source.place("layer(y)"), "f"),), "keras")
    message = "`layer` is unknown, because line 2 has no result."
    origin = source.place("layer = Dense(3)")
    skips = tuple(
        Skip(source.place(piece), SkipReason.DEPENDS_ON_UNKNOWN, message, "layer", origin)
        for piece in ("layer(y)", "import keras")
    )
    analysis, diagnostics = examine(source.analysis((value,), (fault,), skips), code)
    (seen,) = analysis.observations
    assert (seen.location, seen.target) == (Location(f"{PATH}#2", Span(0, 4, 0, 12)), Span(0, 0, 0, 1))
    assert seen.via == (Location(f"{PATH}#2", Span(1, 0, 1, 5)),)
    assert [item.location.path for item in analysis.faults] == [f"{PATH}#1", f"{PATH}#0"]
    assert [item.message for item in analysis.skips] == [
        "`layer` is unknown, because line 2 of another cell has no result.",
        message,
    ]
    errors = [item for item in diagnostics if item.severity is Severity.ERROR]
    assert sorted((item.location.path, item.span.line) for item in errors) == [(f"{PATH}#0", 1), (f"{PATH}#1", 0)]


def test_a_file_is_seen_as_it_is() -> None:
    analysis = Source("x = 1\n").analysis()
    assert examine(analysis) == (analysis, ())
