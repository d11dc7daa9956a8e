"""Every fault stands at the very expression the fixture marks, with Keras' own message, and there are no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shapelens.worker.contract import Location, Span
from support.expectations import read_expectations
from support.oracle import Oracle, needs_columns
from worker.conftest import AnalysisOf

pytestmark = [pytest.mark.slow, needs_columns]

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
ALL = sorted(MODELS.glob("*.py"))
BROKEN = [path for path in ALL if read_expectations(path).errors]


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_faults_are_exactly_the_marked_ones(path: Path, analysis_of: AnalysisOf) -> None:
    faults = [fault for fault in analysis_of(path, path.parent).faults if not fault.handled]
    expected = read_expectations(path).errors
    assert [fault.location for fault in faults] == [Location(str(path), error.span) for error in expected]
    for fault, error in zip(faults, expected, strict=True):
        assert error.message in fault.message


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_skips_are_exactly_the_marked_ones(path: Path, analysis_of: AnalysisOf) -> None:
    skips = analysis_of(path, path.parent).skips
    expected = read_expectations(path).skips
    assert [skip.location for skip in skips] == [Location(str(path), skip.span) for skip in expected]
    for skip, mark in zip(skips, expected, strict=True):
        assert mark.message in skip.message


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: path.stem)
def test_faults_are_those_of_plain_runs(path: Path, analysis_of: AnalysisOf, oracle: Oracle) -> None:
    faults = [fault for fault in analysis_of(path, path.parent).faults if not fault.handled]
    real = [
        report.fault
        for report in oracle.isolated(path)
        if report.fault is not None and report.fault.exception != "NameError"
    ]
    assert [(fault.exception, fault.location) for fault in faults] == [(fault.exception, fault.place) for fault in real]
    # Only the first: names that Keras gives, which messages contain, count on where a plain run would have ended.
    assert without_kernel(faults[0].message) == without_kernel(real[0].message)


def without_kernel(message: str) -> str:
    """TensorFlow names the kernel it chose, and hosts leave oneDNN's (``_MklMatMul``) out to start faster."""
    return re.sub(r"\{\{function_node \S+\}\}", "{{function_node}}", message)


def test_a_handled_exception_is_told_apart(analysis_of: AnalysisOf) -> None:
    path = MODELS / "broken_but_handled.py"
    analysis = analysis_of(path, path.parent)
    assert all(fault.handled for fault in analysis.faults)


def test_three_broken_models_do_not_hide_each_other(analysis_of: AnalysisOf) -> None:
    path = MODELS / "three_broken_models.py"
    analysis = analysis_of(path, path.parent)
    assert [fault.location.span.line + 1 for fault in analysis.faults] == [9, 23, 30]
    shown = {item.location.span: item for item in analysis.observations if item.created}
    healthy = [item for item in shown.values() if 13 <= item.location.span.line + 1 <= 17]
    assert [(item.type_name, item.parameters) for item in sorted(healthy, key=lambda item: item.location)] == [
        ("Sequential", 199),
        ("LSTM", 192),
        ("Dense", 7),
    ]
    assert Span(29, 12, 29, 37) in shown, "the layer that failed is shown too"
