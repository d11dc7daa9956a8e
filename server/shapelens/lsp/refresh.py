"""Asks the client to request again what an analysis changed, never faster than it answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from shapelens.lsp.capabilities import CapabilitiesOfClient
from shapelens.lsp.client import Client

MODEL_GRAPH_CHANGED = "shapelens/modelGraphChanged"


class Refresh:
    """Hints, lenses and pulled diagnostics, as far as the client can be asked, and its diagrams."""

    def __init__(self, client: Client, capabilities: CapabilitiesOfClient) -> None:
        self._client = client
        self._shows_graphs = capabilities.follows_status
        self._kinds = [
            _Kind(ask)
            for ask, able in (
                (client.refresh_inlay_hints, capabilities.refreshes_inlay_hints),
                (client.refresh_code_lenses, capabilities.refreshes_code_lenses),
                (client.refresh_diagnostics, capabilities.pulls_diagnostics),
            )
            if able
        ]

    def all(self) -> None:
        """Have everything requested again."""
        for kind in self._kinds:
            kind.ask()

    def model_graph(self, uri: str) -> None:
        """Tell that the models of a source may be others now."""
        if self._shows_graphs:
            self._client.notify(MODEL_GRAPH_CHANGED, {"uri": uri})


class _Kind:
    def __init__(self, request: Callable[[], Awaitable[None]]) -> None:
        self._request = request
        self._task: asyncio.Task[None] | None = None
        self._again = False

    def ask(self) -> None:
        # One question at a time: while ten files land, the client answers some of them with one look.
        if self._task is not None:
            self._again = True
            return
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        try:
            await self._request()
            while self._again:
                self._again = False
                await self._request()
        finally:
            self._task = None
