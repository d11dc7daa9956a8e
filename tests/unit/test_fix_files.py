"""Fixes on the disk: what is written, in which bytes, and when nothing is."""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from shapelens.cli.edits import edited
from shapelens.cli.fix_files import Unwritable, encoded_source, replace_file, write_notebook, write_source
from shapelens.cli.notebook_edit import UnknownCell, with_cells
from shapelens.cli.notebook_file import parse_notebook
from shapelens.cli.source_text import read_source_file
from shapelens.features.quick_fixes import together
from support.fixes import change, fix, insertion
from support.made import Source

MODEL = "import keras\nx = a(1)\ny = b(x)\n"


def applied(path: Path, piece: str, text: str) -> bytes:
    """Return the bytes of a file once a piece of it is changed as --fix does it."""
    before = read_source_file(path)
    source = Source(before.text, str(path))
    write_source(path, before.data, edited(before.text, [change(source, piece, text)]))
    return path.read_bytes()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"x = a\ny = b\n", b"x = f(\n    a)\ny = b\n"),
        (b"x = a\r\ny = b\r\n", b"x = f(\r\n    a)\r\ny = b\r\n"),
        (b"x = a\ry = b", b"x = f(\r    a)\ry = b"),
        (b"x = a", b"x = f(\n    a)"),
        # The line's own end counts where a file has several; the last line takes that of the first.
        (b"# top\r\nx = a\ny = b\r\n", b"# top\r\nx = f(\n    a)\ny = b\r\n"),
        (b"y = b\r\nx = a", b"y = b\r\nx = f(\r\n    a)"),
        (b"\xef\xbb\xbfx = a\n", b"\xef\xbb\xbfx = f(\n    a)\n"),
        ("x = a  # größer\n".encode(), "x = f(\n    a)  # größer\n".encode()),
        (
            b"# -*- coding: latin-1 -*-\nname = '\xe9'\nx = a\n",
            b"# -*- coding: latin-1 -*-\nname = '\xe9'\nx = f(\n    a)\n",
        ),
        (
            "# coding: shift_jis\nname = '層'\nx = a\n".encode("shift_jis"),
            "# coding: shift_jis\nname = '層'\nx = f(\n    a)\n".encode("shift_jis"),
        ),
        (b"x = a\x0c\nlong = '\xe2\x80\xa8'\n", b"x = f(\n    a)\x0c\nlong = '\xe2\x80\xa8'\n"),
    ],
)
def test_all_but_the_change_keeps_its_bytes(before: bytes, after: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_bytes(before)
    assert applied(path, "x = a", "x = f(\n    a)") == after
    assert list(tmp_path.iterdir()) == [path]


def test_a_change_that_the_encoding_lacks_is_refused() -> None:
    before = b"# coding: ascii\nx = 1\n"
    with pytest.raises(Unwritable, match="its encoding has no characters for the change"):
        encoded_source(before, "# coding: ascii\nx = 'é'\n")


def test_bytes_that_would_not_come_back_are_refused() -> None:
    # Two byte sequences of this codec are the same character.
    before = b"# coding: cp932\nx = '\xfa\x5c'\n"
    assert before.decode("cp932").encode("cp932") != before
    with pytest.raises(Unwritable, match="what is not changed would be written in other bytes"):
        encoded_source(before, before.decode("cp932") + "y = 1\n")


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_bytes(b"x = a\n# saved by an editor\n")
    with pytest.raises(Unwritable, match="it has changed meanwhile"):
        write_source(path, b"x = a\n", "x = b\n")
    assert path.read_bytes() == b"x = a\n# saved by an editor\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_gone_is_not_made_again(tmp_path: Path) -> None:
    with pytest.raises(Unwritable, match="it cannot be written: No such file"):
        write_source(tmp_path / "model.py", b"x = a\n", "x = b\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_mode_and_links_are_kept(tmp_path: Path) -> None:
    path, link = tmp_path / "model.py", tmp_path / "link.py"
    path.write_bytes(b"x = a\n")
    path.chmod(0o754)
    link.symlink_to("model.py")
    write_source(link, b"x = a\n", "x = b\n")
    assert link.is_symlink() and path.read_bytes() == b"x = b\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o754


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="everything may be written")
def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_bytes(b"x = a\n")
    path.chmod(0o444)
    with pytest.raises(Unwritable, match="it may not be written"):
        replace_file(path, b"x = a\n", b"x = b\n")


def test_edits_are_made_in_the_places_that_they_name() -> None:
    source = Source(MODEL)
    edits = [
        change(source, "b(x)", "d(x)"),
        insertion(source, "y", "second\n"),
        insertion(source, "y", "third\n"),
        change(source, "1", "2"),
        insertion(source, "import", "first\n"),
    ]
    assert edited(MODEL, edits) == "first\nimport keras\nx = a(2)\nsecond\nthird\ny = d(x)\n"
    assert edited(MODEL, []) == MODEL


def test_of_fixes_that_overlap_the_first_is_applied() -> None:
    source = Source(MODEL)
    whole, inner = fix("whole", change(source, "a(1)", "c()")), fix("inner", change(source, "1", "2"))
    other = fix("other", change(source, "b(x)", "d(x)"))
    chosen = together([whole, inner, other])
    assert [each.title for each in chosen.fixes] == ["whole", "other"]
    assert edited(MODEL, chosen.edits) == "import keras\nx = c()\ny = d(x)\n"


def test_an_edit_that_fixes_share_is_made_once() -> None:
    source = Source(MODEL)
    needed = insertion(source, "x = a", "from keras import layers\n")
    chosen = together([fix("a", needed, change(source, "1", "2")), fix("b", needed, change(source, "b(x)", "d(x)"))])
    assert edited(MODEL, chosen.edits) == "import keras\nfrom keras import layers\nx = a(2)\ny = d(x)\n"
    assert together([fix("a", needed), fix("same", needed)]).fixes == (fix("a", needed),)


def test_insertions_at_one_place_wait_for_each_other() -> None:
    source = Source(MODEL)
    first, second = fix("a", insertion(source, "y", "p\n")), fix("b", insertion(source, "y", "q\n"))
    assert together([first, second]).fixes == (first,)


# --- notebooks ------------------------------------------------------------------------------------------------


def notebook(*cells: dict[str, Any], indent: int | None = 1, **more: Any) -> str:
    plain = {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}
    return json.dumps(plain, indent=indent, ensure_ascii=False) + "\n"


def code(source: str | list[str]) -> dict[str, Any]:
    outputs = [{"data": {"text/plain": ["1.0"]}, "output_type": "display_data", "metadata": {"n": 1.50}}]
    return {"cell_type": "code", "execution_count": 3, "metadata": {}, "outputs": outputs, "source": source}


TITLE = {"cell_type": "markdown", "metadata": {}, "source": ["# Größe 層"]}


@pytest.mark.parametrize("indent", [None, 1, 4, "\t"])
def test_only_the_lines_that_change_are_written_anew(indent: Any) -> None:
    old = notebook(TITLE, code(["x = 1\n", "y = 2"]), code(["z = 3"]), indent=indent)
    new = with_cells(old, {1: "x = 1\nx = 7\ny = 2", 2: "import keras\nz = 4"})
    wanted = notebook(TITLE, code(["x = 1\n", "x = 7\n", "y = 2"]), code(["import keras\n", "z = 4"]), indent=indent)
    assert new == wanted


def test_a_source_that_is_one_string_stays_one() -> None:
    old = notebook(code("x = 1\ny = 2"), indent=None)
    assert with_cells(old, {0: "x = 'é'\ny = 2"}) == notebook(code("x = 'é'\ny = 2"), indent=None)


def test_odd_layouts_are_kept() -> None:
    old = '{ "cells":[\r\n{"source" : ["x\\u003d1\\n" ,"y"],"cell_type":"code","n":1e5} ],"nbformat":4}'
    new = with_cells(old, {0: "x=1\nz\ny"})
    assert new == '{ "cells":[\r\n{"source" : ["x\\u003d1\\n" ,"z\\n" ,"y"],"cell_type":"code","n":1e5} ],"nbformat":4}'
    assert with_cells('{"cells": [{"cell_type": "code", "source": []}]}', {0: "a\nb"}).endswith('["a\\n", "b"]}]}')
    assert with_cells('{"cells": [{"cell_type": "code", "source": ["a"]}]}', {0: ""}).endswith('"source": []}]}')


def test_characters_stay_escaped_where_they_were() -> None:
    old = json.dumps({"cells": [code(["x = 'é'\n", "y"])]})
    assert json.loads(with_cells(old, {0: "x = 'ü'\ny"}))["cells"][0]["source"] == ["x = 'ü'\n", "y"]
    assert with_cells(old, {0: "x = 'ü'\ny"}).isascii()
    assert "\\ud800" in with_cells(notebook(code("é")), {0: "\ud800"})


def test_notebooks_of_format_3_are_changed_in_their_sheets() -> None:
    cells = [{"cell_type": "code", "language": "python", "input": ["x = 1"]}, {"cell_type": "heading", "source": "T"}]
    old = json.dumps({"worksheets": [{"cells": cells[1:]}, {"cells": cells[:1]}], "nbformat": 3})
    assert [(cell.index, cell.text) for cell in parse_notebook(with_cells(old, {1: "x = 2"})).cells] == [(1, "x = 2")]


def test_a_cell_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnknownCell):
        with_cells(notebook(TITLE), {1: "x"})


def test_a_notebook_is_written_with_its_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "book.ipynb"
    old = notebook(code("x = 1"), code("y = 2"))
    path.write_bytes(b"\xef\xbb\xbf" + old.encode())
    write_notebook(path, path.read_bytes(), {1: "y = 3"})
    assert path.read_bytes() == b"\xef\xbb\xbf" + notebook(code("x = 1"), code("y = 3")).encode()


def test_a_notebook_that_jupyter_saved_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "book.ipynb"
    path.write_text(notebook(code("x = 1"), indent=2))
    with pytest.raises(Unwritable, match="it has changed meanwhile"):
        write_notebook(path, notebook(code("x = 1")).encode(), {0: "x = 2"})
    assert path.read_text() == notebook(code("x = 1"), indent=2)
