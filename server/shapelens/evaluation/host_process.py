"""One host process: started, spoken to, and made sure to be gone."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import shutil
import signal
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import shapelens
from shapelens.evaluation.evaluator import HostKey, OnStage
from shapelens.evaluation.kernels import quick_kernels
from shapelens.evaluation.problem import EnvironmentProblem, ProblemKind
from shapelens.evaluation.states import HostState
from shapelens.worker.channel import HOST, ChannelError, Frame, FrameBuffer, Mark, pack
from shapelens.worker.codec import ContractError, decode, encode
from shapelens.worker.contract import (
    PROTOCOL_VERSION,
    Budget,
    Cancel,
    Evaluate,
    Event,
    Failed,
    Faulted,
    Finished,
    Graphed,
    Limits,
    Observed,
    Outcome,
    Program,
    Ready,
    Skipped,
    Starting,
    Trained,
)
from shapelens.worker.sandbox.environment import scrubbed_environment

LAUNCHER = Path(shapelens.__file__).parent / "worker" / "launch.py"

_START_SECONDS = 120.0
"""A cold import of TensorFlow from a slow disk takes half a minute; twice that and more is a hang."""

_STOP_SECONDS = 2.0
_READ_BYTES = 1 << 18
_KEPT_LINES = 40

_TENSORFLOW_DEFAULTS = (
    ("TF_CPP_MIN_LOG_LEVEL", "2"),
    # Evaluations compute little, and each child starts its threads anew. The user's own settings are kept.
    ("TF_NUM_INTRAOP_THREADS", "1"),
    ("TF_NUM_INTEROP_THREADS", "1"),
)

_HIDDEN_GPU = {"CUDA_VISIBLE_DEVICES": "-1", "HIP_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}

_GROWING_MEMORY = {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
"""Read when a process first uses the device, which is always a child; PyTorch takes memory as it needs it anyway."""

_STOPPED_EARLY = EnvironmentProblem("The host was stopped while it started.", "Try again.")

OnEvent = Callable[[Event], None]

log = logging.getLogger(__name__)


class HostProcess:
    """A warm interpreter that evaluates programs."""

    def __init__(self, key: HostKey, single_use: bool) -> None:
        self._key = key
        self._single_use = single_use
        self._temporary: str | None = None
        self._stop_asked = False
        self.state = HostState.NEW
        self.ready: Ready | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._answer: asyncio.Future[Ready | EnvironmentProblem] | None = None
        self._on_stage: OnStage | None = None
        self._listeners: dict[int, OnEvent] = {}
        self._numbers = itertools.count(HOST + 1)
        self._last_lines: deque[str] = deque(maxlen=_KEPT_LINES)

    @property
    def usable(self) -> bool:
        """Whether an evaluation may be asked for."""
        return self.state is HostState.READY

    # --- start and stop -----------------------------------------------------------------------------------

    async def start(self, on_stage: OnStage) -> Ready | EnvironmentProblem:
        """Start the process and wait until it is warm, or has said why it cannot be."""
        self._enter(HostState.STARTING)
        self._on_stage = on_stage
        self._answer = asyncio.get_running_loop().create_future()
        try:
            self._temporary = tempfile.mkdtemp(prefix="shapelens-")
            self._process = await asyncio.create_subprocess_exec(
                self._key.interpreter,
                *self._arguments(),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=self._temporary,
                env=self._environment(),
                start_new_session=os.name == "posix",
            )
        except OSError as error:
            self._enter(HostState.FAILED)
            return EnvironmentProblem(
                f"{self._key.interpreter} could not be started: {error.strerror or error}.",
                "Choose another interpreter.",
                kind=ProblemKind.NO_INTERPRETER,
            )
        self._tasks = [asyncio.create_task(self._read_frames()), asyncio.create_task(self._read_errors())]
        if self._stop_asked:  # while the process was being made
            self._resolve(_STOPPED_EARLY)
        await asyncio.wait({self._answer}, timeout=_START_SECONDS)
        if not self._answer.done():
            self._resolve(
                EnvironmentProblem(
                    f"{self._key.interpreter} did not finish importing Keras within {_START_SECONDS:g} s.",
                    "Try `import keras` in it by hand, or choose another interpreter.",
                    self._said(),
                )
            )
        answer = self._answer.result()
        if isinstance(answer, EnvironmentProblem):
            await self.stop()
            self._enter(HostState.FAILED)
        else:
            self.ready = answer
            self._enter(HostState.READY)
        return answer

    def _arguments(self) -> list[str]:
        # -B: importing the user's packages must not write compiled files beside them.
        assert self._temporary is not None
        return [
            *("-B", str(LAUNCHER)),
            *("--sandbox", self._key.sandbox),
            *("--parent", str(os.getpid())),
            *("--temporary", self._temporary),
            *(("--single-use",) if self._single_use else ()),
            *(("--tf-keras",) if self._key.choice.tf_keras else ()),
        ]

    def _environment(self) -> dict[str, str]:
        environment = scrubbed_environment(os.environ)
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        environment["PYTHONIOENCODING"] = "utf-8"
        for name, value in _TENSORFLOW_DEFAULTS:
            environment.setdefault(name, value)
        if not self._key.plain_kernels:
            environment.update(quick_kernels(environment))
        environment.update(_HIDDEN_GPU if self._key.device == "cpu" else _GROWING_MEMORY)
        environment.update(self._key.choice.variables)
        return environment

    async def stop(self) -> None:
        """Close the channel, wait for the process, and kill it where it stays."""
        self._stop_asked = True
        process = self._process
        if process is None or self.state is HostState.STOPPED:
            return
        self._enter(HostState.STOPPING)
        self._resolve(_STOPPED_EARLY)
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), _STOP_SECONDS)
        except asyncio.TimeoutError:
            self._kill(process)
            await process.wait()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._end_all("The host was stopped.")
        self._enter(HostState.STOPPED)

    @staticmethod
    def _kill(process: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if os.name == "posix":
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()

    # --- evaluations --------------------------------------------------------------------------------------

    async def evaluate(self, program: Program, limits: Limits, on_event: OnEvent) -> None:
        """Evaluate a program; ``on_event`` gets its events, Finished last.

        Cancelling the task ends the evaluation, and no more events arrive.
        """
        number = next(self._numbers)
        finished = asyncio.get_running_loop().create_future()

        def listen(event: Event) -> None:
            if isinstance(event, Finished) and not finished.done():
                finished.set_result(None)
            on_event(event)

        if self.state is not HostState.READY:
            listen(Finished(number, Outcome.CRASHED, 0.0, "The host process has ended."))
            return
        self._listeners[number] = listen
        # A host that forks watches the budgets itself; one that is the child cannot.
        grace = None
        if self.ready is not None and not self.ready.reusable:
            self._enter(HostState.SPENT)
            grace = limits.seconds + _STOP_SECONDS
        try:
            await self._send(Evaluate(number, program, limits))
            # Not asyncio.wait_for, which before Python 3.12 may swallow a cancellation.
            await asyncio.wait({finished}, timeout=grace)
            if not finished.done():
                detail = f"The evaluation took longer than {limits.seconds:g} s and was stopped."
                self._tell(number, Finished(number, Outcome.OVER_BUDGET, limits.seconds, detail, Budget.SECONDS))
        except asyncio.CancelledError:
            self._listeners.pop(number, None)
            with contextlib.suppress(OSError):
                self._write(Cancel(number))
            raise
        finally:
            self._listeners.pop(number, None)

    async def _send(self, message: object) -> None:
        try:
            self._write(message)
            assert self._process is not None and self._process.stdin is not None
            await self._process.stdin.drain()
        except OSError:
            self._end_all("The host process has ended.")

    def _write(self, message: object) -> None:
        if self._process is None or self._process.stdin is None or self._process.stdin.is_closing():
            raise BrokenPipeError
        self._process.stdin.write(pack(Frame(HOST, Mark.MESSAGE, encode(message))))

    # --- what it says -------------------------------------------------------------------------------------

    async def _read_frames(self) -> None:
        assert self._process is not None and self._process.stdout is not None
        buffer = FrameBuffer()
        try:
            while data := await self._process.stdout.read(_READ_BYTES):
                for frame in buffer.feed(data):
                    if frame.evaluation == HOST:
                        self._take_own(decode(frame.payload))
                    else:
                        self._take(frame)
        except (ChannelError, ContractError) as error:
            log.error("host %s sent what is no message: %s", self._process.pid, error)
            self._kill(self._process)
        finally:
            self._gone()

    def _take(self, frame: Frame) -> None:
        """Take what an evaluation sent; a program that meddled with its channel ends its own evaluation only."""
        if frame.evaluation not in self._listeners:
            return
        try:
            message = decode(frame.payload)
            if not isinstance(message, (Observed, Faulted, Skipped, Trained, Graphed, Finished)):
                raise ContractError(f"{type(message).__name__} is no event")
            if message.evaluation != frame.evaluation:
                raise ContractError(f"an event of evaluation {message.evaluation}")
        except ContractError as error:
            detail = f"The program wrote into the channel of its evaluation ({error})."
            message = Finished(frame.evaluation, Outcome.EXITED, 0.0, detail)
            with contextlib.suppress(OSError):
                self._write(Cancel(frame.evaluation))
        self._tell(frame.evaluation, message)

    def _tell(self, evaluation: int, event: Event) -> None:
        listener = self._listeners.get(evaluation)
        if isinstance(event, Finished):
            self._listeners.pop(evaluation, None)
        if listener is not None:
            with _listener_guarded():
                listener(event)

    def _take_own(self, message: object) -> None:
        if isinstance(message, Starting):
            log.info("host %s: %s", self._process.pid if self._process else "-", message.stage)
            if self._on_stage is not None:
                with _listener_guarded():
                    self._on_stage(message.stage)
        elif isinstance(message, Ready):
            if message.protocol != PROTOCOL_VERSION:
                raise ContractError(f"protocol {message.protocol} instead of {PROTOCOL_VERSION}")
            self._resolve(message)
        elif isinstance(message, Failed):
            self._resolve(EnvironmentProblem(message.problem, message.advice, self._said()))
        else:
            raise ContractError(f"{type(message).__name__} from the host itself")

    def _resolve(self, answer: Ready | EnvironmentProblem) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(answer)

    def _gone(self) -> None:
        self._resolve(
            EnvironmentProblem(
                f"{self._key.interpreter} ended while it was importing Keras.",
                "Try `import keras` in it by hand, or choose another interpreter.",
                self._said(),
            )
        )
        if self.state in (HostState.READY, HostState.SPENT):
            self._enter(HostState.STOPPED)
        self._end_all("The host process ended unexpectedly; the next evaluation starts another.")

    def _end_all(self, detail: str) -> None:
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)
        for number in list(self._listeners):
            self._tell(number, Finished(number, Outcome.CRASHED, 0.0, detail))

    async def _read_errors(self) -> None:
        assert self._process is not None and self._process.stderr is not None
        while True:
            try:
                line = await self._process.stderr.readline()
            except ValueError:  # longer than the stream's limit; the rest of it follows as lines
                continue
            if not line:
                return
            text = line.decode("utf-8", "replace").rstrip()
            self._last_lines.append(text)
            log.debug("%s", text)

    def _said(self) -> str:
        return "\n".join(self._last_lines)

    def _enter(self, state: HostState) -> None:
        process = self._process.pid if self._process is not None else "-"
        log.info("host %s of %s: %s -> %s", process, self._key.interpreter, self.state.value, state.value)
        self.state = state


@contextlib.contextmanager
def _listener_guarded() -> Iterator[None]:
    """Keep a fault of one who listens from leaving all others without an answer."""
    try:
        yield
    except Exception:
        log.exception("a listener failed")
