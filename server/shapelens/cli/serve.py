"""``shapelens serve``: the language server, for editors to start."""

from __future__ import annotations

from shapelens.evaluation.pool import HostPool
from shapelens.lsp import transport


def serve(tcp: int | None) -> int:
    """Serve one client, over standard input and output or on a TCP port of this machine; return the exit status.

    The status is 0 after an orderly shutdown, 1 where the client went without one, and 2 where the port is taken.
    """
    return transport.serve(HostPool(), tcp)
