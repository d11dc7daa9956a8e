"""The models of a file as diagrams: their layers with shapes, sizes and costs, and which feeds which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shapelens.diagnostics.model import Diagnostic, Severity
from shapelens.evaluation.analysis import Analysis
from shapelens.features.costs import cost
from shapelens.features.message_text import telling_paragraph
from shapelens.features.shape_text import dtype_text, shape_text
from shapelens.worker.contract import GraphEdge, GraphNode, Location, ModelGraph


@dataclass(frozen=True)
class Edge:
    """Tensors on the way from one node to another, which the identities name."""

    source: str
    target: str
    shape: str
    faulty: bool


@dataclass(frozen=True)
class Node:
    """One call of a layer, an input or an operation; sizes and costs are for one sample, None where not known."""

    id: str
    name: str
    type: str
    kind: str
    """``input``, ``layer``, ``model`` or ``operation``."""
    location: Location | None
    input: str
    output: str
    dtype: str
    parameters: int | None
    trainable: int | None
    flops: int | None
    activations: int | None
    activation_bytes: int | None
    fault: str
    """Message of the diagnostic at this layer."""
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class Diagram:
    """A model, or what an exception left of one."""

    name: str
    type: str
    layer_name: str
    location: Location | None
    input: str
    output: str
    parameters: int | None
    trainable_parameters: int | None
    broken: str
    """Message of the exception that ended it."""
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def diagrams(analysis: Analysis, diagnostics: Sequence[Diagnostic]) -> tuple[Diagram, ...]:
    """Return the models of an analysis in the order of the text, with the messages of diagnostics at their layers."""
    drawing = _Drawing(diagnostics)
    return tuple(drawing.diagram(str(number), graph) for number, graph in enumerate(analysis.graphs))


class _Drawing:
    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self._at: dict[Location, str] = {}
        self._warned: dict[Location, str] = {}
        self._from: dict[tuple[str, int, int], str] = {}
        for item in diagnostics:
            self._at.setdefault(item.location, item.message)
            if item.severity is Severity.ERROR:
                continue  # of one call: another of the same layer may have gone well
            self._warned.setdefault(item.location, item.message)
            # A layer that is called where it is made: ``Dense(3)(x)`` begins where ``Dense(3)`` does.
            span = item.location.span
            self._from.setdefault((item.location.path, span.line, span.column), item.message)

    def diagram(self, identity: str, graph: ModelGraph) -> Diagram:
        broken = self._at.get(graph.fault, "") if graph.fault is not None else ""
        return Diagram(
            name=graph.name or graph.layer_name or "unfinished model",
            type=graph.type_name,
            layer_name=graph.layer_name,
            location=graph.location,
            input=shape_text(graph.input),
            output=shape_text(graph.output),
            parameters=graph.parameters,
            trainable_parameters=graph.trainable_parameters,
            broken=broken or telling_paragraph(graph.broken),
            nodes=self._nodes(identity, graph.nodes, graph.broken),
            edges=_edges(identity, graph.nodes, graph.edges),
        )

    def _nodes(self, around: str, nodes: Sequence[GraphNode], broken: str) -> tuple[Node, ...]:
        return tuple(self._node(f"{around}/{number}", node, broken) for number, node in enumerate(nodes))

    def _node(self, identity: str, node: GraphNode, broken: str) -> Node:
        costs = cost(node)
        return Node(
            id=identity,
            name=node.name,
            type=node.type_name,
            kind=node.kind.value,
            location=node.location,
            input=shape_text(node.input),
            output=shape_text(node.output),
            dtype=dtype_text(node.output),
            parameters=node.parameters,
            trainable=node.trainable_parameters,
            flops=costs.flops,
            activations=costs.activations,
            activation_bytes=costs.activation_bytes,
            fault=self._fault(node) or (telling_paragraph(broken) if node.fault is not None else ""),
            nodes=self._nodes(identity, node.nodes, broken),
            edges=_edges(identity, node.nodes, node.edges),
        )

    def _fault(self, node: GraphNode) -> str:
        if node.fault is not None:
            return self._at.get(node.fault, "")
        if node.location is None or node.inside:
            return ""
        span = node.location.span
        return self._warned.get(node.location) or self._from.get((node.location.path, span.line, span.column), "")


def _edges(around: str, nodes: Sequence[GraphNode], edges: Sequence[GraphEdge]) -> tuple[Edge, ...]:
    return tuple(
        Edge(
            f"{around}/{edge.source}",
            f"{around}/{edge.target}",
            shape_text(nodes[edge.source].output if edge.spec is None else edge.spec),
            edge.faulty,
        )
        for edge in edges
    )
