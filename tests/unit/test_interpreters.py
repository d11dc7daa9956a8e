"""Which interpreter is chosen for a folder."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from shapelens.evaluation.interpreters import Interpreter, choose_interpreter, interpreter_of
from shapelens.evaluation.problem import EnvironmentProblem

POSIX = os.name == "posix"
PYTHON = "bin/python" if POSIX else "Scripts/python.exe"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A repository of its own, so that nothing above it is found."""
    folder = tmp_path / "workspace"
    (folder / ".git").mkdir(parents=True)
    return folder


def make_environment(folder: Path, kind: str = "pyvenv.cfg") -> Path:
    """Lay out an environment whose interpreter only has to be there, as a link to a real one."""
    python = folder / PYTHON
    python.parent.mkdir(parents=True)
    if POSIX:
        python.symlink_to(sys.executable)
    else:
        shutil.copy(sys.executable, python)
    if kind == "conda-meta":
        (folder / kind).mkdir()
    else:
        (folder / kind).write_text("home = somewhere\n")
    return python


def test_the_servers_own_is_taken_where_there_is_nothing_else(workspace: Path) -> None:
    assert choose_interpreter(workspace, environ={}) == Interpreter(Path(sys.executable), "the server's own")


def test_each_source_gives_way_to_the_one_before_it(workspace: Path, tmp_path: Path) -> None:
    environ = {"VIRTUAL_ENV": str(tmp_path / "active"), "CONDA_PREFIX": str(tmp_path / "conda")}
    given = make_environment(tmp_path / "given")
    active = make_environment(tmp_path / "active")
    project = make_environment(workspace / ".venv")
    conda = make_environment(tmp_path / "conda", "conda-meta")

    assert choose_interpreter(workspace, str(given), "--python", environ) == Interpreter(given, "--python")
    assert choose_interpreter(workspace, None, "--python", environ) == Interpreter(active, "VIRTUAL_ENV")
    del environ["VIRTUAL_ENV"]
    assert choose_interpreter(workspace, "", environ=environ) == Interpreter(project, "the .venv of the workspace")
    shutil.rmtree(workspace / ".venv")
    assert choose_interpreter(workspace, environ=environ) == Interpreter(conda, "CONDA_PREFIX")


def test_the_servers_own_virtual_env_ranks_below_the_workspaces(workspace: Path, tmp_path: Path) -> None:
    environ = {"VIRTUAL_ENV": sys.prefix, "CONDA_PREFIX": str(tmp_path / "conda")}
    make_environment(tmp_path / "conda", "conda-meta")
    chosen = choose_interpreter(workspace, environ=environ)
    assert isinstance(chosen, Interpreter)
    assert chosen.origin == "VIRTUAL_ENV"
    project = make_environment(workspace / ".venv")
    assert choose_interpreter(workspace, environ=environ) == Interpreter(project, "the .venv of the workspace")


def test_an_activated_environment_that_is_gone_is_passed_over(workspace: Path, tmp_path: Path) -> None:
    environ = {"VIRTUAL_ENV": str(tmp_path / "gone"), "CONDA_PREFIX": str(tmp_path / "gone too")}
    chosen = choose_interpreter(workspace, environ=environ)
    assert isinstance(chosen, Interpreter)
    assert chosen.origin == "the server's own"


@pytest.mark.parametrize("name", [".venv", "venv", "env"])
@pytest.mark.parametrize("kind", ["pyvenv.cfg", "conda-meta"])
def test_the_usual_names_of_a_projects_environment(workspace: Path, name: str, kind: str) -> None:
    python = make_environment(workspace / name, kind)
    assert choose_interpreter(workspace, environ={}) == Interpreter(python, f"the {name} of the workspace")


def test_parents_are_searched_up_to_the_repository_and_no_further(workspace: Path, tmp_path: Path) -> None:
    outside = make_environment(tmp_path / ".venv")
    deep = workspace / "packages" / "models"
    deep.mkdir(parents=True)
    chosen = choose_interpreter(deep, environ={})
    assert isinstance(chosen, Interpreter)
    assert chosen.origin == "the server's own"
    inside = make_environment(workspace / "venv")
    assert choose_interpreter(deep, environ={}) == Interpreter(inside, "the venv of the workspace")
    (workspace / ".git").rmdir()
    shutil.rmtree(workspace / "venv")
    assert choose_interpreter(deep, environ={}) == Interpreter(outside, "the .venv of the workspace")


def test_a_folder_called_env_without_an_environment_is_passed_over(workspace: Path) -> None:
    (workspace / "env" / "settings").mkdir(parents=True)
    chosen = choose_interpreter(workspace, environ={})
    assert isinstance(chosen, Interpreter)
    assert chosen.origin == "the server's own"


def test_a_broken_environment_of_the_workspace_is_a_problem(workspace: Path) -> None:
    make_environment(workspace / ".venv").unlink()
    problem = choose_interpreter(workspace, environ={})
    assert isinstance(problem, EnvironmentProblem)
    assert str(workspace / ".venv") in problem.problem


def test_an_explicit_interpreter_may_be_given_in_several_ways(workspace: Path, tmp_path: Path) -> None:
    python = make_environment(workspace / "tools" / "py")
    absolute = Interpreter(python, "the setting")
    relative = f"tools/py/{PYTHON}"
    for given in (str(python), str(python.parent.parent), relative, "tools/py", f" {relative} "):
        assert choose_interpreter(workspace, given, environ={}) == absolute
    home = {"HOME": str(workspace), "USERPROFILE": str(workspace)}
    assert choose_interpreter(tmp_path, "~/tools/py", environ=home) == absolute
    assert choose_interpreter(workspace, "python", environ={"PATH": str(python.parent)}) == absolute


@pytest.mark.skipif(not POSIX, reason="virtual environments on Windows hold no symbolic links")
def test_symbolic_links_are_kept(workspace: Path, tmp_path: Path) -> None:
    make_environment(tmp_path / "real")
    link = workspace / ".venv"
    link.symlink_to(tmp_path / "real")
    chosen = choose_interpreter(workspace, environ={})
    assert isinstance(chosen, Interpreter)
    assert chosen.path == link / PYTHON


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("missing/python", "does not exist"),
        ("/nowhere/at/all", "does not exist"),
        ("no-such-command", "neither a command on PATH nor in"),
        ("empty", "holds no Python environment"),
        pytest.param(
            "notes.txt",
            "is not executable",
            marks=pytest.mark.skipif(not POSIX, reason="Windows does not know files that are not executable"),
        ),
    ],
)
def test_a_wrong_explicit_interpreter_is_a_problem(workspace: Path, given: str, says: str) -> None:
    make_environment(workspace / ".venv")
    (workspace / "empty").mkdir()
    (workspace / "notes.txt").write_text("no program\n")
    problem = choose_interpreter(workspace, given, "--python", environ={"PATH": ""})
    assert isinstance(problem, EnvironmentProblem)
    assert given in problem.problem
    assert "--python" in problem.problem
    assert says in problem.problem
    assert problem.advice


def test_both_layouts_of_environments(tmp_path: Path) -> None:
    for name in ("venv/Scripts/python.exe", "conda/python.exe", "unix/bin/python3"):
        program = tmp_path / name
        program.parent.mkdir(parents=True)
        program.touch(mode=0o755)
    assert interpreter_of(tmp_path / "venv", windows=True) == tmp_path / "venv/Scripts/python.exe"
    assert interpreter_of(tmp_path / "conda", windows=True) == tmp_path / "conda/python.exe"
    assert interpreter_of(tmp_path / "unix", windows=True) is None
    assert interpreter_of(tmp_path / "unix", windows=False) == tmp_path / "unix/bin/python3"
    assert interpreter_of(tmp_path / "conda", windows=False) is None
