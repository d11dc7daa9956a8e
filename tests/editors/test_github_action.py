"""The GitHub Action: its steps run by bash with the variables of a runner, on a repository whose shapes break."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import sysconfig
from pathlib import Path

import pytest

from editors.action import BASH, Action, Step, read_action, runner_environment

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BASH is None or os.name == "nt", reason="runs the steps of the action with bash, on Unix"),
]


@pytest.fixture(scope="module")
def action(repository: Path) -> Action:
    """Return the action as it stands."""
    return read_action(repository / "action.yml")


@pytest.fixture
def check(action: Action) -> Step:
    """Return the step that follows on the installation."""
    return action.steps[1]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return the variables of a runner where the first step is done; what it installed is what these tests run in."""
    variables = runner_environment(tmp_path)
    programs = Path(variables["RUNNER_TEMP"], "shapelens", "bin")
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    (programs / "shapelens").symlink_to(Path(sysconfig.get_path("scripts"), "shapelens"))
    return variables


@pytest.fixture
def workspace(tmp_path: Path, repository: Path) -> Path:
    """Return a checked-out repository, with one program below src that breaks and one that does not."""
    folder = tmp_path / "workspace"
    (folder / ".git").mkdir(parents=True)
    shutil.copytree(repository / "fixtures" / "workspaces" / "tour", folder / "my src")
    return folder


def output(environment: dict[str, str]) -> str:
    """Return the outputs that a step has set."""
    return Path(environment["GITHUB_OUTPUT"]).read_text(encoding="utf-8")


def test_a_pull_request_is_annotated_and_a_report_for_code_scanning_written(
    action: Action, check: Step, environment: dict[str, str], workspace: Path, repository: Path
) -> None:
    done = action.run(
        check,
        workspace,
        repository,
        environment,
        paths="my src/forecast.py\n\nmy src/digits.py\n",
        python=sys.executable,
        sarif_file="shapes.sarif",
        arguments="--no-fixes\n--budget-seconds=30",
    )
    assert done.returncode == 1, done.stderr
    assert output(environment) == "exit-code=1\n"
    (error,) = [line for line in done.stdout.splitlines() if line.startswith("::error")]
    assert error.startswith("::error file=my src/forecast.py,line=13,endLine=13,col=12,endColumn=30,")
    assert "title=layer-rank-mismatch::`LSTM` needs" in error
    assert "::notice" not in done.stdout, "--no-fixes was not handed on"
    (run,) = json.loads((workspace / "shapes.sarif").read_text(encoding="utf-8"))["runs"]
    errors = [result for result in run["results"] if result["level"] == "error"]
    assert [result["ruleId"] for result in errors] == ["layer-rank-mismatch"]


def test_a_program_without_errors_passes_and_its_text_gives_no_commands(
    action: Action, check: Step, environment: dict[str, str], workspace: Path, repository: Path
) -> None:
    named_like_a_command = workspace / "::error::.py"
    shutil.copy(workspace / "my src" / "digits.py", named_like_a_command)
    done = action.run(
        check, workspace, repository, environment, paths="::error::.py", python=sys.executable, format="text"
    )
    assert done.returncode == 0, done.stderr
    assert output(environment) == "exit-code=0\n"
    first, *lines, last = done.stdout.splitlines()
    token = first.removeprefix("::stop-commands::")
    assert token != first and last == f"::{token}::" and token not in "".join(lines)
    assert any("(None, 26, 26, 32)" in line for line in lines)


@pytest.mark.parametrize("name", ["paths", "python", "format", "sarif_file", "arguments"])
def test_no_input_is_read_as_shell_code(
    action: Action, check: Step, environment: dict[str, str], workspace: Path, repository: Path, name: str
) -> None:
    harmful = '"; touch injected; $(touch injected) `touch injected`/no'
    # Nothing is evaluated: there is no such file, interpreter, format, folder or option.
    inputs = {"paths": "absent.py", "python": sys.executable, name: harmful}
    done = action.run(check, workspace, repository, environment, **inputs)
    assert (done.returncode, output(environment)) == (2, "exit-code=2\n")
    assert not list(workspace.rglob("injected"))


def test_a_path_is_no_option_and_what_was_wrong_is_said(
    action: Action, check: Step, environment: dict[str, str], workspace: Path, repository: Path
) -> None:
    done = action.run(check, workspace, repository, environment, paths="--fix", python=sys.executable)
    assert done.returncode == 2
    assert output(environment) == "exit-code=2\n"
    assert "There is no file or folder --fix." in done.stderr
    assert "::error title=ShapeLens::Nothing could be evaluated" in done.stdout


def test_sarif_without_a_place_for_it_is_refused(
    action: Action, check: Step, environment: dict[str, str], workspace: Path, repository: Path
) -> None:
    done = action.run(check, workspace, repository, environment, format="sarif")
    assert done.returncode == 2
    assert "needs the input sarif-file" in done.stdout


def test_scripts_hold_no_expressions_and_expressions_name_what_there_is(action: Action, repository: Path) -> None:
    assert [step.name for step in action.steps] == ["Install ShapeLens", "Check shapes"]
    assert not [step.name for step in action.steps if "${{" in step.script]
    known = {f"inputs.{name}" for name in action.defaults}
    known |= {"github.action_path", "steps.check.outputs.exit-code"}
    text = (repository / "action.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{\{ (.*?) \}\}", text)) == known
