"""Which files a command line stands for, what their text is, and where they run."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from shapelens.cli.discovery import find_files
from shapelens.cli.failure import UsageError
from shapelens.cli.framework_imports import imported_modules
from shapelens.cli.project import common_folder, working_folder
from shapelens.cli.source_text import UnreadableSource, read_source


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def shown(paths: list[str], folder: Path) -> list[str]:
    return [file.shown for file in find_files(paths, folder)]


def test_a_folder_stands_for_its_keras_files_in_order(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "src/b.py": "import keras",
            "src/a.py": "from tensorflow.keras import layers",
            "src/tools.py": "import json",
            "src/deep/c.py": "import os, tf_keras as keras",
            "src/notes.txt": "import keras",
            "src/.hidden/d.py": "import keras",
            "src/__pycache__/e.py": "import keras",
            "src/node_modules/f.py": "import keras",
            "src/myenv/pyvenv.cfg": "",
            "src/myenv/g.py": "import keras",
            "src/site-packages/h.py": "import keras",
            "src/notebook.ipynb": "{}",
        },
    )
    assert shown(["src"], tmp_path) == ["src/a.py", "src/b.py", "src/deep/c.py"]
    assert shown([str(tmp_path / "src")], tmp_path)[0] == (tmp_path / "src/a.py").as_posix()


def test_a_file_that_is_named_is_taken_whatever_it_imports(tmp_path: Path) -> None:
    write(tmp_path, {"tools.py": "import json", ".hidden.py": "", "book.ipynb": "{}"})
    assert shown(["tools.py", ".hidden.py", "book.ipynb"], tmp_path) == ["tools.py", ".hidden.py", "book.ipynb"]


def test_a_file_is_taken_once(tmp_path: Path) -> None:
    write(tmp_path, {"src/a.py": "import keras"})
    assert shown(["src/a.py", "src", "./src/../src/a.py"], tmp_path) == ["src/a.py"]


def test_imports_through_local_modules_count(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "train.py": "from models.cnn import build",
            "evaluate.py": "from pack import blocks",
            "relative/__init__.py": "",
            "relative/one.py": "from . import two",
            "relative/two.py": "import keras",
            "models/__init__.py": "",
            "models/cnn.py": "import keras",
            "src/pack/__init__.py": "",
            "src/pack/blocks.py": "from tensorflow import nn",
            "loop_a.py": "import loop_b",
            "loop_b.py": "import loop_a",
        },
    )
    assert shown(["."], tmp_path) == [
        "evaluate.py",
        "train.py",
        "models/cnn.py",
        "relative/one.py",
        "relative/two.py",
        "src/pack/blocks.py",
    ]


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    write(tmp_path, {"src/a.py": "import keras"})
    (tmp_path / "src" / "again").symlink_to(tmp_path / "src", target_is_directory=True)
    assert shown(["src"], tmp_path) == ["src/a.py"]


def test_a_path_that_does_not_exist_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"There is no file or folder nothing\.py\."):
        find_files(["nothing.py"], tmp_path)


def test_imports_are_read_without_parsing() -> None:
    text = (
        "import os, sys as system  # comment\n"
        "from a.b import (\n    c,\n    d as e,  # why\n)\n"
        "    from ..f import g; print()\n"
        "from . import h\n"
        "from i import *\n"
        "x = (((\n"
        "# import nothing\n"
    )
    assert list(imported_modules(text)) == ["os", "sys", "a.b", "a.b.c", "a.b.d", "..f", "..f.g", ".", ".h", "i"]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"x = 1\r\n", "x = 1\r\n"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "# -*- coding: latin-1 -*-\nx = 'é'\n"),
        (
            b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n'\x80'",
            "#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n'€'",
        ),
        (b"", ""),
    ],
)
def test_text_is_decoded_as_python_does(tmp_path: Path, data: bytes, text: str) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(data)
    assert read_source(path) == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"import keras\nx = '\xe9'\n", r"not valid utf-8: byte 0xe9 in line 2\."),
        (b"# coding: klingon\n", r"unknown encoding: klingon"),
        (b"\xef\xbb\xbf# coding: latin-1\n", r"encoding cannot be told"),
        (b"# coding: hex\n00", r"cannot be (decoded|told)"),
        (b"x = 1\0\n", r"null bytes"),
    ],
)
def test_text_that_python_cannot_read_is_explained(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(data)
    with pytest.raises(UnreadableSource, match=reason):
        read_source(path)


def test_a_file_that_is_gone_is_explained(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match=r"cannot be read: No such file or directory\."):
        read_source(tmp_path / "a.py")


@pytest.mark.parametrize("mark", ["pyproject.toml", ".git", "setup.cfg", "setup.py"])
def test_a_program_runs_in_the_root_of_its_project(tmp_path: Path, mark: str) -> None:
    project = tmp_path / "project"
    write(project, {mark: "", "src/deep/a.py": ""})
    assert working_folder(project / "src/deep/a.py", Path("/")) == project


def test_without_a_project_it_runs_in_the_current_folder_or_beside_the_file(tmp_path: Path) -> None:
    file = tmp_path / "models" / "deep" / "a.py"
    assert working_folder(file, tmp_path) == tmp_path
    assert working_folder(file, tmp_path / "elsewhere") == file.parent


def test_the_home_folder_is_no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    write(tmp_path, {".git": "", "a.py": "", "code/b.py": ""})
    assert working_folder(tmp_path / "code/b.py", tmp_path) == tmp_path / "code"
    assert working_folder(tmp_path / "code/b.py", Path("/")) == tmp_path / "code"
    assert working_folder(tmp_path / "a.py", Path("/")) == tmp_path


def test_the_folder_for_temporary_files_is_no_project() -> None:
    shared = Path(tempfile.gettempdir())
    assert working_folder(shared / "mine" / "a.py", shared) == shared / "mine"


def test_one_interpreter_serves_all_files(tmp_path: Path) -> None:
    write(tmp_path, {"one/setup.py": "", "one/a.py": "", "two/setup.py": "", "two/b.py": ""})
    one, two = tmp_path / "one" / "a.py", tmp_path / "two" / "b.py"
    assert common_folder([one], tmp_path) == tmp_path / "one"
    assert common_folder([one, two], tmp_path) == tmp_path
    assert common_folder([one, two], tmp_path / "elsewhere") == tmp_path / "one"
    assert common_folder([], tmp_path) == tmp_path
