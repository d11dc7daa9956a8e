"""Notebooks on the command line, with real Keras."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import shapelens
from support.expectations import read_expectations
from support.notebooks import read_notebook

SERVER = str(Path(shapelens.__file__).parent.parent)

pytestmark = pytest.mark.slow


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "shapelens", "check", "--python", sys.executable, *map(str, arguments)]
    environment = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "VIRTUAL_ENV")}
    environment["PYTHONPATH"] = SERVER
    return subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", timeout=100)


def checked(*arguments: str | Path) -> tuple[int, list[dict[str, Any]]]:
    result = run("--format", "json", *arguments)
    assert result.stderr == ""
    return result.returncode, json.loads(result.stdout)["files"]


def shape_text(shape: Any) -> str:
    return str(tuple(shape)) if isinstance(shape, list) else str(shape)


def write(path: Path, *cells: str, **metadata: Any) -> Path:
    plain = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": text} for text in cells]
    path.write_text(json.dumps({"cells": plain, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}))
    return path


@pytest.fixture(scope="module")
def notebooks(fixtures: Path) -> Path:
    return fixtures / "workspaces" / "notebooks"


def test_shapes_have_their_cells(notebooks: Path) -> None:
    book = notebooks / "digits.ipynb"
    code, (file,) = checked(book)
    assert code == 0
    assert [item for item in file["diagnostics"] if item["severity"] != "hint"] == []
    joined = read_notebook(book.read_text(encoding="utf-8"))
    seen = {(item["cell"], item["range"]["end"]["line"], shape_text(item["shape"])) for item in file["shapes"]}
    expected = {(*joined.place(item.line), item.shapes[0]) for item in read_expectations(book).shapes}
    assert len(expected) == 4 and not expected - seen
    # Behind %time, in its own column.
    (call, *_) = [item for item in file["shapes"] if item["cell"] == 7 and item["name"] == "logits"]
    assert call["range"]["start"] == {"line": 1, "character": 15} and call["shape"] == [8, 10]


def test_errors_have_their_cells(notebooks: Path) -> None:
    book = notebooks / "forecast.ipynb"
    code, (file,) = checked(book)
    assert code == 1
    joined = read_notebook(book.read_text(encoding="utf-8"))
    (expected,) = read_expectations(book).errors
    (error,) = [item for item in file["diagnostics"] if item["severity"] == "error"]
    assert (error["cell"], error["range"]["start"]["line"]) == joined.place(expected.span.line)
    assert (error["code"], error["range"]["start"]["character"]) == ("layer-rank-mismatch", expected.span.column)
    assert (3, "forecast.ipynb") in [(item["cell"], Path(item["path"]).name) for item in error["related"]]


def test_behind_a_cell_that_does_not_parse_the_rest_goes_on(tmp_path: Path) -> None:
    book = write(tmp_path / "book.ipynb", "import keras", "history = [1, 2", "y = history[0]", "x = keras.Input((3,))")
    code, (file,) = checked(book)
    assert (code, file["status"]) == (1, "partial")
    assert [(item["cell"], item["severity"]) for item in file["diagnostics"]] == [(1, "error"), (2, "hint")]
    assert [(item["cell"], item["shape"]) for item in file["shapes"]] == [(3, [None, 3])]


def test_the_text_report_shows_cells(notebooks: Path) -> None:
    result = run(notebooks / "forecast.ipynb")
    assert (result.returncode, result.stderr) == (1, "")
    lines = result.stdout.splitlines()
    assert " cell 3" in lines and " cell 5" in lines
    assert "error[layer-rank-mismatch]" in result.stdout


def test_a_notebook_runs_in_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "sizes.txt").write_text("3,5")
    (folder / "parts.py").write_text("def shape(text):\n    return tuple(map(int, text.split(',')))\n")
    book = write(
        folder / "book.ipynb",
        "import numpy as np\nfrom parts import shape",
        "x = np.zeros(shape(open('sizes.txt').read()))",
        "try:\n    __file__\nexcept NameError:\n    y = np.zeros(7)",
    )
    code, (file,) = checked(book)
    assert (code, file["status"]) == (0, "evaluated")
    assert [item["shape"] for item in file["shapes"] if item["name"] in "xy"] == [[3, 5], [7]]


def test_what_cannot_be_read_is_said_and_harms_no_other(tmp_path: Path) -> None:
    (tmp_path / "broken.ipynb").write_text('{"cells": [')
    write(tmp_path / "in_r.ipynb", "library(keras)", language_info={"name": "R"})
    write(tmp_path / "empty.ipynb")
    write(tmp_path / "sound.ipynb", "import keras\nx = keras.Input((3,))")
    names = ["broken.ipynb", "in_r.ipynb", "empty.ipynb", "sound.ipynb"]
    code, files = checked(*[tmp_path / name for name in names])
    assert code == 1
    broken, in_r, empty, sound = files
    (error,) = broken["diagnostics"]
    assert (broken["status"], error["severity"], error["cell"]) == ("failed", "error", None)
    assert "not valid JSON" in error["message"]
    (reason,) = in_r["diagnostics"]
    assert (in_r["status"], reason["severity"]) == ("skipped", "information")
    assert reason["message"] == "The notebook is written in R, not in Python."
    assert (empty["status"], empty["diagnostics"], empty["shapes"]) == ("evaluated", [], [])
    assert sound["shapes"][0]["shape"] == [None, 3]
