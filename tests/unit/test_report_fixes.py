"""Fixes in the reports for people and as JSON, and what --fix says."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from shapelens.cli.checked import Checked
from shapelens.cli.evaluations import Target
from shapelens.cli.fixing import Change
from shapelens.cli.reports.fix_view import unified
from shapelens.cli.reports.fixed import fixed_lines
from shapelens.cli.reports.json import as_plain
from shapelens.cli.reports.model import FileReport
from shapelens.cli.reports.text import TextReport
from shapelens.cli.terminal import Terminal
from support.fixes import broken_file, change, fix, insertion, report_of
from support.made import Source

TEXT = "import keras\n\nmodel = keras.Sequential([\n    keras.Input((4,)),\n    layers.LSTM(3),\n])\n"


def source(tmp_path: Path) -> Source:
    return Source(TEXT, str(tmp_path / "model.py"))


def printed(file: FileReport, width: int | None = None, encoding: str = "utf-8") -> list[str]:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True)
    terminal = Terminal(stream, "never")
    if width is not None:
        terminal.is_interactive = True
        terminal.console.width = width
    TextReport(terminal).print(report_of(file))
    return stream.buffer.getvalue().decode(encoding).splitlines()


def test_the_text_shows_the_first_fix_with_its_lines_and_two_more(tmp_path: Path) -> None:
    made = source(tmp_path)
    first = fix(
        "Insert RepeatVector(5) → (None, 5, 4)", insertion(made, "    layers.LSTM(3)", "    layers.RepeatVector(5),\n")
    )
    changed = fix("Declare steps", change(made, "(4,)", "(4, 1)"))
    file = broken_file(made, "layers.LSTM(3)", first, changed, changed, changed)
    lines = printed(file)
    at = next(number for number, line in enumerate(lines) if "error[" in line)
    assert [line.removeprefix("   │ ") for line in lines[at + 1 : at + 5]] == [
        "  fix: Insert RepeatVector(5) → (None, 5, 4)",
        "    + layers.RepeatVector(5),",
        "  or: Declare steps",
        "  or: Declare steps",
    ]
    assert "fix:" not in "".join(printed(broken_file(made, "layers.LSTM(3)")))


def test_lines_of_a_fix_that_lie_apart_are_parted_and_fit_the_terminal(tmp_path: Path) -> None:
    made = source(tmp_path)
    far = fix("Both", change(made, "keras", "keras  # " + "long " * 20), change(made, "(4,)", "(4, 1)"))
    lines = printed(broken_file(made, "layers.LSTM(3)", far), width=60)
    at = next(number for number, line in enumerate(lines) if "fix: Both" in line)
    assert [line.removeprefix("   │     ")[:16].rstrip() for line in lines[at + 1 : at + 6]] == [
        "- import keras",
        "+ import keras",
        "⋮",
        "-     keras.Inpu",
        "+     keras.Inpu",
    ]
    assert max(map(len, lines[at:])) <= 60


def test_other_encodings_show_fixes_in_plain_characters(tmp_path: Path) -> None:
    made = source(tmp_path)
    lines = printed(broken_file(made, "layers.LSTM(3)", fix("A → B", change(made, "3", "4"))), encoding="ascii")
    assert any("fix: A -> B" in line for line in lines)


def test_json_has_the_fixes_of_each_diagnostic(tmp_path: Path) -> None:
    made = Source('名 = "😀"; y = LSTM(3)(x)\n', str(tmp_path / "model.py"))
    unsure = fix("Guess", change(made, "3", "4"), preferred=False, verified=False)
    sure = fix("Sure", change(made, "x", "r(x)"))
    (file,) = as_plain(report_of(broken_file(made, "LSTM(3)(x)", unsure, sure)))["files"]
    (error,) = file["diagnostics"]
    assert [found["title"] for found in error["fixes"]] == ["Sure", "Guess"]
    assert error["fixes"][0] == {
        "title": "Sure",
        "verified": True,
        "preferred": True,
        "edits": [
            {
                "path": "model.py",
                "range": {"start": {"line": 0, "character": 22}, "end": {"line": 0, "character": 23}},
                "newText": "r(x)",
            }
        ],
    }


def test_fixes_stay_with_a_diagnostic_that_a_caller_found_too(tmp_path: Path) -> None:
    made = source(tmp_path)
    module = broken_file(made, "layers.LSTM(3)", fix("Sure", change(made, "3", "4")))
    (error,) = module.diagnostics
    caller = Source("import model", str(tmp_path / "caller.py"))
    foreign = replace(error, detail="seen from a caller")
    other = FileReport(Path(caller.path), "caller.py", caller.text, module.status, (foreign,))
    report = report_of(other, module)
    assert [len(file.diagnostics) for file in report.files] == [0, 1]
    assert list(report.files[1].fixes) == list(report.files[1].diagnostics) == [foreign]


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("a\nb\n", "a\nc\n", ["@@ -1,2 +1,2 @@", " a", "-b", "+c"]),
        (
            "a\r\nb",
            "a\r\nc",
            ["@@ -1,2 +1,2 @@", " a", "-b", "\\ No newline at end of file", "+c", "\\ No newline at end of file"],
        ),
        ("-- a\n", "++ b\n", ["@@ -1 +1 @@", "--- a", "+++ b"]),
    ],
)
def test_differences_are_unified(before: str, after: str, lines: list[str]) -> None:
    assert list(unified(before, after, "model.py")) == ["--- model.py", "+++ model.py", *lines]
    assert list(unified(before, before, "model.py")) == []


def test_what_was_fixed_is_shown_file_by_file(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    before = Checked(Target(path, "a\nb\n", tmp_path, tmp_path), replace(broken_file(Source("a\nb\n", str(path)), "a")))
    made = Change(before, before.with_texts({str(path): "a\nc\n"}), (fix("Mend b"), fix("Mend c")))
    stream = io.StringIO()
    lines = [line.plain for line in fixed_lines([made], Terminal(stream, "never"))]
    assert lines[:3] == ["model.py", "fix: Mend b", "fix: Mend c"]
    assert lines[-5:] == [" a", "-b", "+c", "", "2 fixes applied in 1 file"]
    assert [line.plain for line in fixed_lines([made], Terminal(stream, "never"), applied=False)][-1] == (
        "2 fixes would be applied in 1 file"
    )
    assert [line.plain for line in fixed_lines([], Terminal(stream, "never"))] == ["no fix applied"]
