"""Notebooks on the disk: how they are read, found and reported."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from shapelens.cli.discovery import find_files
from shapelens.cli.notebook_file import parse_notebook, read_notebook
from shapelens.cli.reports.json import as_plain
from shapelens.cli.reports.model import EnvironmentReport, FileReport, Part, Report
from shapelens.cli.reports.places import by_place
from shapelens.cli.reports.text import TextReport
from shapelens.cli.source_text import UnreadableSource
from shapelens.cli.terminal import Terminal
from shapelens.features.cells import examine
from shapelens.source.notebook import CellCode, NotebookCode, cell_path
from shapelens.worker.contract import Fault, Frame, Location, Span
from support.made import READY, Source, spec

PATH = "/project/book.ipynb"


def code(source: Any, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "metadata": {}, **more}


def text(source: str = "# Title") -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source, "metadata": {}}


def saved(*cells: Any, **metadata: Any) -> str:
    return json.dumps({"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5})


def test_code_cells_keep_their_index_among_all_cells() -> None:
    notebook = parse_notebook(saved(text(), code(["import keras\n", "x = 1"]), {"cell_type": "raw"}, code("y = 2\n")))
    assert [(cell.index, cell.text) for cell in notebook.cells] == [(1, "import keras\nx = 1"), (3, "y = 2\n")]
    assert notebook.is_python


def test_older_formats_are_read() -> None:
    cells = [
        {"cell_type": "heading", "source": "Title"},
        {"cell_type": "code", "language": "python", "input": ["x = 1\n", "y = 2"]},
    ]
    notebook = parse_notebook(json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3}))
    assert [(cell.index, cell.text) for cell in notebook.cells] == [(1, "x = 1\ny = 2")]
    cells[1]["language"] = "julia"
    assert parse_notebook(json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3})).language == "julia"


@pytest.mark.parametrize(
    ("metadata", "language", "is_python"),
    [
        ({}, "python", True),
        ({"language_info": {"name": "python"}}, "python", True),
        ({"language_info": {"name": "R"}, "kernelspec": {"language": "python"}}, "R", False),
        ({"kernelspec": {"language": "julia"}}, "julia", False),
        ({"language_info": [], "kernelspec": {"name": "x"}}, "python", True),
    ],
)
def test_the_language_is_what_the_notebook_says(metadata: dict[str, Any], language: str, is_python: bool) -> None:
    notebook = parse_notebook(saved(code("x = 1"), **metadata))
    assert (notebook.language, notebook.is_python) == (language, is_python)


def test_cells_in_other_languages_and_odd_cells_are_left_out() -> None:
    polyglot = code("SELECT 1", metadata={"vscode": {"languageId": "sql"}})
    notebook = parse_notebook(saved(polyglot, None, "x", {}, code(None), code([1, "x = 1"])))
    assert [(cell.index, cell.text) for cell in notebook.cells] == [(4, ""), (5, "x = 1")]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", r"^The notebook's file is empty\.$"),
        (b'{"cells": [', r"not valid JSON: Expecting value in line 1, column 12\.$"),
        (b'{\n<<<<<<< HEAD\n"cells": []\n', r"marks of a merge"),
        (b"[1, 2]", r"its JSON is no object"),
        (b'{"nbformat": 4}', r"no list of cells"),
        (b'{"cells": 3}', r"no list of cells"),
        (b'{"cells": "\xff"}', r"not valid UTF-8: byte 0xff"),
        (b"[" * 100_000, r"nested too deep"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "book.ipynb"
    path.write_bytes(data)
    with pytest.raises(UnreadableSource, match=reason):
        read_notebook(path)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "book.ipynb"
    path.write_bytes(b"\xef\xbb\xbf" + saved(code("x = 1")).encode())
    assert read_notebook(path).cells[0].text == "x = 1"


def test_a_file_that_is_gone_is_explained(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match=r"cannot be read: No such file or directory\."):
        read_notebook(tmp_path / "book.ipynb")


def test_a_folder_stands_for_its_notebooks_too(tmp_path: Path) -> None:
    files = {
        "keras.ipynb": saved(text(), code(["!pip install keras\n", "import os\n", "import keras"])),
        "local.ipynb": saved(code("from blocks import dense")),
        "blocks.py": "import keras",
        "pandas.ipynb": saved(text("import keras"), code("import pandas")),
        "broken.ipynb": saved(code("import keras\nx = 1"))[:-10],
        "odd.ipynb": '{"cells": [',
        ".ipynb_checkpoints/keras-checkpoint.ipynb": saved(code("import keras")),
    }
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    found = [file.shown for file in find_files(["."], tmp_path)]
    assert found == ["blocks.py", "broken.ipynb", "keras.ipynb", "local.ipynb"]


CELLS = {1: "import keras\nd = Dense(3)", 3: "x = (", 4: "y = d(x)\nz = y"}


def report() -> Report:
    parts = tuple(Part(cell_path(PATH, index), source, index) for index, source in CELLS.items())
    notebook = NotebookCode(PATH, [CellCode(part.path, part.text) for part in parts])
    source = Source(notebook.text, PATH)
    fault = Fault(source.place("Dense(3)"), "ValueError", "bad", (Frame(source.place("d(x)"), "<module>"),), "keras")
    seen = source.analysis((source.layer("Dense(3)", "Dense", spec(None, 3)), source.tensor("d(x)", (8, 3))), (fault,))
    analysis, diagnostics = examine(seen, notebook)
    file = FileReport(Path(PATH), "book.ipynb", "", analysis.status, diagnostics, analysis, parts)
    return Report(EnvironmentReport.of(READY), by_place((file,)), 1.0)


def test_each_item_of_the_json_report_has_its_cell() -> None:
    (file,) = as_plain(report())["files"]
    assert (file["path"], file["status"]) == ("book.ipynb", "partial")
    assert [(item["cell"], item["range"]["start"]["line"], item["code"]) for item in file["diagnostics"]] == [
        (1, 1, "keras-error"),
        (3, 0, "not-evaluated"),
    ]
    (related,) = file["diagnostics"][0]["related"]
    assert (related["path"], related["cell"]) == ("book.ipynb", 4)
    assert related["range"]["start"] == {"line": 0, "character": 4}
    assert [(item["cell"], item["range"]["start"]["line"], item["shape"]) for item in file["shapes"]] == [
        (1, 1, [None, 3]),
        (4, 0, [8, 3]),
    ]


def test_the_text_report_goes_cell_by_cell() -> None:
    shown = "\n".join(line.plain for line in TextReport(Terminal(io.StringIO())).lines(report()))
    assert shown.splitlines()[2:] == [
        "book.ipynb",
        " cell 2",
        " 1 │ import keras",
        " 2 │ d = Dense(3)  → (None, 3)",
        "   │     ^^^^^^^^",
        "   │ error[keras-error]: bad",
        "   │   cell 5, line 1: called from here: d(x)",
        " cell 4",
        " 1 │ x = (",
        "   │     ^",
        "   │ error[not-evaluated]: SyntaxError: '(' was never closed",
        " cell 5",
        " 1 │ y = d(x)  (8, 3)",
        " 2 │ z = y",
        "1 layer · 2 errors · 0.01 s",
    ]


def test_a_module_names_the_cell_that_called_it() -> None:
    whole = report()
    (item,) = whole.files[0].diagnostics[:1]
    module = FileReport(Path("/project/blocks.py"), "blocks.py", "x = 1\n", whole.files[0].status)
    moved = FileReport(
        Path(PATH),
        "book.ipynb",
        "",
        whole.files[0].status,
        (type(item)(item.code, item.severity, Location("/project/blocks.py", Span(0, 0, 0, 1)), "bad", item.related),),
        None,
        whole.files[0].cells,
    )
    files = by_place((module, moved))
    shown = "\n".join(
        line.plain for line in TextReport(Terminal(io.StringIO())).lines(Report(whole.environment, files, 1.0))
    )
    assert "book.ipynb, cell 5, line 1: called from here: d(x)" in shown
