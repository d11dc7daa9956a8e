"""Observations of one file, gathered by place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from shapelens.evaluation.analysis import Analysis
from shapelens.worker.contract import Entries, Items, Observation, Role, Span, Structure, TensorSpec


def by_span(analysis: Analysis, path: str) -> Iterator[tuple[Span, tuple[Observation, ...]]]:
    """Yield each span of the file with the values that were seen there, in the order of the text."""
    groups: dict[Span, list[Observation]] = {}
    for item in analysis.observations:
        if item.location.path == path and item.role is not Role.INSIDE:
            groups.setdefault(item.location.span, []).append(item)
    for span, items in groups.items():
        yield span, tuple(items)


def shown_once(items: Sequence[Observation], text: Callable[[Observation], str]) -> str:
    """Return the text of the first of several values, with their number behind it where not all texts are equal."""
    texts = [written for item in general(items) if (written := text(item))]
    if len(set(texts)) < 2:
        return texts[0] if texts else ""
    return f"{texts[0]} … \u00d7{len(texts)}"


def general(items: Sequence[Observation]) -> tuple[Observation, ...]:
    """Return the values without those that are a case of another one.

    A model that is built for a batch axis of None and then called with 32 samples has two shapes everywhere, of which
    ``(32, 10)`` is a case of ``(None, 10)``.
    """
    return tuple(
        item
        for number, item in enumerate(items)
        if not any(
            _case_of(item, other) and (not _case_of(other, item) or earlier < number)
            for earlier, other in enumerate(items)
        )
    )


def _case_of(item: Observation, other: Observation) -> bool:
    differs = (other.input, other.output) != (item.input, item.output)
    return differs and covers(other, item)


def covers(wide: Observation, narrow: Observation) -> bool:
    """Return whether the shapes of one value are those of another, or more general."""
    return _covers(wide.output, narrow.output) and _covers(wide.input, narrow.input)


def _covers(wide: Structure | None, narrow: Structure | None) -> bool:
    """Return whether each dimension of one structure is that of the other, or None.

    The dtype does not count: layers convert what they are called with, such as an array of float64.
    """
    if isinstance(wide, TensorSpec) and isinstance(narrow, TensorSpec):
        if wide.shape is None or narrow.shape is None:
            return wide.shape is None
        return len(wide.shape) == len(narrow.shape) and all(
            axis in (None, other) for axis, other in zip(wide.shape, narrow.shape, strict=True)
        )
    if isinstance(wide, Items) and isinstance(narrow, Items):
        return len(wide.items) == len(narrow.items) and all(map(_covers, wide.items, narrow.items))
    if isinstance(wide, Entries) and isinstance(narrow, Entries):
        return wide.entries.keys() == narrow.entries.keys() and all(
            _covers(part, narrow.entries[key]) for key, part in wide.entries.items()
        )
    return wide is None and narrow is None
