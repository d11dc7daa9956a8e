"""The warm process of an environment: imports the framework once and forks a child per evaluation.

It never runs user code itself and never initialises TensorFlow's eager context. It lives as long as its
standard input is open.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import os
import platform
import selectors
import shutil
import sys
import tempfile
import time
import traceback
from typing import Callable, Dict, FrozenSet, List, NoReturn, Optional, Union

from .channel import HOST, ChannelError, Frame, FrameBuffer, Mark, pack, write_all
from .child import Child, redirect_output
from .codec import ContractError, decode, encode
from .contract import (
    PROTOCOL_VERSION,
    Cancel,
    Evaluate,
    Failed,
    Ready,
    Shutdown,
    Starting,
)
from .framework import Framework, FrameworkProblem, assert_forkable, load_framework
from .preload import import_worker
from .processes import adopt_orphans, children_of, die_with_parent, kill_group, reap
from .running import HostOptions, Running, State, policy_for
from .sandbox.lockdown import available, lock_down
from .sandbox.policy import Report, SandboxUnavailable
from .warm_imports import WarmImports

_POLL_SECONDS = 0.025
"""How often budgets of running children are looked at; 5 GB/s of page faults overshoot by some 100 MB."""

_READ_BYTES = 1 << 16


class Channel:
    """The host's side of the pipes to the server."""

    def __init__(self) -> None:
        # Nothing that prints, in Python or natively, may reach the channel: it moves away from 0 and 1.
        self.input = os.dup(0)
        self.output = os.dup(1)
        redirect_output(os.dup(2))

    def send(self, message: object) -> None:
        """Write a message of the host itself."""
        self.forward(Frame(HOST, Mark.MESSAGE, encode(message)))

    def forward(self, frame: Frame) -> None:
        """Write a frame; the process ends where the server is gone."""
        try:
            write_all(self.output, pack(frame))
        except OSError:
            os._exit(0)


class Host:
    """Takes requests from the server and looks after the children."""

    def __init__(self, channel: Channel, framework: Framework, options: HostOptions) -> None:
        self._channel = channel
        self._framework = framework
        self._options = options
        self._running: Dict[int, Running] = {}
        self._selector = selectors.DefaultSelector()
        self._requests = FrameBuffer()
        self._last_look = 0.0
        self._orphans = False
        self._warm_imports = WarmImports()

    def serve(self) -> NoReturn:
        """Answer requests until the server closes the channel or says Shutdown."""
        os.set_blocking(self._channel.input, False)
        self._selector.register(self._channel.input, selectors.EVENT_READ, self._take_requests)
        while True:
            watching = self._running or self._orphans
            for key, _ in self._selector.select(_POLL_SECONDS if watching else None):
                read: Callable[[], bool] = key.data
                if not read():
                    self._selector.unregister(key.fd)  # at its end it would be ready for ever
            self._look_after_children()
            if not self._running and self._warm_imports.run():
                gc.collect()
                gc.freeze()

    # --- requests -----------------------------------------------------------------------------------------

    def _take_requests(self) -> bool:
        try:
            data = os.read(self._channel.input, _READ_BYTES)
        except BlockingIOError:
            return True
        if not data:
            self._leave()
        try:
            requests = [decode(frame.payload) for frame in self._requests.feed(data)]
        except (ChannelError, ContractError) as error:
            log(f"the server sent what is no request: {error}")
            self._leave()
        for request in requests:
            self._take(request)
        return True

    def _take(self, request: object) -> None:
        if isinstance(request, Evaluate):
            self._evaluate(request)
        elif isinstance(request, Cancel):
            running = self._running.get(request.evaluation)
            if running is not None:
                running.cancel()
        elif isinstance(request, Shutdown):
            self._leave()

    def _leave(self) -> NoReturn:
        for running in self._running.values():
            running.kill()
        for running in self._running.values():
            running.wait()
        shutil.rmtree(self._options.temporary, ignore_errors=True)
        os._exit(0)

    def _evaluate(self, request: Evaluate) -> None:
        assert_forkable(self._framework)
        running = Running.fork(request, self._options, self._close_in_child)
        self._running[request.evaluation] = running
        self._warm_imports.note(request.program.text)
        for descriptor, read in running.readers(self._channel.forward):
            self._selector.register(descriptor, selectors.EVENT_READ, read)

    def _close_in_child(self) -> None:
        self._selector.close()
        for descriptor in (self._channel.input, self._channel.output):
            os.close(descriptor)
        for other in self._running.values():
            other.close()

    # --- children -----------------------------------------------------------------------------------------

    def _look_after_children(self) -> None:
        now = time.monotonic()
        for number, running in list(self._running.items()):
            if now - self._last_look >= _POLL_SECONDS:
                running.check_budgets(now)
            running.advance(now)
            if running.state is State.ENDED:
                self._forget(number, running)
        if now - self._last_look >= _POLL_SECONDS:
            self._last_look = now
            self._kill_orphans()

    def _forget(self, number: int, running: Running) -> None:
        del self._running[number]
        for descriptor, read in running.readers(self._channel.forward):
            with contextlib.suppress(KeyError):
                self._selector.unregister(descriptor)
            read()  # what is still in the pipe
        self._orphans = True  # until a look has shown that nothing is left
        running.announce(self._channel.forward)
        running.close()

    def _kill_orphans(self) -> None:
        """Kill what an evaluation left behind: its own processes are known, any other child was adopted."""
        known = {running.process for running in self._running.values()}
        orphans = [process for process in children_of(os.getpid()) if process not in known]
        for process in orphans:
            kill_group(process, 9)
            reap(process)
        # A killed process is gone a moment later: it has to be looked for once more.
        self._orphans = bool(orphans)


def single_use(channel: Channel, options: HostOptions) -> NoReturn:
    """Evaluate one program in this very process: for systems without a safe fork."""
    buffer = FrameBuffer()
    while True:
        data = os.read(channel.input, _READ_BYTES)
        if not data:
            os._exit(0)
        for frame in buffer.feed(data):
            request = decode(frame.payload)
            if isinstance(request, Evaluate):
                os.close(channel.input)
                policy = policy_for(request, options.temporary, options.gpu, time.process_time())
                lock_down(policy, options.sandbox)
                Child(request, channel.output, _ignore, options.modules_at_start).run(options.temporary)
            if isinstance(request, Shutdown):
                os._exit(0)


def _ignore(_: object) -> None:
    return None


def log(message: str) -> None:
    """Say something to the server's log."""
    print(f"host {os.getpid()}: {message}", file=sys.stderr, flush=True)


def main(arguments: List[str], modules_at_start: FrozenSet[str]) -> NoReturn:
    """Run a host with the options that the server gave it."""
    parser = argparse.ArgumentParser("host")
    parser.add_argument("--sandbox", default="auto")
    parser.add_argument("--parent", type=int, default=0)
    parser.add_argument("--tf-keras", action="store_true", help="the programs import tf_keras themselves")
    parser.add_argument("--temporary", default="", help="folder for files of evaluations, removed with the host")
    parser.add_argument("--single-use", action="store_true", default=not hasattr(os, "fork"))
    given = parser.parse_args(arguments)
    temporary = given.temporary or tempfile.mkdtemp(prefix="shapelens-")
    channel = Channel()
    if given.parent:
        die_with_parent(given.parent)
    adopt_orphans()
    started = time.monotonic()
    answer: Union[Ready, Failed]
    framework: Optional[Framework] = None
    try:
        report = available(given.sandbox)
        framework = load_framework(lambda stage: channel.send(Starting(stage)), given.tf_keras)
        import_worker()
        # Where a device was started by the import itself, each evaluation gets a host of its own.
        forks = not given.single_use and not framework.fork_obstacle()
        answer = _ready(framework, report, time.monotonic() - started, forks)
    except FrameworkProblem as problem:
        answer = Failed(problem.problem, problem.advice)
    except SandboxUnavailable as problem:
        answer = Failed(str(problem), "Set the sandbox to auto, or to off for files that you trust.")
    except Exception as error:  # this Keras is put together in a way that is not known here
        traceback.print_exc()
        answer = Failed(
            f"Keras in {sys.executable} could not be readied: {type(error).__name__}: {error}.",
            "Please report this; another version of Keras may work.",
        )
    # What is alive now lives as long as the host: children need not look at it, nor copy its pages.
    gc.collect()
    gc.freeze()
    channel.send(answer)
    if framework is None or isinstance(answer, Failed):
        sys.exit(0)
    options = HostOptions(given.sandbox, temporary, framework.device == "gpu", modules_at_start)
    if not answer.reusable:
        single_use(channel, options)
    Host(channel, framework, options).serve()


def _ready(framework: Framework, report: Report, seconds: float, reusable: bool) -> Ready:
    return Ready(
        protocol=PROTOCOL_VERSION,
        executable=sys.executable,
        python=platform.python_version(),
        keras=framework.keras,
        backend=framework.backend,
        tensorflow=framework.tensorflow,
        device=framework.device,
        sandbox=report.tier,
        sandbox_detail=report.detail,
        import_seconds=seconds,
        reusable=reusable,
    )
