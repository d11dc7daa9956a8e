"""Where programs find the modules of their project, and as what they are run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shapelens.evaluation.programs import Programs
from shapelens.source.packages import module_of
from shapelens.source.search_path import SearchPaths


def put(root: Path, name: str, text: str = "") -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def found(root: Path, file: str = "scripts/train.py") -> list[str]:
    return [Path(folder).relative_to(root).as_posix() for folder in SearchPaths().of(root / file, root)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = 'lib'"),
        ("pyproject.toml", "[tool.pytest.ini_options]\npythonpath = ['lib']"),
        ("pyproject.toml", "[tool.setuptools]\npackage-dir = {'' = 'lib'}"),
        ("pyproject.toml", "[tool.setuptools.package-dir]\nshop = 'lib/shop'"),
        ("pyproject.toml", "[tool.setuptools.packages.find]\nwhere = ['lib']"),
        ("pyproject.toml", "[[tool.poetry.packages]]\ninclude = 'a'\nfrom = 'lib'"),
        ("pyproject.toml", "[tool.hatch.build]\nsources = ['lib']"),
        ("pyproject.toml", "[tool.hatch.build.targets.wheel]\npackages = ['lib/shop']"),
        ("pyproject.toml", "[tool.hatch.build]\ndev-mode-dirs = ['lib']"),
        ("pyproject.toml", "[tool.pdm.build]\npackage-dir = 'lib'"),
        ("pyproject.toml", "[tool.uv.build-backend]\nmodule-root = 'lib'"),
        ("pyproject.toml", "[tool.pyright]\nextraPaths = ['lib']"),
        ("setup.cfg", "[options]\npackage_dir =\n    = lib\n"),
        ("setup.cfg", "[options.packages.find]\nwhere = lib\n"),
        ("setup.cfg", "[tool:pytest]\npythonpath = lib\n"),
        ("pytest.ini", "[pytest]\npythonpath = lib\n"),
        ("tox.ini", "[pytest]\npythonpath = lib\n"),
        ("pyrightconfig.json", '{\n  // comments are allowed\n  "extraPaths": ["./lib",],\n}'),
        (".vscode/settings.json", '{"python.analysis.extraPaths": ["${workspaceFolder}/lib"]}'),
        (".vscode/settings.json", '{"python.analysis.extraPaths": ["lib"] /* beside "src" */}'),
        (".env", "PYTHONPATH=lib\n"),
        (".env", f"export PYTHONPATH='./lib{os.pathsep}elsewhere'\n"),
    ],
)
def test_the_configuration_names_a_folder(tmp_path: Path, name: str, text: str) -> None:
    put(tmp_path, "lib/shop/__init__.py")
    put(tmp_path, name, text)
    assert found(tmp_path) == ["lib"]


def test_a_src_layout_needs_no_configuration(tmp_path: Path) -> None:
    put(tmp_path, "src/shop/__init__.py")
    assert found(tmp_path) == ["src"]


def test_a_package_named_src_is_no_layout(tmp_path: Path) -> None:
    put(tmp_path, "src/__init__.py")
    assert found(tmp_path) == []


def test_the_nearest_project_of_a_workspace_comes_first(tmp_path: Path) -> None:
    put(tmp_path, "src/outer.py")
    put(tmp_path, "apps/shop/src/inner.py")
    assert found(tmp_path, "apps/shop/scripts/train.py") == ["apps/shop/src", "src"]


@pytest.mark.parametrize("entry", ["..", "/", "../other", "missing"])
def test_folders_outside_of_the_workspace_do_not_count(tmp_path: Path, entry: str) -> None:
    root = tmp_path / "workspace"
    put(tmp_path, "other/module.py")
    put(root, "pytest.ini", f"[pytest]\npythonpath = {entry}\n")
    assert found(root) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pyproject.toml", "[tool.pytest"),
        ("pyproject.toml", "tool = 3"),
        ("setup.cfg", "no section"),
        ("pyrightconfig.json", '{"extraPaths": '),
        ("pyrightconfig.json", '{"extraPaths": [3, null]}'),
        ("pyrightconfig.json", "[1]"),
        (".env", "PYTHONPATH"),
    ],
)
def test_a_file_that_cannot_be_read_says_nothing(tmp_path: Path, name: str, text: str) -> None:
    put(tmp_path, name, text)
    assert found(tmp_path) == []


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    put(tmp_path, "one/a.py")
    put(tmp_path, "three/a.py")
    paths = SearchPaths()
    file = put(tmp_path, "pytest.ini", "[pytest]\npythonpath = one\n")
    assert paths.of(tmp_path / "a.py", tmp_path) == (str(tmp_path / "one"),)
    file.write_text("[pytest]\npythonpath = three\n")
    assert paths.of(tmp_path / "a.py", tmp_path) == (str(tmp_path / "three"),)


# --- packages -----------------------------------------------------------------------------------------------------


def module(root: Path, name: str, text: str, unsaved: tuple[str, ...] = ()) -> tuple[str, str] | None:
    it = module_of(root / name, text, root, {str(root / path) for path in unsaved})
    return it and (it.package, it.folder.relative_to(root).as_posix())


def test_a_relative_import_makes_a_file_a_module(tmp_path: Path) -> None:
    put(tmp_path, "shop/__init__.py")
    assert module(tmp_path, "shop/model.py", "from .blocks import block\n") == ("shop", ".")
    assert module(tmp_path, "shop/model.py", "from . import blocks\n") == ("shop", ".")
    assert module(tmp_path, "shop/model.py", "def f():\n    from .blocks import block\n") == ("shop", ".")
    assert module(tmp_path, "shop/model.py", "import keras\n") is None


def test_an_import_of_its_own_package_makes_a_file_a_module(tmp_path: Path) -> None:
    put(tmp_path, "src/shop/__init__.py")
    assert module(tmp_path, "src/shop/model.py", "from shop.blocks import block\n") == ("shop", "src")
    assert module(tmp_path, "src/shop/model.py", "import shop\n") == ("shop", "src")
    assert module(tmp_path, "src/shop/model.py", "import shopping\n") is None


def test_packages_lie_in_packages(tmp_path: Path) -> None:
    put(tmp_path, "src/shop/__init__.py")
    put(tmp_path, "src/shop/parts/__init__.py")
    assert module(tmp_path, "src/shop/parts/model.py", "from .blocks import block\n") == ("shop.parts", "src")
    assert module(tmp_path, "src/shop/parts/model.py", "from ..common import x\n") == ("shop.parts", "src")


def test_a_namespace_package_reaches_as_far_as_its_imports(tmp_path: Path) -> None:
    assert module(tmp_path, "outer/shop/model.py", "from .blocks import block\n") == ("shop", "outer")
    assert module(tmp_path, "outer/shop/model.py", "from ..common import x\n") == ("outer.shop", ".")


def test_a_package_may_be_unsaved(tmp_path: Path) -> None:
    text = "from shop.blocks import block\n"
    assert module(tmp_path, "shop/model.py", text) is None
    assert module(tmp_path, "shop/model.py", text, ("shop/__init__.py",)) == ("shop", ".")


def test_a_file_of_the_root_cannot_climb(tmp_path: Path) -> None:
    assert module(tmp_path, "model.py", "from .blocks import block\n") is None
    assert module(tmp_path, "with space/model.py", "from .blocks import block\n") is None


# --- programs -----------------------------------------------------------------------------------------------------


def test_a_module_is_found_from_above_its_package(tmp_path: Path) -> None:
    file = put(tmp_path, "src/shop/model.py", "from .blocks import block\n")
    put(tmp_path, "src/shop/__init__.py")
    program = Programs().program(str(file), file.read_text(), tmp_path, tmp_path, {})
    assert (program.package, program.search_path) == ("shop", (str(tmp_path / "src"),))


def test_the_root_is_searched_for_what_lies_in_it(tmp_path: Path) -> None:
    put(tmp_path, "shop/__init__.py")
    put(tmp_path, "tools.py")
    put(tmp_path, "space/part.py")
    programs = Programs()
    file = tmp_path / "tests" / "test_shop.py"
    for text in ("import shop.parts\n", "import tools\n", "from space import part\n"):
        assert programs.search_path(file, text, tmp_path) == (str(tmp_path),)
    assert programs.search_path(file, "import keras\n", tmp_path) == ()


def test_unsaved_texts_are_modules_of_all_other_programs(tmp_path: Path) -> None:
    own, other = str(tmp_path / "a.py"), str(tmp_path / "b.py")
    program = Programs().program(own, "import b\n", tmp_path, tmp_path, {own: "x", other: "y"})
    assert [(module.path, module.text) for module in program.modules] == [(other, "y")]
