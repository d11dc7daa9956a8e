"""Layers whose first argument decides the feature axis."""

from __future__ import annotations

import ast

from shapelens.repairs.problem import LayerSeen, Problem

_MOST_STEPS = 4
"""Layers such as Reshape and BatchNormalization between the one that decides a size and where it shows."""

SIZED = ("Dense", "Conv1D", "Conv2D", "Conv3D", "LSTM", "GRU", "SimpleRNN", "SeparableConv2D", "Conv2DTranspose")


def size_argument(problem: Problem, layer: LayerSeen) -> ast.expr | None:
    """Return the argument of a layer that decides the size."""
    if layer.name == "Embedding":
        return problem.tree.argument(layer.maker, "output_dim", 1)
    if layer.name not in SIZED:
        return None
    return problem.tree.argument(layer.maker, "filters" if "Conv" in layer.name else "units", 0)


def sized(problem: Problem, layer: LayerSeen | None) -> LayerSeen | None:
    """Return the layer that decides the feature axis of another's output."""
    size = layer.output[-1] if layer is not None and layer.output else None
    for _ in range(_MOST_STEPS):
        if layer is None or layer.output is None or layer.output[-1] != size:
            return None
        if layer.name in SIZED or layer.name == "Embedding":
            return layer
        layer = problem.before(layer)
    return None
