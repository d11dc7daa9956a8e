"""What becomes of a command line that cannot be carried out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import shapelens
from shapelens.cli import doctor
from shapelens.cli.main import main
from shapelens.cli.options import default_jobs


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["check"],
        ["check", "--jobs", "0", "a.py"],
        ["check", "--jobs", "many", "a.py"],
        ["check", "--budget-seconds", "nan", "a.py"],
        ["check", "--format", "xml", "a.py"],
        ["check", "--fix", "--no-fixes", "a.py"],
        ["serve", "--tcp", "65536"],
        ["unknown"],
    ],
)
def test_wrong_usage_ends_with_two(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "usage: shapelens" in capsys.readouterr().err


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"shapelens {shapelens.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["check", "nothing.py"], "There is no file or folder nothing.py."),
        (["check", "--cwd", "nowhere", "."], "There is no folder nowhere, given by --cwd."),
        (["check", "--diff", "."], "--diff shows what --fix would change, so it needs --fix."),
        (["doctor", "--cwd", "nowhere"], "There is no folder nowhere, given by --cwd."),
    ],
)
def test_what_does_not_exist_is_one_sentence(
    arguments: list[str],
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert capsys.readouterr().err == f"shapelens: {sentence}\n"


def test_an_interpreter_that_does_not_exist_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.py").write_text("import keras\n")
    assert main(["check", "model.py", "--python", "/nowhere/python"]) == 2
    problem, advice = capsys.readouterr().err.splitlines()
    assert problem == "shapelens: The interpreter /nowhere/python, given by --python, does not exist."
    assert advice.startswith("Let --python name an interpreter")


class Fault(Exception):
    """A bug of ours."""


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> None:
    async def examine(*_: object) -> None:
        raise Fault("the cause")

    monkeypatch.setattr(doctor, "examine", examine)


@pytest.mark.usefixtures("faulty")
def test_a_bug_of_ours_is_one_sentence_and_a_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(["doctor"]) == 2
    (log,) = tmp_path.glob("shapelens-*.log")
    error = capsys.readouterr().err
    assert error == f"shapelens: An internal error occurred (Fault); its details are in {log}.\n"
    assert "the cause" in log.read_text()


@pytest.mark.usefixtures("faulty")
@pytest.mark.parametrize("arguments", [["--debug", "doctor"], ["doctor", "--debug"]])
def test_debug_shows_the_traceback(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "Fault: the cause" in capsys.readouterr().err


def test_evaluations_at_a_time_are_few() -> None:
    assert 1 <= default_jobs() <= 4


def test_the_command_line_starts_without_a_language_server() -> None:
    # A fresh interpreter, as this one has imported what other tests need.
    code = "import sys, shapelens.cli.main; print({'pygls', 'lsprotocol', 'keras'} & set(sys.modules))"
    environment = {**os.environ, "PYTHONPATH": str(Path(shapelens.__file__).parent.parent)}
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert result.stdout == "set()\n"
