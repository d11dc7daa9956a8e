"""What the tests of the corpus share: one warm host, plain runs, and the table at the end."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.evaluator import HostKey
from shapelens.worker.contract import Limits
from support.corpus import Comparison, Entry, Row, evaluate, table
from support.evaluation import Evaluations
from support.oracle import Report, ShortOracle

ROWS = pytest.StashKey[list[Row]]()


class Corpus:
    """Evaluates each program once, and once more for its time, and compares it with its plain run."""

    def __init__(self, evaluations: Evaluations, rows: list[Row]) -> None:
        self._evaluations = evaluations
        self._key = HostKey(Path(sys.executable))
        self._oracle = ShortOracle()
        self._analyses: dict[str, Analysis] = {}
        self._comparisons: dict[str, Comparison] = {}
        self._rows = rows

    def analysis(self, entry: Entry) -> Analysis:
        """Return the analysis of a program."""
        if entry.name not in self._analyses:
            # A busy test machine must not decide whether a program is evaluated to its end.
            limits = Limits(seconds=60.0)
            evaluate(self._evaluations, self._key, entry, limits)
            self._analyses[entry.name] = evaluate(self._evaluations, self._key, entry, limits)
        return self._analyses[entry.name]

    def report(self, entry: Entry) -> Report:
        """Return what its plain run does; runs of earlier sessions count."""
        return self._oracle.report(entry.path)

    def comparison(self, entry: Entry) -> Comparison:
        """Return what is shown of a program beside what its plain run has."""
        if entry.name not in self._comparisons:
            made = Comparison(entry, self.analysis(entry), self.report(entry))
            self._comparisons[entry.name] = made
            self._rows.append(row_of(made))
        return self._comparisons[entry.name]


def row_of(made: Comparison) -> Row:
    """Return the line of the table for a program."""
    finished = made.analysis.finished
    assert finished is not None
    return Row(
        name=made.entry.name,
        milliseconds=1000 * finished.seconds,
        called=len(made.called),
        shown=len(made.called & made.shown),
        called_anywhere=len(made.called_anywhere),
        shown_anywhere=len(made.called_anywhere & made.shown),
        observations=len(made.analysis.observations),
        unchecked=len(made.unchecked),
        assumed=made.assumed,
        memory_mb=finished.peak_memory_mb,
        plain_seconds=made.report.seconds,
    )


@pytest.fixture(scope="session")
def corpus_evaluations() -> Iterator[Evaluations]:
    """The pool that all tests of the corpus share."""
    shared = Evaluations()
    yield shared
    shared.close()


@pytest.fixture(scope="session")
def programs(corpus_evaluations: Evaluations, pytestconfig: pytest.Config) -> Corpus:
    """Analyses and plain runs of the corpus."""
    return Corpus(corpus_evaluations, pytestconfig.stash.setdefault(ROWS, []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table."""
    rows = config.stash.get(ROWS, [])
    if rows:
        terminalreporter.section("corpus")
        for line in table(rows):
            terminalreporter.write_line(line)
