"""Columns count what client and server agreed on."""

from __future__ import annotations

import pytest
from lsprotocol import types

from lsp.client import capabilities
from lsp.conftest import Connect
from shapelens.worker.contract import Fault

TEXT = 'rocket = "🚀é"; y = Dense(10)(x)\n'
COLUMNS = {"utf-8": 19, "utf-16": 16, "utf-32": 15}
"""Where `y` is, in each unit."""


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["utf-8"], "utf-8"),
        (["utf-16"], "utf-16"),
        (["utf-32"], "utf-32"),
        (["utf-32", "utf-8"], "utf-32"),
        (None, "utf-16"),
    ],
)
async def test_every_position_counts_in_the_negotiated_unit(
    connect: Connect, offered: list[str] | None, chosen: str
) -> None:
    async with connect(capabilities(encodings=offered), options={"debounceMs": 0}) as it:
        assert it.result.capabilities.position_encoding == chosen
        uri = it.uri("model.py")
        name, end = COLUMNS[chosen], COLUMNS[chosen] + 16
        it.client.open(uri, TEXT)
        first = await it.host.next()
        fault = Fault(first.source.place("Dense(10)(x)"), "ValueError", "broken", origin="keras")
        first.finish((first.source.tensor("Dense(10)(x)", (None, 10)),), (fault,))
        pushed = await it.client.read_diagnostics(uri)
        assert pushed.diagnostics[0].range == types.Range(types.Position(0, name + 4), types.Position(0, end))
        assert await it.client.hints(uri) == [(0, end, ": (None, 10)")]
        hover = await it.client.hover(uri, 0, name + 4)
        assert hover is not None and hover.range == types.Range(types.Position(0, name + 4), types.Position(0, end))

        it.client.change(uri, ((0, name, 0, name + 1), "🚀🚀"))
        second = await it.host.next()
        assert second.program.text == TEXT.replace(" y", " 🚀🚀")
        second.finish()
        await it.client.read_diagnostics(uri)


@pytest.mark.asyncio
async def test_lines_end_where_python_ends_them(connect: Connect) -> None:
    async with connect() as it:
        uri = it.uri("model.py")
        it.client.open(uri, 's = "\x0c\x1c\u2028\x85"\ry = f(x)\r\nz = 1\n')
        evaluation = await it.host.next()
        evaluation.finish((evaluation.source.tensor("f(x)", (3,)),))
        await it.client.read_diagnostics(uri)
        assert await it.client.hints(uri) == [(1, 8, ": (3,)")]
