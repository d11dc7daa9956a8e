"""What programs do all day works in the strict sandbox as outside it."""

# The deeds are written as the system calls that they are.
# ruff: noqa: PTH105, PTH111, PTH123, PTH208, PTH211

from __future__ import annotations

import concurrent.futures
import io
import multiprocessing
import os
import shutil
import sqlite3
import tempfile
import threading
from pathlib import Path

import pytest

from security.jail import Ground, Jail


def test_the_workspace_is_read(jail: Jail) -> None:
    def read(ground: Ground) -> object:
        return (ground.workspace / "data" / "points.csv").read_text(), sorted(os.listdir("."))

    assert jail.assert_works(read) == ("1,2\n", ["data", "model.py"])


def test_the_private_folder_is_written(jail: Jail) -> None:
    def write(ground: Ground) -> object:
        folder = ground.private / "a" / "b"
        folder.mkdir(parents=True)
        (folder / "one.txt").write_text("one")
        os.replace(folder / "one.txt", ground.private / "two.txt")
        os.symlink("two.txt", ground.private / "link")
        text = (ground.private / "link").read_text()
        os.truncate(ground.private / "two.txt", 0)
        shutil.rmtree(ground.private / "a")
        return text, sorted(os.listdir(ground.private))

    assert jail.assert_works(write) == ("one", ["link", "two.txt"])


def test_temporary_files_are_made_in_it(jail: Jail) -> None:
    def make(ground: Ground) -> object:
        tempfile.tempdir = str(ground.private)
        with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile("w+", dir=folder) as file:
            file.write("text")
            file.flush()
            return Path(file.name).read_text()

    assert jail.assert_works(make) == "text"


def test_a_database_is_kept_in_it(jail: Jail) -> None:
    def keep(ground: Ground) -> object:
        with sqlite3.connect(ground.private / "base") as base:
            base.execute("create table points (x)")
            base.execute("insert into points values (1)")
            return base.execute("select * from points").fetchall()

    assert jail.assert_works(keep) == [(1,)]


def test_devices_without_content_work(jail: Jail) -> None:
    def use(ground: Ground) -> object:
        with open(os.devnull, "w") as sink:
            sink.write("away")
        return len(os.urandom(8)), Path("/dev/urandom").open("rb", buffering=0).read(4) != b""

    assert jail.assert_works(use) == (8, True)


def test_threads_work(jail: Jail) -> None:
    def share(ground: Ground) -> object:
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            names = list(pool.map(lambda number: (number, threading.get_ident() != 0), range(8)))
        return len(names)

    assert jail.assert_works(share) == 8


def test_forks_work_and_stay_locked(jail: Jail) -> None:
    def fork(ground: Ground) -> object:
        reading, writing = os.pipe()
        if os.fork() == 0:
            try:
                (ground.home / "diary.txt").read_text()
                os.write(writing, b"read")
            except PermissionError:
                os.write(writing, b"refused")
            os._exit(0)
        os.wait()
        return os.read(reading, 16)

    assert jail.assert_works(fork) == b"refused"


def test_a_process_of_multiprocessing_works(jail: Jail) -> None:
    def ask(ground: Ground) -> object:
        context = multiprocessing.get_context("fork")
        here, there = context.Pipe()
        process = context.Process(target=there.send, args=("answer",))
        process.start()
        answer = here.recv()
        process.join()
        return answer, process.exitcode

    assert jail.assert_works(ask) == ("answer", 0)


def test_a_pool_of_multiprocessing_is_refused(jail: Jail) -> None:
    """Its semaphores live in /dev/shm, where other programs keep theirs too."""

    def pool(ground: Ground) -> None:
        multiprocessing.get_context("fork").Lock()

    jail.assert_denied(pool)


def test_what_programs_ask_of_the_machine_is_answered(jail: Jail) -> None:
    def ask(ground: Ground) -> object:
        texts = [Path(path).read_text() for path in ("/proc/cpuinfo", "/proc/meminfo", "/proc/self/status")]
        return (os.cpu_count() or 0) > 0, len(os.sched_getaffinity(0)) > 0, all(texts), os.path.expanduser("~") != "~"

    assert jail.assert_works(ask) == (True, True, True, True)


def test_the_standard_library_is_imported(jail: Jail) -> None:
    def load(ground: Ground) -> object:
        if jail.user is not None and not os.access(os.__file__, os.R_OK):
            return None  # This interpreter lies in a folder of root's.
        import wave  # Imported by nothing else here, so that its file is read.

        return wave.__name__

    assert jail.assert_works(load) in ("wave", None)


def test_own_processes_are_seen_by_the_host(jail: Jail) -> None:
    """The host watches memory from outside, through files that stay readable for it."""
    if jail.user is not None:
        pytest.skip("told by the run as the own user")
    reading, writing = os.pipe()
    waiting, going = os.pipe()
    process = os.fork()
    if process == 0:
        from shapelens.worker.sandbox import lockdown

        try:
            lockdown.lock_down(jail.policy, "strict")
            os.write(writing, b"locked")
            os.close(going)
            os.read(waiting, 1)
        finally:
            os._exit(0)
    assert os.read(reading, 16) == b"locked"
    try:
        assert int(Path(f"/proc/{process}/statm").read_text().split()[1]) > 0
        assert "Rss:" in Path(f"/proc/{process}/smaps_rollup").read_text()
    finally:
        os.close(going)
        os.waitpid(process, 0)
        for descriptor in (reading, writing, waiting):
            os.close(descriptor)


def test_pictures_and_archives_in_memory_work(jail: Jail) -> None:
    def pack(ground: Ground) -> object:
        import zipfile

        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("a.txt", "a")
        with zipfile.ZipFile(buffer) as archive:
            archive.extractall(ground.private)
        return (ground.private / "a.txt").read_text()

    assert jail.assert_works(pack) == "a"
