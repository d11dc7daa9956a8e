"""Mistakes in settings on their way to the user, each told once."""

from __future__ import annotations

from collections.abc import Iterable

from shapelens.lsp.client import Client


class Complaints:
    """Keeps what must not be told before the client is ready, and what was told already."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._told: set[str] = set()
        self._held: tuple[str, ...] = ()

    def tell(self, complaints: Iterable[str]) -> None:
        """Tell mistakes, each once."""
        for complaint in complaints:
            if complaint not in self._told:
                self._told.add(complaint)
                self._client.log(complaint)

    def hold(self, complaints: tuple[str, ...]) -> None:
        """Keep the mistakes in the first settings for when the client may be told of them."""
        self._held = complaints

    def release(self) -> None:
        """Tell the mistakes that were kept."""
        self.tell(self._held)
