"""The models of a document, as a client with a diagram asks for them."""

from __future__ import annotations

from typing import Any

import pytest

from lsp.client import StrictClient, capabilities
from lsp.conftest import Connect
from lsp.host import Evaluation
from shapelens.worker.contract import GraphEdge, GraphNode, ModelGraph, NodeKind
from support.made import spec

TEXT = 'name = "é𝄞"; model = Sequential([Dense(10)])\n'

CHANGED = "shapelens/modelGraphChanged"


def graph(evaluation: Evaluation) -> ModelGraph:
    source = evaluation.source
    entrance = GraphNode("inputs", "Input", NodeKind.INPUT, -1, output=spec(None, 7))
    layer = GraphNode(
        "dense", "Dense", NodeKind.LAYER, 0, source.place("Dense(10)"), input=spec(None, 7), output=spec(None, 10)
    )
    place = source.place("Sequential([Dense(10)])")
    return ModelGraph("model", "Sequential", "sequential", place, nodes=(entrance, layer), edges=(GraphEdge(0, 1),))


async def models(client: StrictClient, uri: str) -> Any:
    return await client.within(
        client.protocol.send_request_async("shapelens/modelGraph", {"textDocument": {"uri": uri}})
    )


@pytest.mark.asyncio
@pytest.mark.parametrize(("encodings", "start"), [(None, 22), (["utf-8"], 25), (["utf-32"], 21)])
async def test_models_come_with_ranges_in_the_units_of_the_client(
    connect: Connect, encodings: list[str] | None, start: int
) -> None:
    async with connect(capabilities(encodings=encodings, status=True)) as it:
        it.client.passed_over.add("shapelens/status")
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        evaluation = await it.host.next()
        assert await models(it.client, uri) is None
        evaluation.finish(graphs=(graph(evaluation),))
        await it.client.read_diagnostics(uri)
        assert (await it.client.read(CHANGED)).uri == uri
        found = await models(it.client, uri)
        assert found.version == 1
        (model,) = found.models
        assert (model.name, model.type, model.layerName, model.uri) == ("model", "Sequential", "sequential", uri)
        assert (model.range.start.line, model.range.start.character) == (0, start)
        entrance, layer = model.nodes
        assert entrance.range is None and entrance.kind == "input"
        assert (layer.id, layer.input, layer.output, layer.activationBytes) == ("0/1", "(None, 7)", "(None, 10)", 40)
        assert layer.range.start.character == start + len("Sequential([")
        (edge,) = model.edges
        assert (edge.to, edge.shape, edge.faulty) == ("0/1", "(None, 7)", False)
        assert "model (line 1)  Sequential" in await it.client.command("shapelens.showSummary", uri, 8)


@pytest.mark.asyncio
async def test_models_move_with_edits_and_each_landing_is_told(connect: Connect) -> None:
    async with connect(capabilities(status=True)) as it:
        it.client.passed_over.add("shapelens/status")
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        evaluation = await it.host.next()
        evaluation.finish(graphs=(graph(evaluation),))
        await it.client.read_diagnostics(uri)
        await it.client.read(CHANGED)
        it.client.change(uri, ((0, 0, 0, 0), "\n\n"))
        evaluation = await it.host.next()
        (model,) = (await models(it.client, uri)).models
        assert model.range.start.line == 2
        evaluation.finish()
        await it.client.read_diagnostics(uri)
        await it.client.read(CHANGED)
        assert (await models(it.client, uri)).models == []


@pytest.mark.asyncio
async def test_a_client_without_a_diagram_is_told_nothing_and_may_ask(connect: Connect) -> None:
    async with connect() as it:
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        evaluation = await it.host.next()
        evaluation.finish(graphs=(graph(evaluation),))
        await it.client.read_diagnostics(uri)
        assert len((await models(it.client, uri)).models) == 1
        assert await models(it.client, it.uri("other.py")) is None
