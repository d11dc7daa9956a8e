"""What the tests of the worker share: one warm host, and the truth of plain runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shapelens.evaluation.analysis import Analysis
from shapelens.worker.contract import Limits
from support.evaluation import Evaluations, Run, runner
from support.oracle import Oracle
from support.side_by_side import SideBySide

AnalysisOf = Callable[[Path, Path], Analysis]
"""Evaluates a file in a working folder, once in a session."""


@pytest.fixture(scope="session")
def evaluations() -> Iterator[Evaluations]:
    """The pool that all tests of this tree share."""
    shared = Evaluations()
    yield shared
    shared.close()


@pytest.fixture(scope="session")
def run(evaluations: Evaluations, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Evaluate texts, all in one host."""
    return runner(evaluations, tmp_path_factory.mktemp("programs"))


@pytest.fixture(scope="session")
def side_by_side(evaluations: Evaluations, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SideBySide]:
    """Programs that are run plainly and evaluated, all in one process each."""
    both = SideBySide(evaluations, tmp_path_factory.mktemp("side_by_side"))
    yield both
    both.close()


@pytest.fixture(scope="session")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Oracle:
    """Plain runs; each file is run once in a session."""
    return Oracle(tmp_path_factory.mktemp("oracle"))


@pytest.fixture(scope="session")
def analysis_of(evaluations: Evaluations) -> AnalysisOf:
    """Analyses of fixtures."""
    known: dict[Path, Analysis] = {}

    def analysis(path: Path, directory: Path) -> Analysis:
        if path not in known:
            # A busy test machine must not decide whether a fixture is evaluated to its end.
            known[path] = evaluations.file(path, directory, Limits(seconds=60.0))
        return known[path]

    return analysis
