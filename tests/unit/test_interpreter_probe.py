"""What interpreters answer when they are probed; every interpreter here is a real one."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from shapelens.evaluation.probe import EnvironmentFacts, InterpreterProbe, probe_interpreter
from shapelens.evaluation.problem import EnvironmentProblem, ProblemKind

POSIX = os.name == "posix"
PYTHON = "bin/python" if POSIX else "Scripts/python.exe"
needs_scripts = pytest.mark.skipif(
    not POSIX, reason="a shell script stands for the interpreter, which Windows cannot run"
)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a virtual environment without any package."""
    folder = tmp_path_factory.mktemp("environment") / "with space"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return folder / PYTHON


def site_packages(python: Path) -> Path:
    """Return the folder that pip would install into."""
    (folder,) = python.parent.parent.glob("lib/python*/site-packages" if POSIX else "Lib/site-packages")
    return folder


def install(python: Path, name: str, version: str) -> None:
    """Leave the metadata of an installed distribution, which is all that the probe looks at."""
    folder = site_packages(python) / f"{name}-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


@pytest.fixture
def environment(bare: Path) -> Callable[..., Path]:
    """Makes the bare environment hold just the distributions given, such as ``keras="3.15.1"``."""

    def fill(**versions: str) -> Path:
        packages = site_packages(bare)
        shutil.rmtree(packages)
        packages.mkdir()
        for name, version in versions.items():
            install(bare, name, version)
        return bare

    return fill


def script(folder: Path, text: str) -> Path:
    """Make a shell script that is taken for an interpreter."""
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return program


def ask(python: Path, timeout: float = 20) -> EnvironmentFacts | EnvironmentProblem:
    return asyncio.run(probe_interpreter(python, timeout))


def ask_for_problem(python: Path, timeout: float = 20) -> EnvironmentProblem:
    answer = ask(python, timeout)
    assert isinstance(answer, EnvironmentProblem), answer
    assert str(python) in answer.problem
    assert answer.problem.endswith(".") and answer.advice.endswith(".")
    assert "Traceback" not in str(answer)
    return answer


def python_of_version(version: str) -> Path:
    """Return an interpreter of an old version, installed as such or by pyenv."""
    installed = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions").glob(f"{version}.*/bin/python")
    for candidate in [*installed, shutil.which(f"python{version}")]:
        # pyenv puts a launcher on PATH even where it has nothing to launch.
        if candidate and subprocess.run([candidate, "-c", ""], capture_output=True).returncode == 0:
            return Path(candidate)
    pytest.skip(f"there is no Python {version} on this machine")


def test_packages_are_found_without_importing_them(environment: Callable[..., Path]) -> None:
    python = environment(keras="3.15.1", tensorflow_cpu="2.21.0", numpy="2.4.6", pandas="3.0")
    (site_packages(python) / "keras").mkdir()
    (site_packages(python) / "keras" / "__init__.py").write_text("raise SystemExit('imported')\n")
    facts = ask(python)
    assert isinstance(facts, EnvironmentFacts), facts
    assert facts.executable == python
    assert facts.python == ".".join(map(str, sys.version_info[:3]))
    assert facts.packages == (("keras", "3.15.1"), ("tensorflow-cpu", "2.21.0"), ("numpy", "2.4.6"))
    assert facts.version("tensorflow") == "2.21.0"
    assert facts.version("jax") is None


def test_an_answer_takes_little_longer_than_starting_python(environment: Callable[..., Path]) -> None:
    python = environment(keras="3.15.1", jax="0.9", numpy="2.4.6")
    times = []
    for _ in range(3):
        start = time.perf_counter()
        ask(python)
        times.append(time.perf_counter() - start)
    # Measured 0.05 s; a busy machine may take several times that.
    assert min(times) < 0.5


def test_an_environment_without_keras(environment: Callable[..., Path]) -> None:
    python = environment(numpy="2.4.6")
    problem = ask_for_problem(python)
    assert "has no Keras" in problem.problem and problem.kind is ProblemKind.NO_KERAS
    assert f'"{python}" -m pip install tensorflow' in problem.advice
    assert "--python" in problem.advice and "shapelens.interpreter" in problem.advice


@pytest.mark.parametrize(
    ("installed", "says"),
    [
        ({"keras": "3.15.1"}, "none of its backends"),
        ({"keras": "2.15.0", "jax": "0.4.30"}, "keras 2.15.0 without TensorFlow"),
        ({"tf_keras": "2.21.0", "torch": "2.9.0"}, "without TensorFlow"),
        ({"tensorflow": "2.21.0"}, "has no Keras"),
    ],
)
def test_keras_with_nothing_to_run_on(environment: Callable[..., Path], installed: dict[str, str], says: str) -> None:
    problem = ask_for_problem(environment(**installed))
    assert says in problem.problem
    assert problem.kind is (ProblemKind.NO_KERAS if says == "has no Keras" else ProblemKind.NO_BACKEND)


@pytest.mark.parametrize(
    "installed",
    [
        {"keras": "3.15.1", "jax": "0.9.0"},
        {"keras": "3.15.1", "torch": "2.9.0"},
        {"keras_nightly": "3.16.0.dev0", "tf_nightly": "2.22.0.dev0"},
        {"keras": "2.15.0", "tensorflow_intel": "2.15.0"},
        {"tf_keras": "2.21.0", "tensorflow": "2.21.0"},
    ],
)
def test_environments_that_can_evaluate(environment: Callable[..., Path], installed: dict[str, str]) -> None:
    assert isinstance(ask(environment(**installed)), EnvironmentFacts)


def test_keras_that_runs_from_its_sources_counts(environment: Callable[..., Path]) -> None:
    python = environment(jax="0.9.0")
    (site_packages(python) / "keras").mkdir()
    assert "has no Keras" in ask_for_problem(python).problem  # a leftover folder is no package
    (site_packages(python) / "keras" / "__init__.py").touch()
    facts = ask(python)
    assert isinstance(facts, EnvironmentFacts)
    assert facts.version("keras") == ""


def test_output_of_start_up_files_does_no_harm(environment: Callable[..., Path]) -> None:
    python = environment(keras="3.15.1", jax="0.9.0")
    (site_packages(python) / "sitecustomize.py").write_text(
        "import atexit, os, sys\n"
        "sys.stdout.write('x' * 200_000 + 'shapelens-probe:{')\n"
        "sys.stdout.flush()\n"
        "sys.stdout = None\n"
        "os.write(2, b'y' * 200_000)\n"
        "atexit.register(os.write, 1, b'shapelens-probe:{')\n"
    )
    assert isinstance(ask(python), EnvironmentFacts)


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.7", "3.8"])
def test_an_old_python_is_named_as_such(version: str) -> None:
    problem = ask_for_problem(python_of_version(version))
    assert f"is Python {version}." in problem.problem
    assert "too old" in problem.problem and problem.kind is ProblemKind.INTERPRETER_TOO_OLD


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.12", "3.13"])
def test_newer_pythons_are_judged_by_their_packages(version: str) -> None:
    answer = ask(python_of_version(version))
    assert isinstance(answer, EnvironmentFacts) or "Keras" in answer.problem


def test_an_interpreter_that_is_not_there(tmp_path: Path) -> None:
    problem = ask_for_problem(tmp_path / "python")
    assert "could not be started" in problem.problem and problem.kind is ProblemKind.NO_INTERPRETER


@needs_scripts
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("exit 0", "exit code 0"),
        ("echo 'no such library' >&2; exit 127", "exit code 127"),
        ("kill -SEGV $$", "SIGSEGV"),
        ("echo 'Hello'", "does not behave like a Python interpreter"),
        ("printf '\\nshapelens-probe:{}\\n'", "makes no sense"),
    ],
)
def test_a_program_that_is_no_interpreter(tmp_path: Path, text: str, says: str) -> None:
    problem = ask_for_problem(script(tmp_path, text))
    assert says in problem.problem
    assert ("no such library" in text) == ("no such library" in problem.detail)


@needs_scripts
def test_an_interpreter_that_hangs_is_killed_with_what_it_started(tmp_path: Path) -> None:
    program = script(tmp_path, f"sleep 300 & echo $! > '{tmp_path}/child'; echo $$ > '{tmp_path}/parent'; wait")
    start = time.perf_counter()
    assert "within 0.5 seconds" in ask_for_problem(program, timeout=0.5).problem
    assert time.perf_counter() - start < 5
    for name in ("child", "parent"):
        assert is_gone(int((tmp_path / name).read_text()))


@needs_scripts
def test_a_cancelled_probe_leaves_no_process(tmp_path: Path) -> None:
    program = script(tmp_path, f"echo $$ > '{tmp_path}/started'; exec sleep 300")

    async def cancel_soon() -> None:
        task = asyncio.create_task(probe_interpreter(program))
        await until_written(tmp_path / "started")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel_soon())
    assert is_gone(int((tmp_path / "started").read_text()))


def is_gone(process: int) -> bool:
    """Return whether a process has ended; an orphan may still wait to be reaped by the system."""
    for _ in range(200):
        state = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True).stdout
        if not state.strip() or state.startswith("Z"):
            return True
        time.sleep(0.01)
    return False


async def until_written(file: Path) -> None:
    """Wait until another process has written something into a file."""
    for _ in range(1000):
        if file.exists() and file.read_text():
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"nothing was written to {file}")


# --- what is remembered ---------------------------------------------------------------------------------------


def test_an_installation_is_noticed(environment: Callable[..., Path]) -> None:
    python = environment(numpy="2.4.6")

    async def story() -> None:
        probe = InterpreterProbe()
        first = await probe.probe(python)
        assert isinstance(first, EnvironmentProblem)
        assert await probe.probe(python) is first
        install(python, "keras", "3.15.1")
        install(python, "jax", "0.9.0")
        second = await probe.probe(python)
        assert isinstance(second, EnvironmentFacts)
        assert await probe.probe(python) is second
        probe.forget()
        third = await probe.probe(python)
        assert third == second
        assert third is not second

    asyncio.run(story())


@needs_scripts
def test_callers_at_the_same_time_share_one_run(tmp_path: Path, environment: Callable[..., Path]) -> None:
    python = environment(keras="3.15.1", jax="0.9.0")
    program = script(tmp_path, f"echo run >> '{tmp_path}/runs'; sleep 0.2; exec '{python}' \"$@\"")

    async def story() -> None:
        probe = InterpreterProbe()
        impatient, *others = [asyncio.create_task(probe.probe(program)) for _ in range(4)]
        await until_written(tmp_path / "runs")
        impatient.cancel()
        answers = await asyncio.gather(*others)
        assert isinstance(answers[0], EnvironmentFacts)
        assert answers[0].executable == python
        assert all(answer is answers[0] for answer in answers)
        assert impatient.cancelled()

    asyncio.run(story())
    assert (tmp_path / "runs").read_text() == "run\n"


@needs_scripts
def test_a_failure_is_remembered_for_a_while_only(tmp_path: Path) -> None:
    program = script(tmp_path, f"echo run >> '{tmp_path}/runs'; exit 1")
    now = 100.0

    async def story() -> None:
        nonlocal now
        probe = InterpreterProbe(now=lambda: now)
        first = await probe.probe(program)
        assert isinstance(first, EnvironmentProblem)
        now += 20
        assert await probe.probe(program) is first
        now += 20
        assert await probe.probe(program) == first

    asyncio.run(story())
    assert (tmp_path / "runs").read_text() == "run\nrun\n"


@needs_scripts
def test_closing_stops_what_is_running(tmp_path: Path) -> None:
    program = script(tmp_path, f"echo $$ > '{tmp_path}/started'; exec sleep 300")

    async def story() -> None:
        probe = InterpreterProbe()
        waiting = asyncio.create_task(probe.probe(program))
        await until_written(tmp_path / "started")
        await probe.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(story())
    assert is_gone(int((tmp_path / "started").read_text()))
