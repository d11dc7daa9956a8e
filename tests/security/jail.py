"""Tries deeds in forked children, with and without the sandbox."""

from __future__ import annotations

# Loaded here because nobody may perhaps not read the interpreter's folder, as where it lies in root's home.
import concurrent.futures.thread  # noqa: F401
import encodings.cp437
import encodings.idna  # noqa: F401
import errno
import multiprocessing.connection
import multiprocessing.popen_fork
import multiprocessing.synchronize  # noqa: F401
import os
import pickle
import select
import signal
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shapelens.worker.sandbox import lockdown, roots

NOBODY = 65534
SECONDS = 30.0


@dataclass(frozen=True)
class Ground:
    """Folders in which the deeds take place; all belong to the user who does them."""

    home: Path
    workspace: Path
    private: Path
    outside: Path


Deed = Callable[[Ground], object]


@dataclass(frozen=True)
class Outcome:
    """What became of a deed: its value, or the error, or the signal that ended it."""

    value: object = None
    error: str = ""
    errno: int | None = None
    signal: int | None = None

    @property
    def worked(self) -> bool:
        return not self.error and self.signal is None

    @property
    def denied(self) -> bool:
        return self.errno in (errno.EPERM, errno.EACCES)


class Jail:
    """Runs deeds in forked children, as one user, under one policy."""

    def __init__(self, ground: Ground, user: int | None) -> None:
        self.ground = ground
        self.user = user
        self.policy = lockdown.Policy(
            readable=roots.readable_roots(str(ground.workspace), str(ground.workspace)),
            writable=(str(ground.private),),
        )

    def with_policy(self, **changes: Any) -> Jail:
        """Return a jail whose policy differs."""
        other = Jail(self.ground, self.user)
        other.policy = replace(self.policy, **changes)
        return other

    def free(self, deed: Deed) -> Outcome:
        """Do it without a sandbox."""
        return self._run(deed, lambda: None)

    def locked(self, deed: Deed) -> Outcome:
        """Do it in the strict sandbox."""
        return self._run(deed, lambda: lockdown.lock_down(self.policy, "strict"))

    def assert_denied(self, deed: Deed, errors: tuple[int, ...] = (errno.EPERM, errno.EACCES)) -> None:
        """Fail unless the deed is refused when locked, and works when free."""
        outcome = self.locked(deed)
        assert outcome.errno in errors, f"expected a refusal, got {outcome}"
        # Only afterwards, since it may change what the deed is aimed at.
        control = self.free(deed)
        assert control.worked, f"the deed does not even work without the sandbox: {control}"

    def assert_works(self, deed: Deed) -> object:
        """Fail unless the deed works in the sandbox; return its value."""
        outcome = self.locked(deed)
        assert outcome.worked, outcome.error or f"ended by signal {outcome.signal}"
        return outcome.value

    def _run(self, deed: Deed, prepare: Callable[[], object]) -> Outcome:
        reading, writing = os.pipe()
        process = os.fork()
        if process == 0:
            try:
                os.close(reading)
                os.setpgid(0, 0)
                if self.user is not None:
                    os.setgroups([])
                    os.setgid(self.user)
                    os.setuid(self.user)
                os.chdir(self.ground.workspace)
                prepare()
                outcome = _outcome(deed, self.ground)
                _send(writing, outcome)
            except BaseException as error:  # The child must not return into pytest.
                _send(writing, Outcome(error=f"outside the deed: {error!r}"))
            finally:
                os._exit(0)
        os.close(writing)
        return _collect(process, reading)


def _outcome(deed: Deed, ground: Ground) -> Outcome:
    try:
        return Outcome(value=deed(ground))
    except OSError as error:
        return Outcome(error=repr(error), errno=error.errno)
    except Exception as error:
        return Outcome(error=repr(error))


def _send(writing: int, outcome: Outcome) -> None:
    body = pickle.dumps(outcome)
    os.write(writing, struct.pack("I", len(body)) + body)


def _collect(process: int, reading: int) -> Outcome:
    data = b""
    deadline = time.monotonic() + SECONDS
    # Not to the end of the file: descendants may hold the pipe open.
    while len(data) < 4 or len(data) < 4 + struct.unpack_from("I", data)[0]:
        if not select.select([reading], [], [], max(0.0, deadline - time.monotonic()))[0]:
            break
        piece = os.read(reading, 65536)
        if not piece:
            break
        data += piece
    os.close(reading)
    try:
        os.killpg(process, signal.SIGKILL)
    except ProcessLookupError:
        pass
    _, status = os.waitpid(process, 0)
    if data:
        outcome: Outcome = pickle.loads(data[4:])
        return outcome
    ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
    return Outcome(error="no answer", signal=ended_by)
