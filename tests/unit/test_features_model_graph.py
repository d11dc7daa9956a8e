"""Models as diagrams and as tables."""

from __future__ import annotations

import dataclasses

from shapelens.diagnostics.model import Diagnostic, Severity
from shapelens.evaluation.analysis import Analysis
from shapelens.features.message_text import telling_paragraph
from shapelens.features.model_graph import diagrams
from shapelens.features.moving import Moves
from shapelens.features.size_text import flops_text
from shapelens.features.summary import summary
from shapelens.source.span_edits import Edit
from shapelens.worker.codec import decode, encode
from shapelens.worker.contract import (
    Computation,
    Graphed,
    GraphEdge,
    GraphNode,
    ModelGraph,
    NodeKind,
    Structure,
    TensorSpec,
)
from support.made import Source, spec

SOURCE = Source("model = Sequential([Input((7,)), Dense(10)])\nother = Dense(10)(x)\n")


def dense(layer: int = 1, taken: Structure | None = None) -> GraphNode:
    return GraphNode(
        "dense",
        "Dense",
        NodeKind.LAYER,
        layer,
        location=SOURCE.place("Dense(10)"),
        input=taken or spec(None, 7),
        output=spec(None, 10),
        parameters=80,
        trainable_parameters=80,
        computation=Computation("Dense", ((7, 10), (10,))),
    )


ENTRANCE = GraphNode("input", "InputLayer", NodeKind.INPUT, 0, SOURCE.place("Input((7,))"), output=spec(None, 7))


def graph(*nodes: GraphNode, broken: bool = False) -> ModelGraph:
    place = SOURCE.place("Sequential([Input((7,)), Dense(10)])")
    return ModelGraph(
        "model",
        "Sequential",
        "sequential",
        place,
        input=spec(None, 7),
        output=spec(None, 10),
        parameters=80,
        trainable_parameters=80,
        fault=SOURCE.place("Dense(10)") if broken else None,
        broken="Exception encountered when calling Dense.call().\n\n\x1b[1mIt does\nnot fit.\x1b[0m" if broken else "",
        nodes=nodes or (ENTRANCE, dense()),
        edges=(GraphEdge(0, 1, faulty=broken),),
    )


def analysis(*graphs: ModelGraph) -> Analysis:
    return dataclasses.replace(SOURCE.analysis(()), graphs=graphs)


def diagnostic(piece: str, message: str, severity: Severity = Severity.ERROR) -> Diagnostic:
    return Diagnostic(
        code="layer-rank-mismatch",
        severity=severity,
        location=SOURCE.place(piece),
        message=message,
    )


def test_nodes_have_shapes_sizes_and_costs_and_edges_the_shape_of_their_source() -> None:
    (found,) = diagrams(analysis(graph()), ())
    assert (found.name, found.input, found.output, found.broken) == ("model", "(None, 7)", "(None, 10)", "")
    assert [node.id for node in found.nodes] == ["0/0", "0/1"]
    assert found.nodes[0].kind == "input" and found.nodes[0].flops == 0
    layer = found.nodes[1]
    assert (layer.flops, layer.activations, layer.activation_bytes, layer.dtype) == (150, 10, 40, "float32")
    (edge,) = found.edges
    assert (edge.source, edge.target, edge.shape, edge.faulty) == ("0/0", "0/1", "(None, 7)", False)


def test_nodes_inside_of_nodes_have_identities_of_their_own() -> None:
    nested = dataclasses.replace(dense(), kind=NodeKind.MODEL, nodes=(ENTRANCE, dense()), edges=(GraphEdge(0, 1),))
    first, second = diagrams(analysis(graph(), graph(ENTRANCE, nested)), ())
    assert [node.id for node in second.nodes[1].nodes] == ["1/1/0", "1/1/1"]
    assert [edge.source for edge in second.nodes[1].edges] == ["1/1/0"]
    assert not {node.id for node in first.nodes} & {node.id for node in second.nodes}


def test_messages_of_diagnostics_stand_at_their_layers() -> None:
    (found,) = diagrams(analysis(graph()), (diagnostic("Dense(10)", "too flat", Severity.WARNING),))
    assert [node.fault for node in found.nodes] == ["", "too flat"]
    # A layer that is called where it is made.
    called = dataclasses.replace(dense(), location=SOURCE.place("Dense(10)", 2))
    (found,) = diagrams(analysis(graph(ENTRANCE, called)), (diagnostic("Dense(10)(x)", "too flat", Severity.WARNING),))
    assert [node.fault for node in found.nodes] == ["", "too flat"]
    # An error is one of a call: this one went well.
    (found,) = diagrams(analysis(graph()), (diagnostic("Dense(10)", "too flat"),))
    assert [node.fault for node in found.nodes] == ["", ""]
    # Not at the layers that a library made within an expression.
    inside = dataclasses.replace(dense(), inside=True)
    (found,) = diagrams(analysis(graph(ENTRANCE, inside)), (diagnostic("Dense(10)", "too flat", Severity.WARNING),))
    assert [node.fault for node in found.nodes] == ["", ""]


def test_what_ended_a_model_is_told_in_the_words_of_its_diagnostic() -> None:
    failed = dataclasses.replace(dense(), fault=SOURCE.place("Dense(10)"), output=None)
    broken = analysis(graph(ENTRANCE, failed, broken=True))
    (found,) = diagrams(broken, (diagnostic("Dense(10)", "too flat"),))
    assert (found.broken, found.nodes[1].fault, found.nodes[1].output) == ("too flat", "too flat", "")
    assert found.edges[0].faulty
    (found,) = diagrams(broken, ())
    assert (found.broken, found.nodes[1].fault) == ("It does not fit.",) * 2


def test_places_move_with_edits_and_a_model_without_place_stays() -> None:
    moves = Moves({SOURCE.path: (Edit((0, 0), (0, 0), (2, 0)),)})
    moved = moves.analysis(analysis(graph())).graphs[0]
    assert moved.location is not None and moved.location.span.line == 2
    assert [node.location and node.location.span.line for node in moved.nodes] == [2, 2]
    gone = Moves({SOURCE.path: (Edit((0, 0), (1, 0), (0, 0)),)}).analysis(analysis(graph())).graphs[0]
    assert gone.location is None and len(gone.nodes) == 2


def test_graphs_survive_their_json() -> None:
    nested = dataclasses.replace(dense(), nodes=(ENTRANCE, dense()), edges=(GraphEdge(0, 1, spec(None, 7), True),))
    message = Graphed(3, (graph(ENTRANCE, nested, broken=True),), "cut")
    assert decode(encode(message)) == message


def test_the_summary_is_a_table_of_each_model_with_sums() -> None:
    text = summary(analysis(graph()), SOURCE.path, batch=32).plain()
    assert text == (
        "model.py\n"
        "\n"
        "model (line 1)  Sequential  (None, 7) → (None, 10)\n"
        "\n"
        "line  layer  type        input      output      parameters  FLOPs  activations\n"
        "   1  input  InputLayer             (None, 7)                   0        896 B\n"
        "   1  dense  Dense       (None, 7)  (None, 10)          80    150      1.2 KiB\n"
        "\n"
        "parameters            80: 80 trained, 0 not\n"
        "FLOPs                 150 for one sample\n"
        "                      4,800 for 32 samples\n"
        "activations           1.2 KiB for 32 samples, outputs of all layers\n"
        "\n"
        "Python 3.11.7 · Keras 3.15.1 on tensorflow · TensorFlow 2.21.0"
    )


def test_the_summary_says_what_is_shared_unknown_and_broken() -> None:
    own = GraphNode("block", "Block", NodeKind.LAYER, 5, input=spec(None, 7), output=TensorSpec(None, "float32"))
    text = summary(analysis(graph(ENTRANCE, dense(), dense(), own)), SOURCE.path).plain()
    rows = [row.split() for row in text.split("\n") if " dense " in row]
    assert ["80" in row for row in rows] == [True, False] and ["shared" in row for row in rows] == [False, True]
    assert "at least 300 (not known of 1 layer) for one sample" in text
    failed = dataclasses.replace(dense(), fault=SOURCE.place("Dense(10)"), output=None)
    text = summary(analysis(graph(ENTRANCE, failed, broken=True)), SOURCE.path).plain()
    assert "does not fit" in text and "broken                It does not fit." in text


def test_layers_outside_of_models_have_a_table_of_their_own() -> None:
    layer = SOURCE.layer("Dense(10)(x)", "Dense", spec(None, 10), input=spec(None, 28), parameters=290)
    both = dataclasses.replace(SOURCE.analysis((layer,)), graphs=(graph(),), graphs_cut="3 more models.")
    text = summary(both, SOURCE.path).plain()
    assert "Layers outside of models\n" in text and "290" in text and "3 more models." in text


def test_numbers_of_operations_are_short_and_exact_while_they_are_small() -> None:
    assert [flops_text(number) for number in (0, 411_008, 9_999_999)] == ["0", "411,008", "9,999,999"]
    assert [flops_text(number) for number in (10**7, 7_751_234_567, 3 * 10**12)] == ["10 M", "7.751 G", "3 T"]


def test_the_telling_paragraph_of_a_message() -> None:
    assert telling_paragraph("one\ntwo\n\nthree") == "one two"
    assert telling_paragraph('in user code:\n\nFile "a"\n\nwrong') == "wrong"
    assert telling_paragraph("Exception encountered when calling A.") == "Exception encountered when calling A."
    assert telling_paragraph("") == ""
