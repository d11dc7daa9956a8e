"""Hover, lenses and commands as a client sees them."""

from __future__ import annotations

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lsp.client import capabilities
from lsp.conftest import Connect
from shapelens.worker.contract import Kind
from support.made import spec

TEXT = "model = Sequential([\n    Input((28,)),\n    Dense(10),\n])\n"


async def open_model(it: object) -> str:
    uri = it.uri("model.py")  # type: ignore[attr-defined]
    it.client.open(uri, TEXT)  # type: ignore[attr-defined]
    evaluation = await it.host.next()  # type: ignore[attr-defined]
    source = evaluation.source
    layer = source.layer("Dense(10)", "Dense", spec(None, 10), input=spec(None, 28), parameters=290)
    whole = TEXT[TEXT.index("Sequential") :].rstrip()
    model = source.layer(whole, "Sequential", spec(None, 10), input=spec(None, 28), kind=Kind.MODEL, parameters=290)
    evaluation.finish((model, layer))
    await it.client.read_diagnostics(uri)  # type: ignore[attr-defined]
    return uri


@pytest.mark.asyncio
async def test_hover_tells_the_layer_under_the_mouse(connect: Connect) -> None:
    async with connect() as it:
        uri = await open_model(it)
        hover = await it.client.hover(uri, 2, 6)
        assert hover is not None
        assert hover.range == types.Range(types.Position(2, 4), types.Position(2, 13))
        assert isinstance(hover.contents, types.MarkupContent)
        assert hover.contents.kind is types.MarkupKind.Markdown
        assert hover.contents.value == (
            "**Dense** `dense`\n\n`(None, 28)` → `(None, 10)` · float32\n\n290 parameters · 1.1 KiB as float32"
        )
        assert await it.client.hover(uri, 4, 0) is None


@pytest.mark.asyncio
async def test_hover_is_plain_text_for_a_client_without_markdown(connect: Connect) -> None:
    async with connect(capabilities(markdown=False)) as it:
        uri = await open_model(it)
        hover = await it.client.hover(uri, 2, 6)
        assert hover is not None and isinstance(hover.contents, types.MarkupContent)
        assert hover.contents.kind is types.MarkupKind.PlainText
        assert hover.contents.value.startswith("Dense dense\n(None, 28) → (None, 10) · float32\n")


@pytest.mark.asyncio
async def test_hints_come_for_the_requested_lines_only(connect: Connect) -> None:
    async with connect() as it:
        uri = await open_model(it)
        assert await it.client.hints(uri, 0, 2) == [(2, 13, "→ (None, 10)")]
        assert await it.client.hints(uri) == [(2, 13, "→ (None, 10)"), (3, 2, "→ (None, 10)")]


@pytest.mark.asyncio
async def test_a_lens_tells_the_model_and_its_command_is_the_servers_own(connect: Connect) -> None:
    async with connect() as it:
        uri = await open_model(it)
        (lens,) = await it.client.lenses(uri)
        assert lens.range.start == types.Position(0, 8)
        assert lens.command is not None
        assert lens.command.title == "Model (None, 28) → (None, 10) · 290 parameters"
        provider = it.result.capabilities.execute_command_provider
        assert provider is not None and lens.command.command in provider.commands
        text = await it.client.command(lens.command.command, *(lens.command.arguments or ()))
        assert "Dense" in text and "Keras 3.15.1 on tensorflow" in text
        assert await it.client.command("shapelens.showSummary") is None


@pytest.mark.asyncio
async def test_evaluate_now_takes_one_document_or_all(connect: Connect) -> None:
    async with connect() as it:
        uri = await open_model(it)
        await it.client.command("shapelens.evaluateNow", uri)
        (await it.host.next()).finish()
        await it.client.command("shapelens.evaluateNow")
        (await it.host.next()).finish()


@pytest.mark.asyncio
async def test_an_unknown_command_is_an_error_and_no_message(connect: Connect) -> None:
    async with connect(end=False) as it:
        with pytest.raises(JsonRpcException):
            await it.client.command("shapelens.fly")
        it.client.exit(None)
        await it.client.within(it.client._server.wait())  # type: ignore[union-attr]


@pytest.mark.asyncio
async def test_the_trace_tells_each_evaluation(connect: Connect) -> None:
    async with connect(trace=types.TraceValue.Messages) as it:
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        (await it.host.next()).finish()
        await it.client.read_diagnostics(uri)
        assert "model.py version 1: evaluated" in (await it.client.read(types.LOG_TRACE)).message


@pytest.mark.asyncio
async def test_a_request_with_nonsense_for_parameters_is_answered(connect: Connect) -> None:
    async with connect(end=False) as it:
        uri = it.uri("model.py")
        position = types.Position(1, 0)
        object.__setattr__(position, "line", "one")  # past the checks of the types
        nonsense = types.HoverParams(types.TextDocumentIdentifier(uri), position)
        with pytest.raises(JsonRpcException) as answered:
            await it.client.within(it.client.text_document_hover_async(nonsense))
        assert answered.value.code in (types.ErrorCodes.InvalidParams, types.ErrorCodes.InternalError)
