"""Workflow commands of GitHub Actions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from shapelens.cli.reports.github import command, github_report
from shapelens.cli.reports.model import FileReport
from shapelens.diagnostics.model import Diagnostic, Severity
from shapelens.evaluation.analysis import Status
from shapelens.source.notebook import cell_path
from support.fixes import RANK, broken_file, broken_notebook, change, fix, report_of
from support.made import Source


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_error_and_its_fixes(folder: Path) -> None:
    source = Source('名 = "😀"; y = layers.LSTM(3)(x)\n', str(folder / "src" / "model.py"))
    first = fix("Insert RepeatVector(4) → (None, 4, 3)", change(source, "x", "layers.RepeatVector(4)(x)"))
    report = report_of(broken_file(source, "layers.LSTM(3)(x)", first, fix("Reshape x")))
    place = "file=src/model.py,line=1,endLine=1,col=15,endColumn=32"
    assert github_report(report).split("\n") == [
        f"::error {place},title=layer-rank-mismatch::{RANK}",
        f"::notice {place},title=Fix of layer-rank-mismatch::Insert RepeatVector(4) → (None, 4, 3)%0Aor: Reshape x",
    ]


def test_columns_are_left_out_of_what_spans_lines(folder: Path) -> None:
    source = Source("y = layers.LSTM(\n    3\n)(x)\n", str(folder / "model.py"))
    report = report_of(broken_file(source, "layers.LSTM(\n    3\n)(x)"))
    assert github_report(report) == f"::error file=model.py,line=1,endLine=3,title=layer-rank-mismatch::{RANK}"


@pytest.mark.parametrize(
    ("severity", "name"), [(Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFORMATION, "notice")]
)
def test_severities_have_their_commands(severity: Severity, name: str, folder: Path) -> None:
    file = broken_file(Source("LSTM(3)", str(folder / "model.py")), "LSTM(3)")
    report = report_of(replace(file, diagnostics=(replace(file.diagnostics[0], severity=severity),)))
    assert github_report(report).startswith(f"::{name} file=")


def test_hints_are_left_out(folder: Path) -> None:
    file = broken_file(Source("LSTM(3)", str(folder / "model.py")), "LSTM(3)")
    report = report_of(replace(file, diagnostics=(replace(file.diagnostics[0], severity=Severity.HINT),)))
    assert github_report(report) == ""


def test_places_in_notebooks_are_said_in_words(folder: Path) -> None:
    cell = Source("x = 1\nLSTM(3)", cell_path(str(folder / "book.ipynb"), 4))
    error = Diagnostic("keras-error", Severity.ERROR, cell.place("LSTM(3)"), "Wrong.")
    file = broken_notebook(cell, 4, error, fix("Insert", change(cell, "3", "4")))
    assert github_report(report_of(file)).split("\n") == [
        "::error file=book.ipynb,title=keras-error::cell 5, line 2: Wrong.",
        "::notice file=book.ipynb,title=Fix of keras-error::cell 5, line 2: Insert",
    ]


def test_signs_of_the_syntax_are_escaped() -> None:
    written = command("error", "50%:\r\none, two", {"file": "a,b:c%.py", "title": "x\ny"})
    assert written == "::error file=a%2Cb%3Ac%25.py,title=x%0Ay::50%25:%0D%0Aone, two"
    assert command("notice", "", {}) == "::notice::"


def test_a_file_elsewhere_keeps_its_whole_path(folder: Path) -> None:
    file = FileReport(Path("/elsewhere/model.py"), "../elsewhere/model.py", "", Status.EVALUATED)
    source = Source("LSTM(3)", "/elsewhere/model.py")
    assert github_report(report_of(file)) == ""
    assert github_report(report_of(broken_file(source, "LSTM(3)"))).startswith(
        "::error file=/elsewhere/model.py,line=1"
    )
