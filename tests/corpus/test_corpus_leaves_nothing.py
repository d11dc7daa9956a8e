"""Evaluating the corpus writes no file, opens no connection and leaves no process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from corpus.test_corpus import FIRST
from shapelens.evaluation.evaluator import EvaluationRequest, HostKey
from shapelens.worker.contract import Limits, Outcome, Program
from support.corpus import PROGRAMS, Entry, evaluate
from support.evaluation import Evaluations
from support.watch import Watch

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc"),
]


@dataclass(frozen=True)
class Ground:
    """Folders of its own for a host, all of them watched."""

    root: Path
    watch: Watch
    evaluations: Evaluations

    @property
    def work(self) -> Path:
        return self.root / "copy" / "programs"


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    for name in ("home", "temporary"):
        (tmp_path / name).mkdir()
    shutil.copytree(PROGRAMS, tmp_path / "copy" / "programs", ignore=shutil.ignore_patterns("__pycache__"))
    mark = f"{os.getpid()}-{tmp_path.name}"
    # A host keeps one folder, in which each evaluation has one of its own while it lasts.
    watch = Watch([tmp_path], "shapelens-*", mark)
    for name, value in watch.environment(mark).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    evaluations = Evaluations()
    try:
        yield Ground(tmp_path, watch, evaluations)
    finally:
        evaluations.close()


def run(ground: Ground, text: str, sandbox: str = "auto") -> None:
    """Evaluate a text; the first one starts a host."""
    program = Program(str(ground.work / "probe.py"), text, str(ground.work))
    key = HostKey(Path(sys.executable), sandbox=sandbox)
    analysis = ground.evaluations.outcome(EvaluationRequest(key, program, 1, Limits(seconds=60)))
    assert analysis.finished is not None and analysis.finished.outcome is Outcome.COMPLETED, analysis


def check(ground: Ground, entries: list[Entry]) -> None:
    run(ground, "import keras\n")
    with ground.watch:
        for entry in entries:
            evaluate(ground.evaluations, HostKey(Path(sys.executable)), entry, Limits(seconds=60))
    assert entries and not ground.watch.findings


def entries_of(ground: Ground) -> list[Entry]:
    return [Entry(path) for path in sorted(ground.work.iterdir()) if path.suffix in (".py", ".ipynb")]


def test_the_first_programs_leave_nothing(ground: Ground) -> None:
    check(ground, [entry for entry in entries_of(ground) if entry.path.stem in FIRST])


@pytest.mark.corpus
def test_the_corpus_leaves_nothing(ground: Ground) -> None:
    check(ground, entries_of(ground))


DEEDS = """
import ctypes, _socket
system = ctypes.CDLL(None)
system.creat(b"ROOT/copy/programs/left.txt", 0o600)
system.mkdir(b"ROOT/home/x", 0o700)
system.mkdir(b"ROOT/temporary/y", 0o700)
system.mkdir(b"ROOT/copy/z", 0o700)
system.rmdir(b"ROOT/copy/z")
_socket.socket().connect(("127.0.0.1", PORT))
unheard = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
unheard.connect(("127.0.0.1", 9))
for _ in range(10_000_000):
    pass
"""
"""As system calls, which nothing stands in for."""


def test_the_watch_sees_what_an_unprotected_program_does(ground: Ground) -> None:
    run(ground, "import keras\n", sandbox="off")
    with ground.watch:
        run(ground, DEEDS.replace("ROOT", str(ground.root)).replace("PORT", str(ground.watch.port)), sandbox="off")
    for finding in (
        f"file {ground.work}/left.txt was touched",
        f"file {ground.root}/home/x was touched",
        f"file {ground.root}/temporary/y was touched",
        f"file {ground.root}/copy was touched",
        "connection to the listener: ''",
        "connection udp of process",
    ):
        assert any(text.startswith(finding) for text in ground.watch.findings), ground.watch.findings


def test_the_watch_sees_a_process_that_is_left(ground: Ground) -> None:
    with ground.watch:
        left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    left.kill()
    left.wait()
    assert f"process {left.pid} is left" in ground.watch.findings
