"""What a project says in pyproject.toml, as ``shapelens check`` takes it, with real Keras."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import shapelens

PROGRAM = """\
import keras

x = keras.Input((3,))
y = keras.layers.LSTM(2)(x)
"""
CODE = "layer-rank-mismatch"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "model.py").write_text(PROGRAM)
    return tmp_path


def configure(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")


def check(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(shapelens.__file__).parent.parent), "NO_COLOR": "1"}
    command = [sys.executable, "-m", "shapelens", "check", "--python", sys.executable, "--no-fixes", *arguments, "."]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", timeout=100)


def found_in_json(result: subprocess.CompletedProcess[str]) -> list[tuple[str, str]]:
    report: dict[str, Any] = json.loads(result.stdout)
    return [(item["code"], item["severity"]) for file in report["files"] for item in file["diagnostics"]]


@pytest.mark.slow
def test_severities_hold_in_every_format_and_for_the_exit_code(project: Path) -> None:
    assert check(project, "--format", "json").returncode == 1
    configure(project, f"[tool.shapelens.diagnostics.severity]\n{CODE} = 'warning'")
    told = {name: check(project, "--format", name) for name in ("json", "text", "sarif", "github")}
    assert {result.returncode for result in told.values()} == {0}
    assert {result.stderr for result in told.values()} == {""}
    assert found_in_json(told["json"]) == [(CODE, "warning")]
    assert f"warning[{CODE}]" in told["text"].stdout
    assert [item["level"] for item in json.loads(told["sarif"].stdout)["runs"][0]["results"]] == ["warning"]
    assert told["github"].stdout.startswith("::warning ")
    configure(project, f"[tool.shapelens.diagnostics.severity]\n{CODE} = 'off'")
    told = {name: check(project, "--format", name) for name in ("json", "text", "sarif", "github")}
    assert {result.returncode for result in told.values()} == {0}
    assert found_in_json(told["json"]) == [] and json.loads(told["sarif"].stdout)["runs"][0]["results"] == []
    assert CODE not in told["text"].stdout and told["github"].stdout == ""


@pytest.mark.slow
def test_a_warning_can_be_made_an_error_where_nothing_is_evaluated(project: Path) -> None:
    (project / "model.py").write_text("# shapelens: off\n" + PROGRAM)
    assert check(project, "--format", "json").returncode == 0
    configure(project, "[tool.shapelens.diagnostics.severity]\nnot-evaluated = 'error'")
    result = check(project, "--format", "json")
    assert (result.returncode, found_in_json(result)) == (1, [("not-evaluated", "error")])


@pytest.mark.slow
def test_a_mistake_is_a_warning_on_standard_error_and_the_rest_holds(project: Path) -> None:
    configure(
        project, f"[tool.shapelens]\ninterpreter = '/bin/sh'\n[tool.shapelens.diagnostics.severity]\n{CODE} = 'hint'"
    )
    result = check(project, "--format", "json")
    assert (result.returncode, found_in_json(result)) == (0, [(CODE, "hint")])
    (line,) = result.stderr.splitlines()
    file = project / "pyproject.toml"
    assert line.startswith(f"shapelens: warning: {file}: tool.shapelens.interpreter is not a project's to choose")


@pytest.mark.slow
def test_the_working_folder_and_the_budget_come_from_the_project_unless_given(project: Path) -> None:
    (project / "data").mkdir()
    (project / "data" / "rows.txt").write_text("7")
    (project / "rows.txt").write_text("9")
    (project / "model.py").write_text("import keras\nx = keras.Input((int(open('rows.txt').read()),))\n")
    configure(project, "[tool.shapelens]\ncwd = 'data'\nbudget.seconds = 0.2")
    (project / "slow.py").write_text("import keras\nimport itertools\nfor _ in itertools.count(): keras.Input((2,))\n")

    def shapes(*arguments: str) -> tuple[Any, list[str]]:
        report = json.loads(check(project, "--format", "json", *arguments).stdout)
        files = {Path(file["path"]).name: file for file in report["files"]}
        stopped = [item["code"] for item in files["slow.py"]["diagnostics"]]
        return files["model.py"]["shapes"][0]["shape"], stopped

    assert shapes() == ([None, 7], ["evaluation-stopped"])
    assert shapes("--cwd", ".", "--budget-seconds", "0.3") == ([None, 9], ["evaluation-stopped"])
