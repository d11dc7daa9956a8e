"""The models of a document, for the diagram of an editor that has one."""

from __future__ import annotations

import asyncio
import contextlib
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lsprotocol import types

from shapelens.features.model_graph import Diagram, Edge, Node, diagrams
from shapelens.lsp.documents import Documents
from shapelens.lsp.positions import to_range
from shapelens.lsp.session import Session
from shapelens.source.lines import Lines, Unit
from shapelens.worker.contract import GraphNode, Location, ModelGraph

METHOD = "shapelens/modelGraph"


async def handle(session: Session, params: Any) -> dict[str, Any] | None:
    """Return the models of a file, or of the whole notebook that a cell belongs to; None while nothing is known."""
    source = session.documents.source(str(params.textDocument.uri))
    if source is None or source.shown is None or source.shown.analysis.finished is None:
        return None
    analysis = source.shown.analysis
    found = diagrams(analysis, source.shown.diagnostics)
    closed = {path for path in _paths(analysis.graphs) if session.documents.at_path(path) is None}
    lines = await asyncio.to_thread(_read, closed)
    writer = _Writer(source.uri, session.documents, session.capabilities.unit, lines)
    return {
        "version": analysis.version,
        "models": [writer.model(item) for item in found],
        "note": analysis.graphs_cut,
    }


class _Writer:
    """Writes diagrams as JSON, their places in the client's units."""

    def __init__(self, uri: str, documents: Documents, unit: Unit, lines: Mapping[str, Lines]) -> None:
        self._uri = uri
        self._documents = documents
        self._unit = unit
        self._lines = lines
        """Of files that are not open."""

    def model(self, item: Diagram) -> dict[str, Any]:
        """Return a model."""
        return {
            "name": item.name,
            "type": item.type,
            "layerName": item.layer_name,
            **self._place(item.location),
            "input": item.input,
            "output": item.output,
            "parameters": item.parameters,
            "trainableParameters": item.trainable_parameters,
            "broken": item.broken,
            "nodes": self._nodes(item.nodes),
            "edges": _edges(item.edges),
        }

    def _nodes(self, nodes: Sequence[Node]) -> list[dict[str, Any]]:
        return [
            {
                "id": node.id,
                "name": node.name,
                "type": node.type,
                "kind": node.kind,
                **self._place(node.location),
                "input": node.input,
                "output": node.output,
                "dtype": node.dtype,
                "parameters": node.parameters,
                "trainable": node.trainable,
                "flops": node.flops,
                "activations": node.activations,
                "activationBytes": node.activation_bytes,
                "fault": node.fault,
                "nodes": self._nodes(node.nodes),
                "edges": _edges(node.edges),
            }
            for node in nodes
        ]

    def _place(self, location: Location | None) -> dict[str, Any]:
        if location is None:
            return {"uri": self._uri, "range": None}
        document = self._documents.at_path(location.path)
        lines = document.lines if document is not None else self._lines.get(location.path)
        if lines is None or location.span.end_line >= len(lines):
            return {"uri": self._documents.uri_of(location.path), "range": None}
        place = to_range(lines, self._unit, location.span)
        return {
            "uri": self._documents.uri_of(location.path),
            "range": {"start": _position(place.start), "end": _position(place.end)},
        }


def _position(position: types.Position) -> dict[str, int]:
    return {"line": position.line, "character": position.character}


def _edges(edges: Sequence[Edge]) -> list[dict[str, Any]]:
    return [{"from": edge.source, "to": edge.target, "shape": edge.shape, "faulty": edge.faulty} for edge in edges]


def _paths(graphs: Iterable[ModelGraph]) -> Iterator[str]:
    waiting: list[ModelGraph | GraphNode] = list(graphs)
    while waiting:
        item = waiting.pop()
        if item.location is not None:
            yield item.location.path
        waiting.extend(item.nodes)


def _read(paths: Iterable[str]) -> dict[str, Lines]:
    """Return the lines of files; one that cannot be read any more has none."""
    found = {}
    for path in paths:
        with contextlib.suppress(OSError, SyntaxError, UnicodeDecodeError), tokenize.open(path) as file:
            found[path] = Lines(file.read())
    return found
