"""How long the evaluation of each program of the corpus takes, beside what bare Keras spends constructing in it.

The size of its data, the number of its epochs and the libraries it imports must not matter. Run with ``make bench``;
the plain runs take most of the time, some twenty minutes. ``PROGRAMS=unet,lstm make bench`` takes those named like
these.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shapelens.evaluation.evaluator import HostKey
from shapelens.worker.contract import Limits
from support.corpus import Entry, corpus, evaluate
from support.evaluation import Evaluations

ROUNDS = 3
"""After one run that warms the host up for the program; the median counts."""

LARGEST_EXCESS = 0.100
"""Seconds over bare construction."""

BARE_RUN = Path(__file__).parents[1] / "support" / "bare_run.py"


@pytest.fixture
def evaluations() -> Iterator[Evaluations]:
    shared = Evaluations()
    yield shared
    shared.close()


def bare_seconds(entries: list[Entry], folder: Path) -> dict[str, float | str]:
    """Return the time in construction of a plain run of each, or what ended it; broken ones are meant to end early."""
    result = folder / "bare.json"
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, str(BARE_RUN), str(result), *(str(entry.path) for entry in entries)]
    subprocess.run(command, check=True, env=variables, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True)
    seconds: dict[str, float | str] = {}
    for path, run in json.loads(result.read_text("ascii")).items():
        whole = run["seconds"] is not None and (not run["ended"] or Path(path).name.startswith("broken_"))
        seconds[path] = run["seconds"] if whole else run["ended"]
    return seconds


def evaluation_seconds(evaluations: Evaluations, entry: Entry) -> float:
    """Return the median time from asking for an evaluation to its last message."""
    key, limits = HostKey(Path(sys.executable)), Limits(seconds=60.0)
    evaluate(evaluations, key, entry, limits)
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        evaluate(evaluations, key, entry, limits)
        times.append(time.perf_counter() - started)
    return statistics.median(times)


@pytest.mark.bench
def test_programs_beside_bare_construction(evaluations: Evaluations, tmp_path: Path) -> None:
    entries = corpus()
    chosen = os.environ.get("PROGRAMS", "")
    if chosen:
        entries = [entry for entry in entries if any(part in entry.name for part in chosen.split(","))]
    bare = bare_seconds([entry for entry in entries if entry.expectations.never_run is None], tmp_path)
    bare_names = {Path(path).name for path in bare}
    rows = []
    for entry in entries:
        shown = evaluation_seconds(evaluations, entry)
        alone = bare.get(str(entry.path), entry.expectations.never_run or "no plain run")
        rows.append((shown - alone if isinstance(alone, float) else shown, entry.name, shown, alone))
    rows.sort(reverse=True)
    print(f"\n{'program':<48} {'excess ms':>9} {'evaluation ms':>13} {'bare ms':>8}")
    for excess, name, shown, alone in rows:
        text = f"{1000 * alone:>8.0f}" if isinstance(alone, float) else f"  {alone}"
        print(f"{name:<48} {1000 * excess:>9.0f} {1000 * shown:>13.0f} {text}")
    unknown = {name: alone for _, name, _, alone in rows if isinstance(alone, str) and name in bare_names}
    assert not unknown, unknown
    slow = [name for excess, name, _, alone in rows if isinstance(alone, float) and excess > LARGEST_EXCESS]
    assert not slow, f"{len(slow)} of {len(rows)} take too long"
