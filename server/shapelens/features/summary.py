"""Every layer of a file in one table, for a panel of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from shapelens.evaluation.analysis import Analysis
from shapelens.features.card import Card, Part, Table, line, title
from shapelens.features.grouping import by_span, general
from shapelens.features.shape_text import count_text, dtype_text, flow_text
from shapelens.worker.contract import Kind, Observation, Role

_HEADER = ("line", "layer", "name", "shapes", "dtype", "parameters")


def summary(analysis: Analysis, path: str, texts: Sequence[str] = ()) -> Card:
    """Return the layers and models that the file creates, in the order of the text, and the environment.

    ``texts`` are the paths of the texts that the file is made of, as a notebook is of cells, in their order; none
    stands for the file itself.
    """
    places = texts or (path,)
    created = [
        item
        for text in places
        for _, items in by_span(analysis, text)
        for item in general([item for item in items if item.created])
    ]
    inside = [item for item in analysis.observations if item.role is Role.INSIDE and item.location.path in places]
    layers = [item for item in created if item.kind is Kind.LAYER]
    models = [item for item in created if item.kind is Kind.MODEL]
    parts: list[Part] = [title(PurePath(path).name)]
    if layers:
        parts += [line("Layers"), Table(_HEADER, tuple(_row(item) for item in layers))]
    if models:
        parts += [line("Models"), Table(_HEADER, tuple(_row(item) for item in models))]
    if inside:
        parts += [line("Layers that libraries made"), Table(_HEADER, tuple(_row(item) for item in inside))]
    if not created:
        parts.append(line("No layer or model was created."))
    environment = analysis.environment
    versions = [f"Python {environment.python}", f"Keras {environment.keras} on {environment.backend}"]
    if environment.tensorflow:
        versions.append(f"TensorFlow {environment.tensorflow}")
    parts.append(line(" · ".join(versions)))
    return Card(tuple(parts))


def _row(item: Observation) -> tuple[str, ...]:
    return (
        str(item.location.span.line + 1),
        item.type_name,
        item.layer_name or item.name,
        flow_text(item) or "not called",
        dtype_text(item.output),
        "" if item.parameters is None else count_text(item.parameters),
    )
