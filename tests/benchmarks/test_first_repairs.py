"""How long the first verified repair takes after its diagnostic, over the repairs' corpus. Run with ``make bench``."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shapelens.diagnostics import diagnose
from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.evaluator import EvaluationRequest, HostKey
from shapelens.repairs.repairer import Repairer
from shapelens.worker.contract import Limits, Program
from support.evaluation import Evaluations
from support.repairs import repair_cases

LONGEST_MEDIAN = 0.300
"""Seconds, on a warm host."""


@pytest.fixture
def evaluations() -> Iterator[Evaluations]:
    shared = Evaluations()
    yield shared
    shared.close()


@pytest.mark.bench
def test_the_first_verified_repair_comes_soon(evaluations: Evaluations) -> None:
    repairer = Repairer(evaluations.pool, enough=1)
    seconds = {}
    for case in repair_cases():
        if not case.is_broken:
            continue
        program = Program(str(case.path), case.text, str(case.path.parent))
        request = EvaluationRequest(HostKey(Path(sys.executable)), program, 1, Limits(seconds=60))
        analysis = evaluations.outcome(request)
        assert isinstance(analysis, Analysis)
        found = [item for item in diagnose(analysis) if item.span == case.expected.span]
        if not found:
            continue
        started = time.perf_counter()
        if evaluations.wait(repairer.fixes(request, analysis, found[0])):
            seconds[case.name] = time.perf_counter() - started
    times = sorted(seconds.values())
    median = statistics.median(times)
    slow = times[-len(times) // 10]
    print(f"\n{len(times)} first repairs: median {1000 * median:.0f} ms, slowest tenth over {1000 * slow:.0f} ms")
    assert median <= LONGEST_MEDIAN
