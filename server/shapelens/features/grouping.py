"""Observations of one file, gathered by place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shapelens.evaluation.analysis import Analysis
from shapelens.worker.contract import Observation, Span


def by_span(analysis: Analysis, path: str) -> Iterator[tuple[Span, tuple[Observation, ...]]]:
    """Yield each span of the file with the values that were seen there, in the order of the text."""
    groups: dict[Span, list[Observation]] = {}
    for item in analysis.observations:
        if item.location.path == path:
            groups.setdefault(item.location.span, []).append(item)
    for span, items in groups.items():
        yield span, tuple(items)


def repeated(texts: Iterable[str]) -> str:
    """Return the first of several values' texts, with their number behind it where not all are equal."""
    every = [text for text in texts if text]
    if len(set(every)) < 2:
        return every[0] if every else ""
    return f"{every[0]} … \u00d7{len(every)}"
