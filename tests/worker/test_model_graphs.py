"""What is told of the models of real programs: their layers, which feeds which, and where they broke."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from shapelens.evaluation.analysis import Analysis
from shapelens.worker.contract import (
    GraphEdge,
    GraphNode,
    Limits,
    Location,
    ModelGraph,
    NodeKind,
    SourceText,
    TensorSpec,
)
from support.evaluation import Run

pytestmark = pytest.mark.slow

HEAD = "import keras\nimport tensorflow as tf\nfrom keras import layers\n"


def program(text: str) -> str:
    return HEAD + textwrap.dedent(text).lstrip("\n")


def types(nodes: tuple[GraphNode, ...]) -> list[str]:
    return [node.type_name for node in nodes]


def ways(nodes: tuple[GraphNode, ...], edges: tuple[GraphEdge, ...]) -> list[str]:
    """Return the edges as ``source>target``, by the names of the layers."""
    return [f"{nodes[edge.source].name}>{nodes[edge.target].name}" for edge in edges]


def named(graph: ModelGraph, name: str) -> GraphNode:
    (found,) = [node for node in graph.nodes if node.name == name]
    return found


def text_at(analysis: Analysis, location: Location | None) -> str:
    assert location is not None and location.span.line == location.span.end_line
    line = analysis.program.text.split("\n")[location.span.line]
    return line[location.span.column : location.span.end_column]


def shape(node: GraphNode) -> tuple[int | None, ...] | None:
    assert isinstance(node.output, TensorSpec)
    return node.output.shape


def test_a_sequential_model_is_a_chain_from_its_input(run: Run) -> None:
    analysis = run(
        program("""
        model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(10)])
        """)
    )
    (graph,) = analysis.graphs
    assert (graph.name, graph.type_name, graph.layer_name, graph.broken) == ("model", "Sequential", "sequential", "")
    assert types(graph.nodes) == ["InputLayer", "Conv2D", "Flatten", "Dense"]
    assert [node.kind for node in graph.nodes] == [NodeKind.INPUT, *[NodeKind.LAYER] * 3]
    assert [(edge.source, edge.target) for edge in graph.edges] == [(0, 1), (1, 2), (2, 3)]
    assert [shape(node) for node in graph.nodes] == [(None, 28, 28, 1), (None, 26, 26, 4), (None, 2704), (None, 10)]
    assert [node.parameters for node in graph.nodes] == [0, 40, 0, 27050]
    assert (graph.parameters, graph.trainable_parameters) == (27090, 27090)
    assert [text_at(analysis, node.location) for node in graph.nodes] == [
        "keras.Input((28, 28, 1))",
        "layers.Conv2D(4, 3)",
        "layers.Flatten()",
        "layers.Dense(10)",
    ]
    computation = graph.nodes[1].computation
    assert computation is not None and computation.weights == ((3, 3, 1, 4), (4,))


def test_a_functional_model_has_its_inputs_branches_and_operations(run: Run) -> None:
    analysis = run(
        program("""
        a, b = keras.Input((8,), name="a"), keras.Input((6,), name="b")
        x = layers.Dense(4, name="x")(a)
        y = layers.Dense(4, name="y")(b)
        z = x + y
        h = layers.Concatenate(name="h")([z, x])
        net = keras.Model([a, b], layers.Add(name="r")([h, layers.Dense(8, name="d")(h)]))
        """)
    )
    (graph,) = analysis.graphs
    assert graph.name == "net"
    assert ways(graph.nodes, graph.edges) == [
        *("a>x", "b>y", "x>add", "y>add", "add>h", "x>h", "h>d", "h>r", "d>r"),
    ]
    assert named(graph, "add").kind is NodeKind.OPERATION
    assert text_at(analysis, named(graph, "add").location) == "x + y"
    assert shape(named(graph, "r")) == (None, 8)


def test_each_call_of_a_shared_model_is_a_node_of_the_same_layer_with_its_layers_inside(run: Run) -> None:
    (encoder, siamese) = run(
        program("""
        encoder = keras.Sequential([layers.Dense(4), layers.Dense(2)], name="encoder")
        a, b = keras.Input((8,), name="a"), keras.Input((8,), name="b")
        siamese = keras.Model([a, b], layers.Concatenate(name="c")([encoder(a), encoder(b)]))
        """)
    ).graphs
    assert (encoder.name, siamese.name) == ("encoder", "siamese")
    first, second = (node for node in siamese.nodes if node.name == "encoder")
    assert first.kind is NodeKind.MODEL and first.layer == second.layer
    assert ways(siamese.nodes, siamese.edges) == ["a>encoder", "b>encoder", "encoder>c", "encoder>c"]
    assert types(first.nodes) == ["InputLayer", "Dense", "Dense"] == types(second.nodes)
    assert [edge.source for edge in first.edges] == [0, 1]


SUBCLASSED = """
class Block(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.first = layers.Dense(units, name="first")
        self.second = layers.Dense(units, name="second")
        self.norm = layers.LayerNormalization(name="norm")
        self.forgotten = layers.Dense(3, name="forgotten")

    def call(self, x):
        y = tf.nn.relu(self.first(x))
        return self.norm(self.second(y) + x)


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.block = Block(8)
        self.head = layers.Dense(2, name="head")

    def call(self, inputs):
        return self.head(self.block(inputs))
"""


def test_layers_of_own_classes_are_connected_as_their_calls_were_seen(run: Run) -> None:
    (graph,) = run(program(SUBCLASSED + "net = Net()\nnet(keras.Input((8,)))\n")).graphs
    assert (graph.name, graph.type_name) == ("net", "Net")
    assert ways(graph.nodes, graph.edges) == ["inputs>block", "block>head"]
    (block,) = (node for node in graph.nodes if node.name == "block")
    assert ways(block.nodes, block.edges) == ["inputs>first", "first>second", "second>norm", "inputs>norm"]
    assert [node.name for node in block.nodes][-1] == "forgotten", "a layer that is not called is there, unconnected"
    assert block.computation is None and shape(block) == (None, 8)


def test_a_layer_of_an_own_class_in_a_functional_model_shows_its_inside(run: Run) -> None:
    (graph,) = run(program(SUBCLASSED + "i = keras.Input((8,))\nm = keras.Model(i, Block(8)(i))\n")).graphs
    assert types(graph.nodes) == ["InputLayer", "Block"]
    assert [node.name for node in graph.nodes[1].nodes] == ["inputs", "first", "second", "norm", "forgotten"]


def test_what_is_left_of_a_broken_functional_model(run: Run) -> None:
    analysis = run(
        program("""
        a, b = keras.Input((8,), name="a"), keras.Input((6,), name="b")
        x = layers.Dense(4, name="x")(a)
        y = layers.Dense(5, name="y")(b)
        w = layers.Dense(3, name="w")(b)
        z = layers.Add(name="z")([x, y])
        net = keras.Model([a, b], [z, w])
        """)
    )
    (graph,), (fault,) = analysis.graphs, analysis.faults
    assert (graph.name, graph.type_name, graph.fault, graph.broken) == (
        *("", "Functional"),
        *(fault.location, fault.message),
    )
    assert set(ways(graph.nodes, graph.edges)) == {"a>x", "b>y", "b>w", "x>z", "y>z"}
    assert {graph.nodes[edge.target].name for edge in graph.edges if edge.faulty} == {"z"}
    failed = named(graph, "z")
    assert failed.fault == fault.location and failed.output is None
    assert text_at(analysis, failed.location) == 'layers.Add(name="z")'


def test_an_operator_that_failed_is_a_node(run: Run) -> None:
    analysis = run(
        program("""
        a = keras.Input((8,), name="a")
        x, y = layers.Dense(4, name="x")(a), layers.Dense(5, name="y")(a)
        z = x + y
        """)
    )
    (graph,) = analysis.graphs
    failed = graph.nodes[-1]
    assert (failed.type_name, failed.kind) == ("Add", NodeKind.OPERATION)
    assert text_at(analysis, failed.location) == "x + y"
    assert ways(graph.nodes, [edge for edge in graph.edges if edge.faulty]) == [  # type: ignore[arg-type]
        f"x>{failed.name}",
        f"y>{failed.name}",
    ]


BROKEN = """
net = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(4, 3, name="conv"),
    layers.LSTM(4, name="lstm"),
    layers.Dense(10, name="dense"),
])
"""

ADDED = """
net = keras.Sequential()
net.add(keras.Input((28, 28, 1)))
net.add(layers.Conv2D(4, 3, name="conv"))
net.add(layers.LSTM(4, name="lstm"))
net.add(layers.Dense(10, name="dense"))
"""


@pytest.mark.parametrize(("text", "rest"), [(BROKEN, ["dense"]), (ADDED, [])], ids=["list", "add"])
def test_what_is_left_of_a_broken_sequential_model(run: Run, text: str, rest: list[str]) -> None:
    analysis = run(program(text))
    (graph,), (fault,) = analysis.graphs, analysis.faults
    assert (graph.name, graph.type_name, graph.broken) == ("net", "Sequential", fault.message)
    assert [node.name for node in graph.nodes[1:]] == ["conv", "lstm", *rest]
    assert [graph.nodes[edge.target].name for edge in graph.edges if edge.faulty] == ["lstm"]
    failed = named(graph, "lstm")
    assert (failed.fault, failed.input) == (fault.location, TensorSpec((None, 26, 26, 4), "float32"))
    assert all(node.fault is None for node in graph.nodes if node is not failed)


def test_an_own_model_that_fails_when_it_is_called(run: Run) -> None:
    analysis = run(
        program(SUBCLASSED.replace("layers.Dense(2, name", "layers.LSTM(2, name") + "n = Net()\nn(keras.Input((8,)))\n")
    )
    (graph,), (fault,) = analysis.graphs, analysis.faults
    assert graph.broken == fault.message
    assert [node.name for node in graph.nodes if node.fault is not None] == ["head"]
    assert ways(graph.nodes, [edge for edge in graph.edges if edge.faulty]) == ["block>head"]  # type: ignore[arg-type]


def test_a_wrong_call_of_a_good_model_leaves_it_as_it_is(run: Run) -> None:
    analysis = run(
        program("""
        net = keras.Sequential([keras.Input((8,)), layers.Dense(4)])
        net(keras.Input((7,)))
        """)
    )
    (graph,) = analysis.graphs
    assert analysis.faults and graph.broken == "" and not any(edge.faulty for edge in graph.edges)


def test_models_that_were_never_built_have_their_layers(run: Run) -> None:
    (graph,) = run(program("net = keras.Sequential([layers.Dense(3), layers.Dense(2)])\n")).graphs
    assert types(graph.nodes) == ["Dense", "Dense"] and len(graph.edges) == 1
    assert [node.output for node in graph.nodes] == [None, None] and graph.parameters is None


def test_models_of_local_modules_and_of_libraries_are_told(run: Run) -> None:
    path = Path(run("").program.path).with_name("parts.py")
    module = SourceText(str(path), HEAD + "def make():\n    return keras.Sequential([layers.Dense(2)])\n")
    text = "from parts import make\npart = make()\nnet = keras.applications.MobileNet(weights=None)\n"
    part, net = run(program(text), modules=(module,)).graphs
    assert part.name == "part" and part.location is not None and part.location.path == module.path
    assert net.name == "net" and len(net.nodes) > 80
    assert all(node.inside for node in net.nodes if node.location is not None)


def test_objects_that_do_not_bear_being_looked_at_cost_their_graph_at_most(run: Run) -> None:
    analysis = run(
        program("""
        class Odd(keras.Model):
            def __init__(self):
                super().__init__()
                self.dense = layers.Dense(2)

            def call(self, x):
                return self.dense(x)

            @property
            def weights(self):
                raise RuntimeError

            @property
            def _layers(self):
                raise BufferError

            @_layers.setter
            def _layers(self, value):
                pass


        odd = Odd()
        net = keras.Sequential([keras.Input((8,)), layers.Dense(4)])
        """)
    )
    assert "net" in [graph.name for graph in analysis.graphs]


def test_many_models_and_layers_are_cut_with_a_note(run: Run) -> None:
    many = run(
        program("""
        def make():
            return keras.Sequential([keras.Input((8,)), layers.Dense(4)])
        for _ in range(30):
            net = make()
        """),
        limits=Limits(seconds=60),
    )
    assert len(many.graphs) == 20 and many.graphs_cut == "10 more models are not described."
    deep = run(
        program("""
        x = inputs = keras.Input((8,))
        for _ in range(900):
            x = layers.Dense(8)(x)
        net = keras.Model(inputs, x)
        """),
        limits=Limits(seconds=120),
    )
    assert [len(graph.nodes) for graph in deep.graphs] == [901] and deep.graphs_cut == ""
