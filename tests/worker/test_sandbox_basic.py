"""The basic tier: audit hooks in a child of a system that is treated as if its kernel had no sandbox."""

# The deeds are written as the calls that raise the audit events.
# ruff: noqa: PTH101, PTH102, PTH104, PTH106, PTH107, PTH111, PTH123, PTH208, PTH211

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from shapelens.worker import contract
from shapelens.worker.sandbox import basic, lockdown, roots
from shapelens.worker.sandbox.policy import Policy

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the deeds are done in a forked child")

WORKED, REFUSED, FAILED = 0, 1, 2
Deed = Callable[[Path], object]


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a home, a workspace in it and a private folder."""
    for name in ("home/project", "home/.ssh", "private", "outside"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("home/diary.txt", "home/.ssh/id_rsa", "home/project/model.py", "outside/file.txt"):
        (tmp_path / name).write_text("text")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "home" / "project")
    return tmp_path


def policy_of(ground: Path) -> Policy:
    workspace = str(ground / "home" / "project")
    return Policy(readable=roots.readable_roots(workspace, workspace), writable=(str(ground / "private"),))


def attempt(deed: Deed, ground: Path, locked: bool) -> int:
    process = os.fork()
    if process == 0:
        try:
            if locked:
                basic.install(policy_of(ground))
            deed(ground)
            os._exit(WORKED)
        except PermissionError:
            os._exit(REFUSED)
        finally:
            os._exit(FAILED)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def write(path: Path | str, mode: str = "w") -> None:
    with open(path, mode) as file:
        file.write("new")


def relative_to_an_open_folder(ground: Path) -> None:
    folder = os.open(ground / "outside", os.O_RDONLY)
    os.unlink("file.txt", dir_fd=folder)


def through_a_link(ground: Path) -> None:
    link = ground / "private" / "link"
    if not link.is_symlink():
        os.symlink(ground / "outside" / "file.txt", link)
    write(link)


def send_a_datagram(ground: Path) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sender:
        sender.sendto(b"x", ("127.0.0.1", 9))


def connect(ground: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        socket.create_connection(listener.getsockname(), 5).close()


def kill_another(ground: Path) -> None:
    os.kill(os.getppid(), signal.SIGURG)


REFUSALS: dict[str, Deed] = {
    "write in the workspace": lambda ground: write("new.txt"),
    "write in home": lambda ground: write(ground / "home" / "new.txt"),
    "append": lambda ground: write("model.py", "a"),
    "read and write": lambda ground: write("model.py", "r+"),
    "create by number": lambda ground: os.open("new2.txt", os.O_CREAT | os.O_WRONLY),
    "through a link": through_a_link,
    "out of the private folder": lambda ground: write(f"{ground}/private/../outside/new.txt"),
    "relative to an open folder": relative_to_an_open_folder,
    "beside": lambda ground: write(f"{ground}/private-too"),
    "truncate": lambda ground: os.truncate("model.py", 0),
    "change the mode": lambda ground: os.chmod("model.py", 0o600),
    "change the times": lambda ground: os.utime("model.py"),
    "make a folder": lambda ground: os.mkdir("folder"),
    "make a link": lambda ground: os.symlink("model.py", "link"),
    "hard link": lambda ground: os.link("model.py", ground / "private" / "model.py"),
    "move in": lambda ground: os.rename(ground / "home" / "project" / "model.py", ground / "private" / "moved"),
    "delete": lambda ground: os.remove(ground / "home" / "diary.txt"),
    "delete a folder": lambda ground: os.rmdir("folder"),
    "database": lambda ground: sqlite3.connect(ground / "outside" / "base").close(),
    "read home": lambda ground: Path(os.path.expanduser("~/.ssh/id_rsa")).read_text(),
    "list home": lambda ground: os.listdir(ground / "home"),
    "run": lambda ground: subprocess.run(["/bin/true"], check=True),
    "shell": lambda ground: os.system("true"),
    "spawn": lambda ground: os.posix_spawn("/bin/true", ["true"], {}),
    "listen": lambda ground: socket.create_server(("127.0.0.1", 0)).close(),
    "send a datagram": send_a_datagram,
    "connect": connect,
    "kill another": kill_another,
}


@pytest.mark.parametrize("name", REFUSALS)
def test_it_is_refused(ground: Path, name: str) -> None:
    if name == "delete a folder":
        os.mkdir("folder")
    if name == "read home":
        (ground / "home" / ".ssh" / "id_rsa").write_text("key")
    assert attempt(REFUSALS[name], ground, locked=True) == REFUSED
    assert attempt(REFUSALS[name], ground, locked=False) == WORKED


def test_programs_are_not_replaced(ground: Path) -> None:
    assert attempt(lambda ground: os.execv("/bin/true", ["true"]), ground, locked=True) == REFUSED


def test_names_are_not_looked_up(ground: Path) -> None:
    assert attempt(lambda ground: socket.getaddrinfo("shapelens.invalid", 80), ground, locked=True) == REFUSED
    assert attempt(lambda ground: urllib.request.urlopen("http://127.0.0.1:9"), ground, locked=True) == REFUSED


def work_in_the_private_folder(ground: Path) -> None:
    tempfile.tempdir = str(ground / "private")
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "one")
        os.rename(Path(folder) / "one", ground / "private" / "two")
        sqlite3.connect(Path(folder) / "base").close()
    os.remove(ground / "private" / "two")
    with open(os.devnull, "w") as sink:
        sink.write("away")
    sqlite3.connect(":memory:").close()


def read_the_workspace(ground: Path) -> None:
    assert Path("model.py").read_text() == "text"
    assert os.listdir(".") == ["model.py"]
    with os.scandir(ground / "home" / "project") as entries:
        assert len(list(entries)) == 1


def use_a_pair(ground: Path) -> None:
    first, second = socket.socketpair()
    with first, second:
        first.sendmsg([b"x"])
        assert second.recv(1) == b"x"


def fork(ground: Path) -> None:
    process = os.fork()
    if process == 0:
        os._exit(0)
    os.waitpid(process, 0)
    os.kill(os.getpid(), 0)


@pytest.mark.parametrize(
    "deed", [work_in_the_private_folder, read_the_workspace, use_a_pair, fork], ids=lambda deed: deed.__name__
)
def test_it_works(ground: Path, deed: Deed) -> None:
    assert attempt(deed, ground, locked=True) == WORKED


def test_the_report_calls_it_basic_and_says_why(ground: Path) -> None:
    process = os.fork()
    if process == 0:
        try:
            report = lockdown.lock_down_basic(policy_of(ground), ("seccomp",), "this kernel has no Landlock")
            expected = "audit hooks, seccomp; not strict: this kernel has no Landlock"
            good = report == lockdown.Report(contract.SandboxTier.BASIC, expected)
            os._exit(WORKED if good else FAILED)
        finally:
            os._exit(FAILED)
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == WORKED


def test_the_hooks_cost_little(ground: Path, record_property: Callable[[str, object], None]) -> None:
    """Recorded, not judged: what a thousand openings of a file take with and without the hooks."""

    def seconds(locked: bool) -> float:
        reading, writing = os.pipe()
        process = os.fork()
        if process == 0:
            if locked:
                basic.install(policy_of(ground))
            started = time.perf_counter()
            for _ in range(1000):
                with open("model.py"):
                    pass
            os.write(writing, str(time.perf_counter() - started).encode())
            os._exit(0)
        os.waitpid(process, 0)
        os.close(writing)
        answer = float(os.read(reading, 64))
        os.close(reading)
        return answer

    record_property("open_microseconds_free", seconds(False) * 1000)
    record_property("open_microseconds_basic", seconds(True) * 1000)


if sys.platform == "darwin":
    REFUSALS.pop("change the times")
