"""What a layer costs for one sample, and where that is not known."""

from __future__ import annotations

import pytest

from shapelens.features.costs import Cost, cost
from shapelens.worker.contract import Computation, GraphNode, Items, Location, NodeKind, Span, Structure, TensorSpec
from support.made import spec

Shapes = tuple[int | None, ...]


def node(
    name: str,
    taken: Structure | None,
    given: Structure | None,
    *weights: tuple[int, ...],
    kind: NodeKind = NodeKind.LAYER,
    inner: str = "",
    window: tuple[int, ...] = (),
    equation: str = "",
    fault: Location | None = None,
    nodes: tuple[GraphNode, ...] = (),
) -> GraphNode:
    computation = Computation(name, weights, window, equation, inner)
    return GraphNode(
        name.lower(), name, kind, 0, input=taken, output=given, computation=computation, fault=fault, nodes=nodes
    )


@pytest.mark.parametrize(
    ("layer", "flops"),
    [
        (node("Dense", spec(None, 7), spec(None, 10), (7, 10), (10,)), 2 * 7 * 10 + 10),
        (node("Conv2D", spec(None, 28, 28, 1), spec(None, 26, 26, 32), (3, 3, 1, 32), (32,)), 26 * 26 * 32 * 19),
        # Groups: each output channel sees half of the channels, as the kernel says.
        (node("Conv2D", spec(None, 8, 8, 4), spec(None, 6, 6, 8), (3, 3, 2, 8)), 6 * 6 * 8 * 2 * 18),
        # The channels come first: the elements are the same.
        (node("Conv2D", spec(None, 1, 28, 28), spec(None, 32, 26, 26), (3, 3, 1, 32)), 26 * 26 * 32 * 18),
        (node("Conv2DTranspose", spec(None, 5, 5, 3), spec(None, 10, 10, 4), (3, 3, 4, 3)), 2 * 5 * 5 * 3 * 36),
        (node("LSTM", spec(None, 5, 3), spec(None, 4), (3, 16), (4, 16), (16,)), 5 * (96 + 128 + 16 + 16 + 16)),
        (node("RNN", spec(None, 5, 3), spec(None, 4), (3, 16), (4, 16), (16,), inner="LSTMCell"), 1360),
        (node("MaxPooling2D", spec(None, 8, 8, 3), spec(None, 4, 4, 3), window=(2, 2)), 192),
        (node("Embedding", spec(None, 12), spec(None, 12, 8), (100, 8)), 0),
        (node("Add", Items((spec(None, 4),) * 3), spec(None, 4)), 8),
        (node("TimeDistributed", spec(None, 5, 6), spec(None, 5, 2), (6, 2), (2,), inner="Dense"), 5 * 26),
    ],
    ids=lambda value: value.type_name if isinstance(value, GraphNode) else "",
)
def test_operations_follow_from_shapes_and_weights(layer: GraphNode, flops: int) -> None:
    assert cost(layer).flops == flops


@pytest.mark.parametrize(
    "layer",
    [
        node("Lambda", spec(None, 7), spec(None, 7)),
        # Sizes that are not known.
        node("Conv2D", spec(None, None, None, 1), spec(None, None, None, 32), (3, 3, 1, 32)),
        node("LSTM", spec(None, None, 3), spec(None, 4), (3, 16), (4, 16), (16,)),
        node("Dense", TensorSpec(None, "float32"), TensorSpec(None, "float32"), (7, 10), (10,)),
        # Not built, and with the weights of an adapter.
        node("Dense", spec(None, 7), spec(None, 10)),
        node("Dense", spec(None, 7), spec(None, 10), (7, 10), (10,), (7, 4), (4, 10)),
        node("RNN", spec(None, 5, 3), spec(None, 4), (3, 16), (4, 16), (16,), inner="StackedRNNCells"),
        # Nobody knows what it would have computed.
        node("Add", Items((spec(None, 4), spec(None, 5))), None, fault=Location("/a.py", Span(0, 0, 0, 1))),
        # A class of the program's own.
        GraphNode("block", "Block", NodeKind.LAYER, 0, input=spec(None, 4), output=spec(None, 4)),
    ],
    ids=lambda layer: layer.type_name,
)
def test_what_is_not_known_is_not_estimated(layer: GraphNode) -> None:
    assert cost(layer).flops is None


def test_a_model_costs_what_its_layers_do() -> None:
    dense = node("Dense", spec(None, 7), spec(None, 10), (7, 10), (10,))
    unknown = node("Lambda", spec(None, 10), spec(None, 10))
    model = node("Sequential", spec(None, 7), spec(None, 10), kind=NodeKind.MODEL, nodes=(dense, dense))
    assert cost(model).flops == 300
    model = node("Sequential", spec(None, 7), spec(None, 10), kind=NodeKind.MODEL, nodes=(dense, unknown))
    assert cost(model).flops is None


def test_activations_are_the_elements_of_all_outputs_for_one_sample() -> None:
    outputs = Items((spec(None, 4, 5), TensorSpec((None,), "int64"), TensorSpec((None, 3), "float16")))
    found = cost(GraphNode("x", "X", NodeKind.LAYER, 0, output=outputs))
    assert found == Cost(None, 20 + 1 + 3, 80 + 8 + 6)
    assert cost(GraphNode("x", "X", NodeKind.LAYER, 0, output=spec(None, None, 5))) == Cost(None, None, None)
    assert cost(GraphNode("x", "X", NodeKind.LAYER, 0, output=TensorSpec((None, 2), "string"))) == Cost(None, 2, None)
