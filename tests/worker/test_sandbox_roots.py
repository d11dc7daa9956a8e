"""An evaluation reads the interpreter, the system's libraries and the workspace, and not the home folder."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from shapelens.worker.sandbox import roots


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with a project, hidden files and a virtual environment."""
    folder = tmp_path / "home"
    for name in ("project/data", ".ssh", ".keras", ".cache/matplotlib", ".cache/other", ".venv/lib", "pictures"):
        (folder / name).mkdir(parents=True)
    (folder / "model.py").write_text("")
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    for name in ("KERAS_HOME", "MPLCONFIGDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "LD_LIBRARY_PATH"):
        monkeypatch.delenv(name, raising=False)
    return folder


def covered(path: Path, roots_: tuple[str, ...]) -> bool:
    return any(path == Path(root) or Path(root) in path.parents for root in roots_)


def test_what_a_program_needs_is_there(home: Path) -> None:
    readable = roots.readable_roots(str(home / "project"), str(home / "project" / "data"))
    for path in (Path(sys.prefix), Path(sys.base_prefix), Path(pytest.__file__), home / "project" / "data"):
        assert covered(path, readable), path
    assert covered(home / ".keras", readable)
    assert covered(home / ".cache" / "matplotlib", readable)


def test_the_rest_of_the_home_folder_is_not(home: Path) -> None:
    readable = roots.readable_roots(str(home / "project"), str(home / "project"))
    for path in (home, home / ".ssh", home / "pictures", home / ".cache" / "other", home / "model.py"):
        assert not covered(path, readable), path


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the folders are those of Linux")
def test_of_the_system_only_pieces_are_read(home: Path) -> None:
    readable = roots.readable_roots(str(home / "project"), str(home / "project"))
    for path in (
        "/",
        "/etc",
        "/etc/shadow",
        "/etc/ssl/private",
        "/proc",
        "/proc/1",
        "/var",
        "/run",
        "/dev",
        "/dev/shm",
    ):
        assert not covered(Path(path), readable), path
    for path in ("/usr/lib", "/proc/self", "/dev/urandom"):
        assert covered(Path(path), readable), path


def test_no_path_lies_beneath_another(home: Path) -> None:
    readable = roots.readable_roots(str(home / "project"), str(home / "project" / "data"))
    for path in readable:
        assert not covered(Path(path), tuple(other for other in readable if other != path)), path


@pytest.mark.parametrize("kind", ["root", "home", "above home", "link to home"])
def test_a_path_of_the_interpreter_does_not_open_the_home_folder(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    link = tmp_path / "link"
    link.symlink_to(home)
    entry = {"root": Path(home.anchor), "home": home, "above home": home.parent, "link to home": link}[kind]
    monkeypatch.setattr(sys, "path", [*sys.path, str(entry)])
    readable = roots.readable_roots(str(home / "project"), str(home / "project"))
    assert str(entry) not in readable
    assert not covered(home / ".ssh", readable)
    assert roots.refused_roots() == (str(entry),)


def test_packages_in_the_home_folder_are_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, str(home / ".venv" / "lib")])
    assert covered(home / ".venv" / "lib", roots.readable_roots(str(home / "project"), str(home / "project")))


def test_packages_under_development_are_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finder = ModuleType("__editable___shapes_finder")
    finder.MAPPING = {"shapes": str(home / "pictures")}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, finder.__name__, finder)
    assert covered(home / "pictures", roots.readable_roots(str(home / "project"), str(home / "project")))


def test_the_home_folder_as_workspace_stays_closed_where_it_is_hidden(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, str(home / ".venv" / "lib")])
    narrowed = roots.narrowed(roots.readable_roots(str(home), str(home)))
    assert narrowed.listed == (str(home),)
    for path in (home / "model.py", home / "project" / "data", home / ".venv" / "lib", home / ".keras"):
        assert covered(path, narrowed.opened), path
    for path in (home, home / ".ssh", home / ".cache" / "other"):
        assert not covered(path, narrowed.opened), path


def test_the_root_folder_as_workspace_stays_closed(home: Path) -> None:
    narrowed = roots.narrowed(roots.readable_roots(home.anchor, str(home / "project")))
    assert narrowed.closed == (home.anchor,)
    assert home.anchor not in narrowed.opened + narrowed.listed
    assert covered(home / "project", narrowed.opened)
    assert not covered(home / ".ssh", narrowed.opened)
