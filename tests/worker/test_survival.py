"""Whatever a program does to its process costs one evaluation and a clear end; the next one works."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from shapelens.evaluation.analysis import Analysis
from shapelens.worker.contract import Budget, Limits, Outcome
from support.evaluation import Run, seen

GOOD = """
    import keras
    x = keras.Input((4,))
    y = keras.layers.Dense(3)(x)
"""


def check_next_works(run: Run) -> None:
    analysis = run(GOOD)
    assert analysis.finished is not None and analysis.finished.outcome is Outcome.COMPLETED
    assert seen(analysis, "keras.layers.Dense(3)(x)")[0].output.shape == (None, 3)


def ended(analysis: Analysis, outcome: Outcome, line: int) -> str:
    """Check how an evaluation ended, and at which one-based line; return the detail."""
    finished = analysis.finished
    assert finished is not None and finished.outcome is outcome, finished
    assert finished.location is not None and finished.location.span.line == line - 1, finished
    assert seen(analysis, "keras.Input((4,))"), "what was seen before must be kept"
    return finished.detail


@pytest.mark.parametrize(
    ("statement", "outcome", "words"),
    [
        ("import ctypes; ctypes.string_at(0)", Outcome.CRASHED, "SIGSEGV"),
        ("import os; os.abort()", Outcome.CRASHED, "SIGABRT"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", Outcome.CRASHED, "SIGKILL"),
        ("import os, signal; os.kill(0, signal.SIGKILL)", Outcome.CRASHED, "SIGKILL"),
        ("import os; os._exit(3)", Outcome.EXITED, "exit code 3"),
        (
            "import os; os.closerange(0, 4096); import threading; threading.Event().wait(60)",
            Outcome.EXITED,
            "closed the channel",
        ),
    ],
)
def test_program_that_ends_its_own_process(run: Run, statement: str, outcome: Outcome, words: str) -> None:
    analysis = run(f"import keras\nx = keras.Input((4,))\n{statement}\ny = 1\n")
    assert words in ended(analysis, outcome, line=3)
    check_next_works(run)


def test_endless_loop_ends_at_its_expression(run: Run) -> None:
    analysis = run(
        """
        import keras
        x = keras.Input((4,))
        def spin():
            while True:
                pass
        spin()
        """,
        limits=Limits(seconds=0.5),
    )
    detail = ended(analysis, Outcome.OVER_BUDGET, line=analysis.finished.location.span.line + 1)
    assert analysis.finished.location.span.line in (3, 4)
    assert "0.5 s" in detail and analysis.finished.budget is Budget.SECONDS
    check_next_works(run)


def test_endless_native_call_is_killed(run: Run) -> None:
    # A regular expression that backtracks for years holds the interpreter: no signal handler runs.
    analysis = run(
        """
        import keras, re
        x = keras.Input((4,))
        re.match(r"(a+)+$", "a" * 64 + "b")
        """,
        limits=Limits(seconds=0.3),
    )
    ended(analysis, Outcome.OVER_BUDGET, line=3)
    assert analysis.finished.budget is Budget.SECONDS
    check_next_works(run)


def test_program_that_ignores_every_signal_is_killed(run: Run) -> None:
    analysis = run(
        """
        import keras, signal, threading
        x = keras.Input((4,))
        for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        threading.Event().wait(60)
        """,
        limits=Limits(seconds=0.3),
    )
    ended(analysis, Outcome.OVER_BUDGET, line=5)
    check_next_works(run)


def test_memory_is_bounded(run: Run) -> None:
    analysis = run(
        """
        import keras
        x = keras.Input((4,))
        hoard = []
        while True:
            hoard.append(bytearray(b"1" * 10_000_000))
        """,
        limits=Limits(memory_mb=200),
    )
    assert "200 MB" in ended(analysis, Outcome.OVER_BUDGET, line=4)
    assert analysis.finished.budget is Budget.MEMORY
    check_next_works(run)


def test_processes_are_bounded_and_none_is_left(run: Run) -> None:
    analysis = run(
        """
        import keras, os, threading
        x = keras.Input((4,))
        while True:
            if os.fork() == 0:
                threading.Event().wait(600)
        """,
        limits=Limits(processes=8),
    )
    ended(analysis, Outcome.OVER_BUDGET, line=3)
    assert analysis.finished.budget is Budget.PROCESSES
    check_next_works(run)


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for processes in /proc")
def test_forked_processes_die_with_the_evaluation(run: Run, tmp_path: Path) -> None:
    marker = f"left-behind-{os.getpid()}-{time.monotonic_ns()}"
    analysis = run(
        f"""
        import ctypes, os, threading, time
        if os.fork() == 0:
            if os.fork() == 0:  # its parent ends: it is nobody's child now
                ctypes.CDLL(None).prctl(15, b"{marker[-15:]}", 0, 0, 0)
                threading.Event().wait(600)
            os._exit(0)
        os.wait()
        time.sleep(0.1)
        """
    )
    assert analysis.finished.outcome is Outcome.COMPLETED
    deadline = time.monotonic() + 5
    while named(marker[-15:]) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not named(marker[-15:])


def named(name: str) -> list[str]:
    """Return the processes of that name."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "comm").read_text().strip() == name:
                found.append(entry.name)
        except OSError:
            continue  # it ended meanwhile
    return found


def test_megabytes_of_output_harm_nothing(run: Run) -> None:
    analysis = run(
        """
        import keras, os, sys
        print("x" * 5_000_000)
        sys.stderr.write("y" * 5_000_000)
        os.write(1, b"z" * 5_000_000)
        os.write(2, b"z" * 5_000_000)
        x = keras.Input((4,))
        """
    )
    assert analysis.finished.outcome is Outcome.COMPLETED
    assert seen(analysis, "keras.Input((4,))")


def test_junk_on_every_descriptor_costs_one_evaluation(run: Run) -> None:
    analysis = run(
        """
        import keras, os
        x = keras.Input((4,))
        for descriptor in range(3, 64):
            try:
                os.write(descriptor, b"\\xff" * 1000)
            except OSError:
                pass
        y = 1
        """
    )
    assert analysis.finished.outcome in (Outcome.EXITED, Outcome.CRASHED)
    check_next_works(run)


def test_output_descriptors_of_the_program_are_not_the_channel(run: Run) -> None:
    analysis = run(
        """
        import os, sys
        answer = sys.stdin.read()
        assert answer == "" and not sys.stdout.isatty()
        os.close(0); os.close(1)
        import keras
        x = keras.Input((4,))
        """
    )
    assert analysis.finished.outcome is Outcome.COMPLETED and not analysis.faults


def test_flood_of_values_ends_with_the_budget_named(run: Run) -> None:
    analysis = run(
        """
        import numpy as np
        for size in range(100000):
            x = np.zeros((size,))
        """,
        limits=Limits(observations=500),
    )
    assert analysis.finished.budget is Budget.OBSERVATIONS
    assert len(analysis.observations) == 500
    check_next_works(run)
