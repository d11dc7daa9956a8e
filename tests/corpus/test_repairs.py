"""The corpus of repairs: each mistake is found at its place, the best repair is the one that was meant, and every
repair that says it is verified makes a plain run succeed.

A few programs run with the other tests; ``make corpus`` runs all of them.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from shapelens.diagnostics import diagnose
from shapelens.diagnostics.message import essence
from shapelens.diagnostics.model import Diagnostic, Severity
from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.evaluator import EvaluationRequest, HostKey
from shapelens.repairs.model import Fix
from shapelens.repairs.patch import patched
from shapelens.repairs.repairer import Repairer
from shapelens.worker.contract import Limits, Program
from support.evaluation import Evaluations
from support.oracle import needs_columns
from support.plain_programs import PlainPrograms, Raised
from support.repairs import RepairCase, repair_cases

pytestmark = [pytest.mark.slow, needs_columns, pytest.mark.timeout(400)]

FIRST_CHOICE, AMONG_THREE = 0.85, 0.93
"""Of the programs whose mistake has a repair: the best one, or one of three, is of a kind that was meant."""

FEW = frozenset(
    "img_clothes_ids net_two_tower_books net_residual_ecg seq_river_stacked tab_iris_encoder tab_cartpole_act".split()
)
"""Topics whose programs run with the other tests."""

CASES = repair_cases()
BROKEN = [case for case in CASES if case.is_broken]
RIGHT = [case for case in CASES if not case.is_broken]


def each(cases: list[RepairCase]) -> pytest.MarkDecorator:
    marks = {case.name: () if case.path.stem.partition("_")[2] in FEW else (pytest.mark.corpus,) for case in cases}
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.name, marks=marks[case.name]) for case in cases])


class Repaired:
    """Evaluates each program once, and finds its repairs once."""

    def __init__(self, evaluations: Evaluations) -> None:
        self._evaluations = evaluations
        self._repairer = Repairer(evaluations.pool)
        self._analyses: dict[str, Analysis] = {}
        self._fixes: dict[str, tuple[Fix, ...]] = {}

    def request(self, case: RepairCase, text: str | None = None) -> EvaluationRequest:
        program = Program(str(case.path), case.text if text is None else text, str(case.path.parent))
        return EvaluationRequest(HostKey(Path(sys.executable)), program, 1, Limits(seconds=60))

    def analysis(self, case: RepairCase, text: str | None = None) -> Analysis:
        key = case.name if text is None else text
        if key not in self._analyses:
            found = self._evaluations.outcome(self.request(case, text))
            assert isinstance(found, Analysis), str(found)
            self._analyses[key] = found
        return self._analyses[key]

    def diagnostic(self, case: RepairCase) -> Diagnostic | None:
        """Return the error or warning at the place that the file marks."""
        grave = graves(self.analysis(case))
        return next((item for item in grave if item.span == case.expected.span), None)

    def fixes(self, case: RepairCase) -> tuple[Fix, ...]:
        if case.name not in self._fixes:
            diagnostic = self.diagnostic(case)
            found: tuple[Fix, ...] = ()
            if diagnostic is not None:
                work = self._repairer.fixes(self.request(case), self.analysis(case), diagnostic)
                found = self._evaluations.wait(work)
            self._fixes[case.name] = found
        return self._fixes[case.name]


def graves(analysis: Analysis) -> list[Diagnostic]:
    return [item for item in diagnose(analysis) if item.severity in (Severity.ERROR, Severity.WARNING)]


@pytest.fixture(scope="session")
def repaired(corpus_evaluations: Evaluations) -> Repaired:
    """Analyses and repairs of the corpus."""
    return Repaired(corpus_evaluations)


@pytest.fixture(scope="session")
def plain() -> Iterator[PlainPrograms]:
    """Plain runs, with no part of ours."""
    programs = PlainPrograms()
    yield programs
    programs.close()


def test_the_corpus_is_large() -> None:
    assert len(BROKEN) >= 120 and len(RIGHT) >= 120
    assert all(case.intended for case in BROKEN)


@each(BROKEN)
def test_the_mistake_is_found_at_its_place(case: RepairCase, repaired: Repaired) -> None:
    found = [item for item in diagnose(repaired.analysis(case)) if item.span == case.expected.span]
    if case.is_silent:
        assert case.expected.message in [item.code for item in found], graves(repaired.analysis(case))
    else:
        texts = [f"{item.message}\n{item.detail}" for item in found if item.severity is Severity.ERROR]
        assert any(case.expected.message in text for text in texts), graves(repaired.analysis(case))


@each(BROKEN)
def test_the_mended_program_is_right(case: RepairCase, repaired: Repaired) -> None:
    assert not graves(repaired.analysis(case, case.mended))


@each(RIGHT)
def test_nothing_is_wrong_with_what_only_looks_alike(case: RepairCase, repaired: Repaired) -> None:
    assert not graves(repaired.analysis(case))


@each(BROKEN)
def test_every_verified_repair_makes_a_plain_run_succeed(
    case: RepairCase, repaired: Repaired, plain: PlainPrograms, tmp_path: Path
) -> None:
    path = tmp_path / "program.py"
    before = Counter(map(kind_of, plain.failures(case.text, path)))
    for fix in repaired.fixes(case):
        change = patched(case.text, fix.edits)
        assert change is not None
        after = Counter(map(kind_of, plain.failures(change.text, path)))
        # Nothing fails that did not, and less does: a second call may need the same repair.
        assert not after - before and (not before or after.total() < before.total()), (fix.title, after)


def kind_of(raised: Raised) -> tuple[str, str]:
    """Return what stays the same of an exception when sizes and lines change."""
    return raised[1], re.sub(r"\d+", "", essence(raised[2]))


@pytest.mark.corpus
def test_the_best_repairs_are_those_that_were_meant(repaired: Repaired) -> None:
    first, three, other = 0, 0, []
    for case in BROKEN:
        kinds = [fix.kind for fix in repaired.fixes(case)]
        first += bool(kinds) and kinds[0] in case.intended
        three += any(kind in case.intended for kind in kinds)
        if not kinds or kinds[0] not in case.intended:
            other.append((case.name, case.intended, kinds))
    shares = f"first {first / len(BROKEN):.1%}, among three {three / len(BROKEN):.1%}"
    assert first >= FIRST_CHOICE * len(BROKEN) and three >= AMONG_THREE * len(BROKEN), (shares, other)
