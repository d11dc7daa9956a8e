"""A ground with a home, a workspace and a private folder, and a jail that tries deeds with and without the sandbox."""

from __future__ import annotations

import errno
import os
import pickle
import select
import shutil
import signal
import stat
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable, Iterator, Optional, Tuple

import pytest

from shapelens.worker import contract
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
    errno: Optional[int] = None
    signal: Optional[int] = None

    @property
    def worked(self) -> bool:
        return not self.error and self.signal is None

    @property
    def denied(self) -> bool:
        return self.errno in (errno.EPERM, errno.EACCES)


class Jail:
    """Runs deeds in forked children, as one user, under one policy."""

    def __init__(self, ground: Ground, user: Optional[int]) -> None:
        self.ground = ground
        self.user = user
        self.policy = lockdown.Policy(
            readable=roots.readable_roots(str(ground.workspace), str(ground.workspace)),
            writable=(str(ground.private),),
        )

    def with_policy(self, **changes: object) -> "Jail":
        """Return a jail whose policy differs."""
        other = Jail(self.ground, self.user)
        other.policy = replace(self.policy, **changes)  # type: ignore[arg-type]
        return other

    def free(self, deed: Deed) -> Outcome:
        """Do it without a sandbox."""
        return self._run(deed, lambda: None)

    def locked(self, deed: Deed) -> Outcome:
        """Do it in the strict sandbox."""
        return self._run(deed, lambda: lockdown.lock_down(self.policy, "strict"))

    def assert_denied(self, deed: Deed, errors: Tuple[int, ...] = (errno.EPERM, errno.EACCES)) -> None:
        """Fail unless the deed works when free, and is refused when locked."""
        control = self.free(deed)
        assert control.worked, f"the deed does not even work without the sandbox: {control}"
        outcome = self.locked(deed)
        assert outcome.errno in errors, f"expected a refusal, got {outcome}"

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
                os.write(writing, pickle.dumps(outcome))
            except BaseException as error:  # The child must not return into pytest.
                os.write(writing, pickle.dumps(Outcome(error=f"outside the deed: {error!r}")))
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


def _collect(process: int, reading: int) -> Outcome:
    data = b""
    deadline = time.monotonic() + SECONDS
    while select.select([reading], [], [], max(0.0, deadline - time.monotonic()))[0]:
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
        outcome: Outcome = pickle.loads(data)
        return outcome
    ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
    return Outcome(error="no answer", signal=ended_by)


@pytest.fixture(scope="session")
def strict() -> None:
    """Skip where the kernel has no strict sandbox."""
    report = lockdown.available("auto")
    if report.tier is not contract.SandboxTier.STRICT:
        pytest.skip(f"no strict sandbox on this system: {report.detail}")


@pytest.fixture(params=["self", "nobody"])
def jail(request: pytest.FixtureRequest, strict: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jail]:
    """A jail of the user who runs the tests, and one of a user without privileges."""
    user: Optional[int] = None
    if request.param == "nobody":
        if os.getuid() != 0:
            pytest.skip("only root can become another user; this user has no privileges already")
        user = NOBODY
    # Not pytest's own folder: only its owner may enter that.
    base = Path(tempfile.mkdtemp(prefix="sandbox-"))
    try:
        ground = _lay_out(base, user)
        monkeypatch.setenv("HOME", str(ground.home))
        yield Jail(ground, user)
    finally:
        shutil.rmtree(base)


def _lay_out(base: Path, user: Optional[int]) -> Ground:
    ground = Ground(base / "home", base / "home" / "project", base / "private", base / "outside")
    for folder in (ground.home, ground.workspace, ground.private, ground.outside, ground.home / ".ssh"):
        folder.mkdir()
    (ground.home / ".ssh" / "id_rsa").write_text("key")
    (ground.home / "diary.txt").write_text("dear diary")
    (ground.workspace / "model.py").write_text("import keras\n")
    (ground.workspace / "data").mkdir()
    (ground.workspace / "data" / "points.csv").write_text("1,2\n")
    (ground.outside / "file.txt").write_text("outside")
    for path in (base, *base.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
        if user is not None:
            os.chown(path, user, user)
    return ground


@pytest.fixture
def victim(jail: Jail) -> Iterator[int]:
    """A process of the same user outside the sandbox, asleep."""
    process = os.fork()
    if process == 0:
        try:
            os.setpgid(0, 0)
            if jail.user is not None:
                os.setgid(jail.user)
                os.setuid(jail.user)
            time.sleep(2 * SECONDS)
        finally:
            os._exit(0)
    _wait_for_user(process, jail.user)
    yield process
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)


def _wait_for_user(process: int, user: Optional[int]) -> None:
    deadline = time.monotonic() + SECONDS
    while user is not None and os.stat(f"/proc/{process}").st_uid != user and time.monotonic() < deadline:
        # A process that changed its user is not dumpable, so its folder stays root's; its status tells.
        with open(f"/proc/{process}/status", encoding="ascii") as status:
            if f"Uid:\t{user}" in status.read():
                return
        time.sleep(0.001)


@pytest.fixture
def inside() -> Callable[[str], bool]:
    """Tell whether a path is a regular file."""
    return lambda path: stat.S_ISREG(os.lstat(path).st_mode)


if sys.platform == "win32":
    collect_ignore_glob = ["*"]
