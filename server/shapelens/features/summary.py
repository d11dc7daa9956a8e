"""The models of a file, layer by layer, for a panel of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

from shapelens.evaluation.analysis import Analysis
from shapelens.features.card import Block, Card, Part, Table, line, title
from shapelens.features.grouping import by_span, general
from shapelens.features.model_table import model_table
from shapelens.features.shape_text import count_text, dtype_text, flow_text
from shapelens.worker.contract import GraphNode, Kind, Location, ModelGraph, Observation, Role

_HEADER = ("line", "layer", "name", "shapes", "dtype", "parameters")


def summary(analysis: Analysis, path: str, texts: Sequence[str] = (), batch: int = 1) -> Card:
    """Return the models of the program, then what the file creates beside them, and the environment.

    Models are in the order of the text, with what their layers cost for one sample and hold for ``batch`` of them.
    ``texts`` are the paths of the texts that the file is made of, as a notebook is of cells, in their order; none
    stands for the file itself.
    """
    told = set(_told(analysis.graphs))
    places = texts or (path,)
    created = [
        item
        for text in places
        for _, items in by_span(analysis, text)
        for item in general([item for item in items if item.created])
    ]
    if analysis.graphs:
        created = [item for item in created if (item.location, item.layer_name) not in told]
    inside = [
        item
        for item in analysis.observations
        if item.role is Role.INSIDE and item.location.path in places and (item.location, item.layer_name) not in told
    ]
    layers = [item for item in created if item.kind is Kind.LAYER]
    models = [item for item in created if item.kind is Kind.MODEL]
    parts: list[Part] = [title(PurePath(path).name)]
    for graph in analysis.graphs:
        parts += [line(), Block(model_table(graph, batch))]
    if analysis.graphs_cut:
        parts.append(line(analysis.graphs_cut))
    if analysis.graphs:
        parts.append(line())
    if layers:
        parts += [
            line("Layers outside of models" if analysis.graphs else "Layers"),
            Table(_HEADER, tuple(_row(item) for item in layers)),
        ]
    if models:
        parts += [line("Models"), Table(_HEADER, tuple(_row(item) for item in models))]
    if inside:
        parts += [line("Layers that libraries made"), Table(_HEADER, tuple(_row(item) for item in inside))]
    if not created and not analysis.graphs:
        parts.append(line("No layer or model was created."))
    environment = analysis.environment
    versions = [f"Python {environment.python}", f"Keras {environment.keras} on {environment.backend}"]
    if environment.tensorflow:
        versions.append(f"TensorFlow {environment.tensorflow}")
    parts.append(line(" · ".join(versions)))
    return Card(tuple(parts))


def _told(graphs: Sequence[ModelGraph]) -> Iterator[tuple[Location | None, str]]:
    """Yield the places and names of the layers that the tables of models have."""
    waiting: list[ModelGraph | GraphNode] = list(graphs)
    while waiting:
        item = waiting.pop()
        yield item.location, item.layer_name if isinstance(item, ModelGraph) else item.name
        waiting.extend(item.nodes)


def _row(item: Observation) -> tuple[str, ...]:
    return (
        str(item.location.span.line + 1),
        item.type_name,
        item.layer_name or item.name,
        flow_text(item) or "not called",
        dtype_text(item.output),
        "" if item.parameters is None else count_text(item.parameters),
    )
