"""The life of one evaluation in its own process: locked in, run, reported, gone."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import signal
import sys
import tempfile
import time
import traceback
from types import FrameType
from typing import Callable, Container, NoReturn, Optional, Tuple, Union

from .channel import Frame, Mark, pack, write_all
from .codec import encode
from .contract import (
    Budget,
    Evaluate,
    Fault,
    Faulted,
    Finished,
    Graphed,
    Location,
    ModelGraph,
    Observation,
    Observed,
    Outcome,
    Skip,
    Skipped,
    Trained,
    Training,
)
from .framework_watch import OtherFramework
from .record import ObservationLimit
from .runner import Runner

Told = Union[Tuple[Observation, ...], Fault, Skip]


class Child:
    """Evaluates one program in this process and leaves it."""

    def __init__(
        self,
        request: Evaluate,
        descriptor: int,
        entered: Callable[[Location], None],
        modules_at_start: Container[str],
    ) -> None:
        self._request = request
        self._descriptor = descriptor
        self._process = os.getpid()
        self._started = time.monotonic()
        self._writing = False
        self._out_of_time: Optional[Finished] = None
        self._runner = Runner(
            request.program,
            request.limits,
            self._tell,
            entered,
            modules_at_start,
            trained=self._trained,
            graphed=self._graphed,
        )

    def run(self, temporary_folder: str) -> NoReturn:
        """Evaluate the program; the process ends here, without any of the program's exit handlers."""
        status = 1
        try:
            self._start_clock()
            self._finish(self._no_folder(temporary_folder) or self._evaluate())
            status = 0
        except BrokenPipeError:
            pass  # the host is gone, nobody listens
        except BaseException:  # a fault of ours: its last line becomes part of the evaluation's end
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(status)

    def _no_folder(self, temporary_folder: str) -> Optional[Finished]:
        """Enter the program's working folder; return the evaluation's end where there is none."""
        for name in ("TMPDIR", "TEMP", "TMP"):
            os.environ[name] = temporary_folder
        tempfile.tempdir = temporary_folder
        folder = self._request.program.directory
        try:
            os.chdir(folder)
        except OSError as error:
            return self._finished(Outcome.EXITED, f"The working folder {folder} cannot be entered: {error.strerror}.")
        return None

    def _evaluate(self) -> Finished:
        try:
            parsed = self._runner.run()
        except ObservationLimit:
            self._runner.tell_models()
            most = self._request.limits.observations
            detail = f"More than {most} values have shapes; the rest was not evaluated."
            return self._finished(Outcome.OVER_BUDGET, detail, Budget.OBSERVATIONS)
        except OtherFramework as other:
            detail = f"The program chooses another Keras than was imported for it ({', '.join(other.wanted)})."
            return dataclasses.replace(self._finished(Outcome.EXITED, detail), wanted=other.wanted)
        return self._finished(Outcome.COMPLETED if parsed else Outcome.UNPARSABLE)

    # --- the clock ----------------------------------------------------------------------------------------

    def _start_clock(self) -> None:
        # The host kills a child that does not heed this; here the very expression is still known.
        if hasattr(signal, "setitimer"):
            signal.signal(signal.SIGALRM, self._time_is_up)
            signal.setitimer(signal.ITIMER_REAL, self._request.limits.seconds)

    def _time_is_up(self, _: int, frame: Optional[FrameType]) -> None:
        detail = f"The evaluation took longer than {self._request.limits.seconds:g} s and was stopped."
        location = self._runner.positions.innermost(frame)
        finished = self._finished(Outcome.OVER_BUDGET, detail, Budget.SECONDS, location)
        if self._writing:
            self._out_of_time = finished  # a signal must not write into the middle of a frame
        else:
            self._leave(finished)

    def _leave(self, finished: Finished) -> NoReturn:
        try:
            with contextlib.suppress(Exception, ObservationLimit):
                self._runner.finish()
            self._finish(finished)
        finally:
            os._exit(0)

    # --- messages -----------------------------------------------------------------------------------------

    def _finished(
        self, outcome: Outcome, detail: str = "", budget: Optional[Budget] = None, location: Optional[Location] = None
    ) -> Finished:
        seconds = time.monotonic() - self._started
        return Finished(self._request.evaluation, outcome, seconds, detail, budget, location)

    def _tell(self, told: Told) -> None:
        number = self._request.evaluation
        if isinstance(told, Fault):
            self._write(Mark.MESSAGE, Faulted(number, told))
        elif isinstance(told, Skip):
            self._write(Mark.MESSAGE, Skipped(number, told))
        else:
            self._write(Mark.MESSAGE, Observed(number, told))

    def _trained(self, training: Training) -> None:
        self._write(Mark.MESSAGE, Trained(self._request.evaluation, training))

    def _graphed(self, graphs: Tuple[ModelGraph, ...], cut: str) -> None:
        self._write(Mark.MESSAGE, Graphed(self._request.evaluation, graphs, cut))

    def _finish(self, finished: Finished) -> None:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        self._write(Mark.LAST, finished)

    def _write(self, mark: Mark, message: object) -> None:
        if os.getpid() != self._process:
            return  # a process that the program forked: what it sees is no part of this evaluation
        frame = pack(Frame(self._request.evaluation, mark, encode(message)))
        self._writing = True
        try:
            write_all(self._descriptor, frame)
        finally:
            self._writing = False
        if self._out_of_time is not None:
            finished, self._out_of_time = self._out_of_time, None
            self._leave(finished)


def redirect_output(error_descriptor: Optional[int]) -> None:
    """Point standard input and output at nothing, and standard error at the host's pipe.

    What a program prints is thrown away: formatting it is the program's own affair, and a megabyte of it
    costs nobody anything. Standard error is kept because a native crash says its reason there.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.dup2(nothing if error_descriptor is None else error_descriptor, 2)
    os.close(nothing)
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), encoding="utf-8")
    sys.stdout = _text_output(1)
    sys.stderr = _text_output(2)


def _text_output(descriptor: int) -> io.TextIOWrapper:
    raw = io.FileIO(descriptor, "w", closefd=False)
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace", line_buffering=True)
