"""A ground with a home, a workspace and a private folder, and a jail on it."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from security.jail import NOBODY, SECONDS, Ground, Jail
from shapelens.worker import contract
from shapelens.worker.sandbox import kernel, lockdown

PR_SET_DUMPABLE = 4


@pytest.fixture(scope="session")
def strict() -> None:
    """Skip where the kernel has no strict sandbox."""
    report = lockdown.available("auto")
    if report.tier is not contract.SandboxTier.STRICT:
        pytest.skip(f"no strict sandbox on this system: {report.detail}")


@pytest.fixture(params=["self", "nobody"])
def jail(request: pytest.FixtureRequest, strict: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jail]:
    """A jail of the user who runs the tests, and one of a user without privileges."""
    user: int | None = None
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


def _lay_out(base: Path, user: int | None) -> Ground:
    ground = Ground(base / "home", base / "home" / "project", base / "private", base / "outside")
    for folder in (ground.home, ground.workspace, ground.private, ground.outside, ground.home / ".ssh"):
        folder.mkdir()
    (ground.home / ".ssh" / "id_rsa").write_text("key")
    (ground.home / "diary.txt").write_text("dear diary")
    (ground.workspace / "model.py").write_text("import keras\n")
    (ground.workspace / "data").mkdir()
    (ground.workspace / "data" / "points.csv").write_text("1,2\n")
    (ground.home / "empty").mkdir()
    (ground.outside / "file.txt").write_text("outside")
    for path in (base, *base.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
        if user is not None:
            os.chown(path, user, user)
    return ground


@pytest.fixture
def victim(jail: Jail) -> Iterator[int]:
    """A process of the same user outside the sandbox, asleep."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            os.setpgid(0, 0)
            if jail.user is not None:
                os.setgid(jail.user)
                os.setuid(jail.user)
                # Who changes the user may not be traced, not even by the new user, until this.
                kernel.prctl(PR_SET_DUMPABLE, 1)
            os.write(writing, b"ready")
            time.sleep(2 * SECONDS)
        finally:
            os._exit(0)
    os.close(writing)
    assert os.read(reading, 8) == b"ready"
    os.close(reading)
    yield process
    os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
