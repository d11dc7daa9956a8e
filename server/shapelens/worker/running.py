"""One evaluation as its host sees it: a process with pipes, budgets and a ladder of ends."""

from __future__ import annotations

import dataclasses
import enum
import math
import os
import shutil
import signal
import sys
import tempfile
import time
from typing import Callable, FrozenSet, List, Optional, Tuple

from .channel import ChannelError, Frame, FrameBuffer, Mark
from .child import Child, redirect_output
from .codec import ContractError, decode, encode
from .contract import (
    Budget,
    Evaluate,
    Finished,
    Outcome,
)
from .processes import anonymous_memory_mb, descendants_of, die_with_parent, kill_group, reap
from .sandbox.lockdown import lock_down
from .sandbox.policy import Policy
from .sandbox.roots import readable_roots
from .statement_slot import StatementSlot

_GRACE_SECONDS = 1.0
"""How much later than the child's own clock the host ends it: a long native call does not hear the clock."""

_TERMINATE_SECONDS = 0.1
"""How long a child may take to heed SIGTERM before its whole group is killed."""

_LINGER_SECONDS = 0.5
"""How long a child may go on after its last message, or after it closed its channel."""

_KEPT_ERROR_BYTES = 4096
"""How much of the end of standard error is kept to explain a crash."""

_READ_BYTES = 1 << 18


@dataclasses.dataclass(frozen=True)
class HostOptions:
    """What holds for all evaluations of a host."""

    sandbox: str
    temporary: str
    """Folder in which each evaluation gets its private one."""
    gpu: bool
    modules_at_start: FrozenSet[str]
    """What Python itself imports before it runs any program."""


class State(enum.Enum):
    """Where an evaluation stands."""

    RUNNING = "running"
    LINGERING = "lingering"  # said its last word, or closed its channel
    TERMINATING = "terminating"  # was sent SIGTERM
    KILLED = "killed"
    ENDED = "ended"


class Running:
    """A child process, its budgets and what it said."""

    def __init__(self, request: Evaluate, process: int, events: int, errors: int, slot: StatementSlot, folder: str):
        self.process = process
        self.state = State.RUNNING
        self._request = request
        self._events = events
        self._errors = errors
        self._slot = slot
        self._folder = folder
        self._started = self._changed = time.monotonic()
        self._base_memory = anonymous_memory_mb(os.getpid())
        self._peak_memory = 0.0
        self._buffer = FrameBuffer()
        self._received = 0
        self._error_text = b""
        self._verdict: Optional[Finished] = None
        self._status: Optional[int] = None
        self._announced = False

    @classmethod
    def fork(cls, request: Evaluate, options: HostOptions, close_in_child: Callable[[], None]) -> Running:
        """Start the evaluation in a child of this process."""
        events, events_child = os.pipe()
        errors, errors_child = os.pipe()
        slot = StatementSlot()
        folder = tempfile.mkdtemp(dir=options.temporary)
        # Made here, since a fresh child copies each page of memory that it looks at: 0.3 ms instead of 7.
        policy = policy_for(request, folder, options.gpu)
        parent = os.getpid()
        process = os.fork()
        if process == 0:
            try:
                die_with_parent(parent)
                os.setsid()
                close_in_child()
                os.close(events)
                os.close(errors)
                redirect_output(errors_child)
                os.close(errors_child)
                child = Child(request, events_child, slot.write, options.modules_at_start)
                lock_down(policy, options.sandbox)
                child.run(folder)
            except BaseException as error:
                print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            finally:
                os._exit(70)
        os.close(events_child)
        os.close(errors_child)
        for descriptor in (events, errors):
            os.set_blocking(descriptor, False)
        return cls(request, process, events, errors, slot, folder)

    # --- what it says -------------------------------------------------------------------------------------

    def readers(self, forward: Callable[[Frame], None]) -> List[Tuple[int, Callable[[], bool]]]:
        """Return the descriptors to watch, each with what reads it and tells whether there may be more."""
        return [(self._events, lambda: self._read_events(forward)), (self._errors, self._read_errors)]

    def _read_events(self, forward: Callable[[Frame], None]) -> bool:
        for data in _available(self._events):
            if not data:
                self._enter(State.LINGERING, only_from=State.RUNNING)
                return False
            self._received += len(data)
            if self._received > self._request.limits.output_mb << 20:
                self._over(Budget.OUTPUT, f"sent more than {self._request.limits.output_mb} MB of results")
                return False
            try:
                for frame in self._buffer.feed(data):
                    self._take(frame, forward)
            except (ChannelError, ContractError) as error:
                self._conclude(Outcome.EXITED, f"The program wrote into the channel of its evaluation ({error}).")
                self.kill()
                return False
        return True

    def _take(self, frame: Frame, forward: Callable[[Frame], None]) -> None:
        if self._verdict is not None:
            return
        if frame.mark != Mark.LAST:
            # The number is set here: a child cannot speak for another evaluation.
            forward(Frame(self._request.evaluation, Mark.MESSAGE, frame.payload))
            return
        message = decode(frame.payload)
        if not isinstance(message, Finished):
            raise ContractError("the last message is not Finished")
        self._verdict = message
        self._enter(State.LINGERING, only_from=State.RUNNING)
        self.announce(forward)

    def announce(self, forward: Callable[[Frame], None]) -> None:
        """Send the evaluation's last message, once; tearing the process down takes longer than saying so."""
        if not self._announced:
            self._announced = True
            forward(Frame(self._request.evaluation, Mark.LAST, encode(self.finished())))

    def _read_errors(self) -> bool:
        for data in _available(self._errors):
            if not data:
                return False
            self._error_text = (self._error_text + data)[-_KEPT_ERROR_BYTES:]
        return True

    # --- how it ends --------------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Ask the evaluation to end; it is killed where it does not."""
        self._conclude(Outcome.CANCELLED, "")
        self._terminate()

    def check_budgets(self, now: float) -> None:
        """End the evaluation where it used up what it may."""
        if self.state is not State.RUNNING:
            return
        limits = self._request.limits
        memory = anonymous_memory_mb(self.process) - self._base_memory
        self._peak_memory = max(self._peak_memory, memory)
        if memory > limits.memory_mb:
            self._over(Budget.MEMORY, f"needed more than {limits.memory_mb} MB of memory")
        elif now - self._started > limits.seconds + _GRACE_SECONDS:
            self._over(Budget.SECONDS, f"took longer than {limits.seconds:g} s")
        elif len(descendants_of(self.process, limits.processes)) > limits.processes:
            self._over(Budget.PROCESSES, f"started more than {limits.processes} processes")

    def _over(self, budget: Budget, what: str) -> None:
        self._conclude(Outcome.OVER_BUDGET, f"The evaluation {what} and was stopped.", budget)
        self.kill()

    def advance(self, now: float) -> None:
        """Go on to the next step of the ladder where its time has come."""
        status = reap(self.process)
        if status is not None:
            self._status = status
            kill_group(self.process, signal.SIGKILL)  # whatever it forked
            self._enter(State.ENDED)
        elif self.state is State.LINGERING and now - self._changed > _LINGER_SECONDS:
            self._conclude(Outcome.EXITED, "The program closed the channel of its evaluation.")
            self._terminate()
        elif self.state is State.TERMINATING and now - self._changed > _TERMINATE_SECONDS:
            self.kill()

    def kill(self) -> None:
        """Kill the child and everything in its group."""
        kill_group(self.process, signal.SIGKILL)
        self._enter(State.KILLED)

    def wait(self) -> None:
        """Wait for the killed child, and clear up after it."""
        try:
            os.waitpid(self.process, 0)
        except ChildProcessError:
            pass
        shutil.rmtree(self._folder, ignore_errors=True)

    def _terminate(self) -> None:
        kill_group(self.process, signal.SIGTERM)
        self._enter(State.TERMINATING)

    def _enter(self, state: State, only_from: Optional[State] = None) -> None:
        if self.state is not state and only_from in (None, self.state):
            self.state = state
            self._changed = time.monotonic()
            print(f"evaluation {self._request.evaluation}: {state.value}", file=sys.stderr, flush=True)

    def _conclude(self, outcome: Outcome, detail: str, budget: Optional[Budget] = None) -> None:
        if self._verdict is None:
            seconds = time.monotonic() - self._started
            self._verdict = Finished(self._request.evaluation, outcome, seconds, detail, budget)

    def finished(self) -> Finished:
        """Return the evaluation's last message, with what only the host knows."""
        if self._verdict is None:
            self._conclude_from_status(self._status or 0)
        assert self._verdict is not None
        location = self._verdict.location
        if location is None and self._verdict.outcome in (Outcome.OVER_BUDGET, Outcome.CRASHED, Outcome.EXITED):
            location = self._slot.read(self._request.program.path)
        return dataclasses.replace(
            self._verdict,
            evaluation=self._request.evaluation,
            location=location,
            peak_memory_mb=round(self._peak_memory, 1),
        )

    def _conclude_from_status(self, status: int) -> None:
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            detail = f"The program was killed by {_signal_name(number)} while it was evaluated.{self._last_words()}"
            self._conclude(Outcome.CRASHED, detail)
        else:
            code = os.WEXITSTATUS(status)
            self._conclude(
                Outcome.EXITED, f"The program ended its own process with exit code {code}.{self._last_words()}"
            )

    def _last_words(self) -> str:
        lines = self._error_text.decode("utf-8", "replace").strip().splitlines()
        return f" Its last words: {lines[-1].strip().rstrip('.')}." if lines else ""

    def close(self) -> None:
        """Give back pipes, page and folder; in a freshly forked sibling, only its copies of the first two."""
        os.close(self._events)
        os.close(self._errors)
        self._slot.close()
        if self.state is State.ENDED:
            shutil.rmtree(self._folder, ignore_errors=True)


def policy_for(request: Evaluate, folder: str, gpu: bool, used_seconds: float = 0.0) -> Policy:
    """Return what an evaluation may touch: the program's folders to read, a private one to write.

    ``used_seconds`` is the processor time that the evaluation's process has used up already.
    """
    program, limits = request.program, request.limits
    return Policy(
        readable=readable_roots(program.directory, os.path.dirname(program.path)),
        writable=(folder,),
        device_gpu=gpu,
        processes=limits.processes,
        # The wall clock ends an evaluation; this ends a process that the host has lost sight of.
        cpu_seconds=math.ceil(used_seconds + limits.seconds * (os.cpu_count() or 1)) + 1,
    )


def _available(descriptor: int) -> List[bytes]:
    """Return what can be read now without waiting; an empty piece stands for the end."""
    pieces: List[bytes] = []
    while True:
        try:
            data = os.read(descriptor, _READ_BYTES)
        except BlockingIOError:
            return pieces
        except OSError:
            data = b""
        pieces.append(data)
        if not data or len(data) < _READ_BYTES:
            return pieces


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
