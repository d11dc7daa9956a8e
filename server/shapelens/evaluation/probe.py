"""What an interpreter has installed, found out by running a small script in it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import shapelens
from shapelens.evaluation.interpreters import ANOTHER
from shapelens.evaluation.problem import EnvironmentProblem, ProblemKind
from shapelens.worker.contract import OLDEST_PYTHON

SCRIPT = Path(shapelens.__file__).parent / "worker" / "probe.py"
MARK = b"shapelens-probe:"
"""Starts the line that the script writes; start-up files of an interpreter may print lines of their own."""

BACKENDS = ("tensorflow", "jax", "torch")
"""What Keras 3 can run on, apart from its NumPy backend, which cannot train."""

_FLAVOURS = ("tensorflow-", "tf-nightly")
_KEPT_OUTPUT = 1 << 16
"""Bytes kept of each stream, the last ones; whatever was chosen as interpreter may print without end."""
_SECONDS_TO_KEEP_A_FAILURE = 30.0


@dataclass(frozen=True)
class EnvironmentFacts:
    """An interpreter that can evaluate Keras code, as far as can be said without importing anything."""

    executable: Path
    """What the interpreter calls itself; differs from the path it was started by where that is a launcher."""
    python: str
    """Its version, such as 3.11.7."""
    packages: tuple[tuple[str, str], ...]
    """Distributions and versions; an empty version is unknown, as for a package that runs from its sources."""

    def version(self, package: str) -> str | None:
        """Return the version of a package by its usual name, None where it is absent.

        ``tensorflow`` stands for each of its flavours, such as tensorflow-cpu and tf-nightly.
        """
        for name, version in self.packages:
            if _usual_name(name) == package:
                return version
        return None


@dataclass(frozen=True)
class _Answer:
    result: EnvironmentFacts | EnvironmentProblem
    watched: tuple[tuple[str, float | None], ...] = ()
    """Folders that packages are installed into, with the modification time that the result belongs to."""
    is_failure: bool = False
    """True where the interpreter gave no answer, which may well be different next time."""


async def probe_interpreter(path: Path, timeout: float = 20) -> EnvironmentFacts | EnvironmentProblem:
    """Return what is installed in an interpreter, or why it cannot evaluate.

    Frameworks are not imported; this takes about as long as starting Python. After ``timeout`` seconds the
    interpreter is killed, together with what it started.
    """
    return (await _ask(path, timeout)).result


class InterpreterProbe:
    """Remembers what interpreters answered until something was installed into them.

    Callers that ask for the same path at the same time share one run of the interpreter.
    """

    def __init__(self, timeout: float = 20, now: Callable[[], float] = time.monotonic) -> None:
        self._timeout = timeout
        self._now = now
        self._known: dict[Path, _Remembered] = {}
        self._running: dict[Path, asyncio.Task[_Answer]] = {}

    async def probe(self, path: Path) -> EnvironmentFacts | EnvironmentProblem:
        """Return what ``probe_interpreter`` says of the path, from memory where that still holds."""
        known = self._known.get(path)
        if known is not None and known.holds(path, self._now()):
            return known.answer.result
        task = self._running.get(path)
        if task is None:
            task = asyncio.create_task(self._refresh(path), name=f"probe {path}")
            self._running[path] = task
            task.add_done_callback(lambda _: self._running.pop(path, None))
        # One caller that gives up must not take the answer from the others.
        return (await asyncio.shield(task)).result

    def forget(self) -> None:
        """Ask afresh from now on."""
        self._known.clear()

    async def close(self) -> None:
        """Stop what is running; those who wait for it are cancelled."""
        tasks = list(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _refresh(self, path: Path) -> _Answer:
        state = _state_of(path)
        answer = await _ask(path, self._timeout)
        self._known[path] = _Remembered(answer, state, self._now())
        return answer


@dataclass(frozen=True)
class _Remembered:
    answer: _Answer
    state: tuple[float | None, ...]
    at: float

    def holds(self, path: Path, now: float) -> bool:
        if self.answer.is_failure and now - self.at > _SECONDS_TO_KEEP_A_FAILURE:
            return False
        return self.state == _state_of(path) and all(
            _modified(Path(folder)) == changed for folder, changed in self.answer.watched
        )


def _state_of(path: Path) -> tuple[float | None, ...]:
    return (_modified(path), _modified(path.parent.parent / "pyvenv.cfg"))


def _modified(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except OSError:
        return None


async def _ask(path: Path, timeout: float) -> _Answer:
    try:
        process = await asyncio.create_subprocess_exec(
            path,
            SCRIPT,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(),
            start_new_session=os.name == "posix",
        )
    except OSError as error:
        return _failure(f"The interpreter {path} could not be started: {error.strerror or error}.")
    assert process.stdout is not None and process.stderr is not None
    output, errors = _Tail(process.stdout), _Tail(process.stderr)
    reading_errors = asyncio.create_task(errors.read())
    problem = ""
    try:
        ending = await asyncio.wait_for(_listen(process, output), timeout)
        if ending:
            problem = f"The program {path} does not behave like a Python interpreter: {ending}."
    except asyncio.TimeoutError:
        problem = f"The interpreter {path} did not answer within {timeout:g} seconds."
    finally:
        _kill(process)
        rest = {reading_errors, asyncio.create_task(output.read()), asyncio.create_task(process.wait())}
        # Bounded, for a process that left the group and the session still holds the streams.
        _, pending = await asyncio.wait(rest, timeout=1)
        for task in pending:
            task.cancel()
    if not problem:
        answer = _read_answer(path, output.kept)
        if answer is not None:
            return answer
        problem = f"The interpreter {path} gave an answer that makes no sense."
    return _failure(problem, (errors.kept or output.kept).decode("utf-8", "replace").strip())


class _Tail:
    """Reads a stream to its end and keeps the last bytes of it."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self._stream = stream
        self.kept = b""

    async def read(self, mark: bytes | None = None) -> None:
        """Read to the end, or to the end of the first line that starts with the mark."""
        while chunk := await self._stream.read(_KEPT_OUTPUT):
            # The line itself is short, so it is within what is kept whenever its end arrives.
            self.kept = (self.kept + chunk)[-_KEPT_OUTPUT:]
            if mark is not None and b"\n" in self.kept.partition(b"\n" + mark)[2]:
                return


async def _listen(process: asyncio.subprocess.Process, output: _Tail) -> str:
    """Read until the answer is there; return how the process ended where it never came, else nothing."""
    await output.read(MARK)
    if MARK in output.kept:
        return ""
    code = await process.wait()
    if code >= 0:
        return f"it ended with exit code {code} and no answer"
    try:
        return f"it was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"it was ended by signal {-code}"


def _kill(process: asyncio.subprocess.Process) -> None:
    # The whole group, for what a start-up file or a launcher started; it may outlive its leader.
    try:
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except (ProcessLookupError, PermissionError):
        pass


def _environment() -> dict[str, str]:
    environment = dict(os.environ)
    for name in ("PYTHONHOME", "__PYVENV_LAUNCHER__", "PYTHONEXECUTABLE"):
        # Meant for the interpreter of the server; another one would not find its standard library.
        environment.pop(name, None)
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    return environment


def _read_answer(path: Path, output: bytes) -> _Answer | None:
    line = output.partition(b"\n" + MARK)[2].partition(b"\n")[0]
    try:
        answer = json.loads(line)
        executable = Path(answer["executable"] or path)
        facts = EnvironmentFacts(
            executable, str(answer["python"]), tuple((str(name), str(version)) for name, version in answer["packages"])
        )
        watched = tuple((str(folder), changed) for folder, changed in answer["watched"])
    except (ValueError, KeyError, TypeError):
        return None
    return _Answer(_judge(path, facts), watched)


def _judge(path: Path, facts: EnvironmentFacts) -> EnvironmentFacts | EnvironmentProblem:
    if tuple(int(part) for part in facts.python.split(".")[:2]) < OLDEST_PYTHON:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        return EnvironmentProblem(
            f"The interpreter {path} is Python {facts.python}, which is too old: {oldest} or newer is needed.",
            f"Choose {ANOTHER}",
            kind=ProblemKind.INTERPRETER_TOO_OLD,
        )
    install = f'Run "{path}" -m pip install'
    keras = facts.version("keras")
    if keras is None and facts.version("tf_keras") is None:
        return EnvironmentProblem(
            f"The interpreter {path} (Python {facts.python}) has no Keras.",
            f"{install} tensorflow, or choose {ANOTHER}",
            kind=ProblemKind.NO_KERAS,
        )
    needs_tensorflow = keras is None or keras.startswith("2.")
    if needs_tensorflow and facts.version("tensorflow") is None:
        name, version = next((name, version) for name, version in facts.packages if "keras" in name)
        return EnvironmentProblem(
            f"The interpreter {path} has {f'{name} {version}'.strip()} without TensorFlow, which that version needs.",
            f"{install} tensorflow, or choose {ANOTHER}",
            kind=ProblemKind.NO_BACKEND,
        )
    if all(facts.version(backend) is None for backend in BACKENDS):
        return EnvironmentProblem(
            f"The interpreter {path} has {f'Keras {keras}'.strip()} but none of its backends, "
            "TensorFlow, JAX or PyTorch.",
            f"{install} tensorflow (or jax, or torch), or choose {ANOTHER}",
            kind=ProblemKind.NO_BACKEND,
        )
    return facts


def _failure(problem: str, detail: str = "") -> _Answer:
    kind = ProblemKind.NO_INTERPRETER
    return _Answer(EnvironmentProblem(problem, f"Choose {ANOTHER}", detail, kind), is_failure=True)


def _usual_name(distribution: str) -> str:
    name = distribution.lower()
    if name.startswith(_FLAVOURS):
        return "tensorflow"
    return {"keras-nightly": "keras", "tf-keras": "tf_keras", "tf-keras-nightly": "tf_keras"}.get(name, name)
