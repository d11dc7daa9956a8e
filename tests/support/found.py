"""What tests of stand-ins look at in an analysis."""

from __future__ import annotations

from shapelens.evaluation.analysis import Analysis
from shapelens.worker.contract import SkipReason, TensorSpec


def shape(analysis: Analysis, name: str) -> tuple[int | None, ...] | None:
    """Return the last shape seen in the variable of this name."""
    specs = [item.output for item in analysis.observations if item.name == name and isinstance(item.output, TensorSpec)]
    assert specs, f"{name} has no shape; {problems(analysis)}"
    return specs[-1].shape


def problems(analysis: Analysis) -> list[str]:
    """Return faults and skips in words, without packages that are not installed."""
    faults = [f"{item.location.span.line + 1}: {item.exception}: {item.message}" for item in analysis.faults]
    skips = [item for item in analysis.skips if item.reason is not SkipReason.MISSING_PACKAGE]
    return faults + [f"{item.location.span.line + 1}: {item.reason.value}: {item.message}" for item in skips]


def reasons(analysis: Analysis) -> list[tuple[int, str]]:
    """Return line, counted from one, and reason of what was not evaluated, without packages that are not installed."""
    assert not analysis.faults, problems(analysis)
    found = [(item.location.span.line + 1, item.reason.value) for item in analysis.skips]
    return sorted(item for item in found if item[1] != SkipReason.MISSING_PACKAGE.value)
