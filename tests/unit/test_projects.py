"""The table [tool.shapelens] of a project's pyproject.toml."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import pytest

from shapelens.diagnostics.model import Severity
from shapelens.settings.model import Options, resolve
from shapelens.settings.projects import Project, Projects


def put(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "pyproject.toml"
    file.write_text(text, encoding="utf-8")
    return file


def options_of(folder: Path) -> Options:
    project = Projects().of(folder)
    assert project.complaints == ()
    return project.options


def test_keys_are_those_of_editors_nested_or_dotted(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    put(
        tmp_path,
        """
        [project]
        name = "forecast"
        [tool.shapelens]
        cwd = "src"
        debounceMs = 50
        budget.seconds = 30
        "budget.memoryMb" = 4096
        inlayHints.enable = false
        [tool.shapelens.diagnostics.severity]
        unbuilt-model = "off"
        "keras-error" = "warning"
        """,
    )
    expected = Options(
        cwd=str(tmp_path / "src"),
        debounce_ms=50,
        budget_seconds=30.0,
        budget_memory_mb=4096,
        inlay_hints=False,
        severities={"unbuilt-model": None, "keras-error": Severity.WARNING},
    )
    assert options_of(tmp_path) == expected


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("interpreter = '.venv'", "interpreter"),
        ("sandbox = 'off'", "sandbox"),
        ("device = 'gpu'", "device"),
        ("trusted = true", "trusted"),
        ("trusted = 'no'", "trusted"),
        ("trace.server = 'verbose'", "trace.server"),
    ],
)
def test_what_is_not_a_projects_to_choose_is_refused(tmp_path: Path, line: str, name: str) -> None:
    file = put(tmp_path, f"[tool.shapelens]\n{line}\ndebounceMs = 7")
    project = Projects().of(tmp_path)
    assert project.options == Options(debounce_ms=7)
    (complaint,) = project.complaints
    assert complaint.startswith(f"{file}: tool.shapelens.{name} is not a project's to choose, only its user's")


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("[tool]\nshapelens = 1", "tool.shapelens must be a table, not int; it is ignored."),
        ("[tool.shapelens]\ncolour = 1", "Unknown setting tool.shapelens.colour."),
        (
            "[tool.shapelens]\nbudget.seconds = 600",
            "The setting tool.shapelens.budget.seconds must be a number from 0.1 to 60, not 600; it is ignored.",
        ),
        (
            "[tool.shapelens]\ndebounceMs = -1",
            "The setting tool.shapelens.debounceMs must be a whole number from 0 to 86400000, not -1; it is ignored.",
        ),
        (
            "[tool.shapelens]\ncwd = '..'",
            "The setting tool.shapelens.cwd must lie in the project's own folder, not '..'; it is ignored.",
        ),
        (
            "[tool.shapelens]\ncwd = 'absent'",
            "The setting tool.shapelens.cwd must be a folder that there is, not 'absent'; it is ignored.",
        ),
    ],
)
def test_a_mistake_is_told_and_costs_nothing_else(tmp_path: Path, table: str, complaint: str) -> None:
    file = put(tmp_path, table)
    assert Projects().of(tmp_path) == Project(Options(), (f"{file}: {complaint}",))


@pytest.mark.skipif(sys.platform == "win32", reason="making links takes a privilege there")
def test_the_working_folder_leads_nowhere_else_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "link").symlink_to(tmp_path)
    put(tmp_path / "project", "[tool.shapelens]\ncwd = 'link'")
    project = Projects().of(tmp_path / "project")
    assert project.options.cwd is None and len(project.complaints) == 1


def test_the_nearest_file_with_a_table_counts(tmp_path: Path) -> None:
    put(tmp_path, "[tool.shapelens]\ndebounceMs = 1")
    put(tmp_path / "one", "[tool.shapelens]\ndebounceMs = 2")
    put(tmp_path / "two", "[project]\nname = 'two'")
    put(tmp_path / "three", "[project]\nname = 'uses-shapelens'")
    deep = tmp_path / "one" / "a" / "b"
    assert options_of(deep).debounce_ms == 2
    assert [options_of(tmp_path / name).debounce_ms for name in ("one", "two", "three")] == [2, 1, 1]


def test_a_file_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    projects = Projects()
    assert projects.of(tmp_path) == Project()
    file = put(tmp_path, "[tool.shapelens]\ndebounceMs = 1")
    assert projects.of(tmp_path).options.debounce_ms == 1
    put(tmp_path, "[tool.shapelens]\ndebounceMs = 2")
    os.utime(file, (0, 0))
    assert projects.of(tmp_path).options.debounce_ms == 2
    file.unlink()
    assert projects.of(tmp_path) == Project()


def test_what_was_said_before_holds_while_the_file_is_half_typed(tmp_path: Path) -> None:
    projects = Projects()
    put(tmp_path, "[tool.shapelens]\ndebounceMs = 1")
    projects.of(tmp_path)
    file = put(tmp_path, "[tool.shapelens]\ndebounceMs = \ncwd = 'src'\n")
    project = projects.of(tmp_path)
    assert project.options == Options(debounce_ms=1)
    (complaint,) = project.complaints
    assert complaint.startswith(f"{file} is no TOML that can be read: ") and "line 2" in complaint


def test_a_broken_file_that_does_not_speak_of_us_is_none_of_ours(tmp_path: Path) -> None:
    put(tmp_path, "[project")
    assert Projects().of(tmp_path) == Project()


def test_folders_that_hold_everything_are_no_projects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    put(home, "[tool.shapelens]\ndebounceMs = 1")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    assert Projects().of(home / "code") == Project()
    # Unless the user opened it.
    assert Projects().of(home / "code", home).options.debounce_ms == 1


def test_editor_and_command_line_come_before_the_project(tmp_path: Path) -> None:
    put(tmp_path, "[tool.shapelens]\nbudget = {seconds = 30, memoryMb = 4096}\ndebounceMs = 5")
    settings = resolve(options_of(tmp_path), Options(budget_seconds=2.0), Options(debounce_ms=9))
    assert (settings.budget_seconds, settings.budget_memory_mb, settings.debounce_ms) == (2.0, 4096, 9)
