"""What the sandbox says about itself: in the host, in the child, and where it is not to be had."""

from __future__ import annotations

import errno
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from shapelens.worker import contract
from shapelens.worker.sandbox import landlock, lockdown, roots
from shapelens.worker.sandbox.policy import Policy, Report, SandboxUnavailable

NOTHING = Policy(readable=(), writable=())

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="told for Linux")


@pytest.fixture(scope="module")
def strict() -> Report:
    report = lockdown.available("auto")
    if report.tier is not contract.SandboxTier.STRICT:
        pytest.skip(f"no strict sandbox on this system: {report.detail}")
    return report


def in_a_child(say: Callable[[], str]) -> str:
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            os.write(writing, say().encode())
        except BaseException as error:
            os.write(writing, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as file:
        answer = file.read()
    os.waitpid(process, 0)
    return answer


def test_off_is_called_off(tmp_path: Path) -> None:
    report = lockdown.available("off")
    assert report.tier is contract.SandboxTier.OFF
    assert lockdown.lock_down(NOTHING, "off") == report
    (tmp_path / "file").write_text("still free")


def test_another_mode_is_an_error() -> None:
    with pytest.raises(ValueError, match="'loose'"):
        lockdown.available("loose")
    with pytest.raises(ValueError, match="'loose'"):
        lockdown.lock_down(NOTHING, "loose")


def test_strict_names_its_layers(strict: Report) -> None:
    assert strict.detail.startswith("Landlock ABI ")
    assert "seccomp" in strict.detail
    assert "no capabilities" in strict.detail
    assert lockdown.available("strict") == strict


def test_asking_does_not_lock_the_host(strict: Report, tmp_path: Path) -> None:
    lockdown.available("auto")
    (tmp_path / "file").write_text("still free")
    assert list(Path("/").iterdir())


def test_the_child_reports_what_the_host_announced(strict: Report) -> None:
    def say() -> str:
        report = lockdown.lock_down(NOTHING, "auto")
        return f"{report.tier.value}: {report.detail}"

    announced = strict.detail.partition(";")[0]
    assert in_a_child(say) == f"strict: {announced}"


def test_a_refused_root_is_told(strict: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path, "/"])
    assert lockdown.available("auto").detail.endswith("; / on the interpreter's path is not opened")


def test_a_home_folder_as_workspace_is_told(strict: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    policy = Policy(readable=roots.readable_roots(str(tmp_path), str(tmp_path)), writable=())
    detail = in_a_child(lambda: lockdown.lock_down(policy, "strict").detail)
    assert detail.endswith(f"; {tmp_path} is opened without its hidden files")


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSYS, "no Landlock"), (errno.EOPNOTSUPP, "switched off"), (errno.EPERM, "container")],
)
def test_without_landlock_strict_refuses_and_auto_is_basic(
    monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def refuse(call: int, *arguments: int) -> int:
        raise OSError(number, os.strerror(number))

    # The kernel of the system cannot be made to forget Landlock, so its answer is replaced.
    monkeypatch.setattr(landlock.kernel, "call", refuse)
    with pytest.raises(SandboxUnavailable, match=words) as refusal:
        lockdown.available("strict")
    assert str(refusal.value).startswith("The strict sandbox is not available: ")
    report = lockdown.available("auto")
    assert report.tier is contract.SandboxTier.BASIC
    assert words in report.detail
    assert report.detail.startswith("audit hooks")


def test_a_child_with_several_threads_is_not_called_strict(strict: Report) -> None:
    """Threads that run already would stay outside."""

    def say() -> str:
        threading.Thread(target=threading.Event().wait, daemon=True).start()
        return lockdown.lock_down(NOTHING, "strict").detail

    assert in_a_child(say) == (
        "SandboxUnavailable: The strict sandbox is not available: the evaluation's process has several threads already."
    )


def test_locking_down_is_quick(strict: Report, record_property: Callable[[str, object], None]) -> None:
    """Recorded, not judged: milliseconds in a fresh child, with all the roots of this interpreter."""
    directory = str(Path.cwd())
    policy = Policy(readable=roots.readable_roots(directory, directory), writable=("/tmp",))

    def say() -> str:
        started = time.perf_counter()
        lockdown.lock_down(policy, "strict")
        return str(1000 * (time.perf_counter() - started))

    record_property("lock_down_milliseconds", statistics.median(float(in_a_child(say)) for _ in range(9)))
