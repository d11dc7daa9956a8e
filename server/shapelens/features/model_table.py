"""One model as a table of plain text: its layers with shapes, parameters, operations and memory, and the sums."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shapelens.features.costs import cost
from shapelens.features.message_text import telling_paragraph
from shapelens.features.shape_text import count_text, shape_text
from shapelens.features.size_text import bytes_text, flops_text
from shapelens.worker.contract import GraphNode, ModelGraph, NodeKind

_HEADER = ("line", "layer", "type", "input", "output", "parameters", "FLOPs", "activations")

_NUMBERS = frozenset((0, 5, 6, 7))
"""Columns whose texts stand to the right."""


@dataclass(frozen=True)
class _Sum:
    """A sum of what is known, and of how many layers it is not."""

    known: int = 0
    missing: int = 0

    def __add__(self, other: _Sum) -> _Sum:
        return _Sum(self.known + other.known, self.missing + other.missing)


def model_table(graph: ModelGraph, batch: int) -> str:
    """Return a model's table; operations are those of one sample, activations are for a batch of this size."""
    title = " ".join(part for part in (graph.name or graph.layer_name or "unfinished model", _line_text(graph)) if part)
    flow = " → ".join(text for text in (shape_text(graph.input), shape_text(graph.output)) if text)
    lines = [f"{title}  {graph.type_name}  {flow}".rstrip()]
    if graph.nodes:
        lines += ["", *_aligned([_HEADER, *_rows(graph.nodes, batch, set())]), ""]
    lines += [f"{name:<22}{text}" for name, text in _totals(graph, batch)]
    return "\n".join(lines)


def _line_text(graph: ModelGraph) -> str:
    return "" if graph.location is None else f"(line {graph.location.span.line + 1})"


def _rows(nodes: Sequence[GraphNode], batch: int, seen: set[int], indent: str = "") -> Iterator[tuple[str, ...]]:
    for node in nodes:
        costs = cost(node)
        # The weights of a layer that is called several times are there once.
        shared = node.parameters and node.layer in seen
        seen.add(node.layer)
        yield (
            "" if node.location is None else str(node.location.span.line + 1),
            indent + node.name,
            node.type_name,
            shape_text(node.input),
            "does not fit" if node.fault is not None else shape_text(node.output),
            "" if node.parameters is None else "shared" if shared else count_text(node.parameters),
            "" if costs.flops is None else flops_text(costs.flops),
            "" if costs.activation_bytes is None else bytes_text(costs.activation_bytes * batch),
        )
        yield from _rows(node.nodes, batch, seen, indent + "  ")


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    return [
        "  ".join(
            cell.rjust(width) if column in _NUMBERS else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _totals(graph: ModelGraph, batch: int) -> Iterator[tuple[str, str]]:
    if graph.parameters is not None:
        trained = graph.trainable_parameters
        split = (
            "" if trained is None else f": {count_text(trained)} trained, {count_text(graph.parameters - trained)} not"
        )
        yield "parameters", f"{count_text(graph.parameters)}{split}"
    if graph.nodes:
        flops, activations = _flops(graph.nodes), _activations(graph.nodes)
        samples = "one sample" if batch == 1 else f"{count_text(batch)} samples"
        yield "FLOPs", _sum_text(flops, flops_text(flops.known)) + " for one sample"
        if batch != 1:
            yield "", _sum_text(flops, flops_text(flops.known * batch)) + f" for {samples}"
        memory = bytes_text(activations.known * batch)
        yield "activations", _sum_text(activations, memory) + f" for {samples}, outputs of all layers"
    if graph.broken:
        yield "broken", telling_paragraph(graph.broken)


def _sum_text(total: _Sum, text: str) -> str:
    if not total.missing:
        return text
    return f"at least {text} (not known of {count_text(total.missing)} {'layer' if total.missing == 1 else 'layers'})"


def _flops(nodes: Sequence[GraphNode]) -> _Sum:
    total = _Sum()
    for node in nodes:
        flops = cost(node).flops
        if flops is not None:
            total += _Sum(flops)
            continue
        total += _flops(node.nodes)
        if not node.nodes or node.computation is None:
            # Of a class of the program's own, what its layers compute is known, what it does beside is not.
            total += _Sum(missing=1)
    return total


def _activations(nodes: Sequence[GraphNode]) -> _Sum:
    total = _Sum()
    for node in nodes:
        if node.kind is NodeKind.INPUT:
            continue
        if node.nodes:
            total += _activations(node.nodes)
            continue
        size = cost(node).activation_bytes
        total += _Sum(missing=1) if size is None else _Sum(size)
    return total
