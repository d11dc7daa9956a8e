"""``shapelens serve``: the language server, for editors to start."""

from __future__ import annotations

import asyncio
import logging
import os
import sys

from shapelens.evaluation.evaluator import Evaluator
from shapelens.evaluation.pool import HostPool
from shapelens.lsp.server import ShapeLensServer
from shapelens.lsp.transport import private_stdio, run_stdio, run_tcp


def serve(tcp: int | None) -> int:
    """Serve one client, over standard input and output or on a TCP port of this machine; return the exit status.

    The status is 0 after an orderly shutdown and 1 where the client went without one; 2 where the port is taken.
    """
    return serve_with(HostPool(), tcp)


def serve_with(evaluator: Evaluator, tcp: int | None = None) -> int:
    """Serve one client with the given evaluator."""
    _log_to_stderr()
    server = ShapeLensServer(evaluator)
    try:
        if tcp is not None:
            return asyncio.run(run_tcp(server, tcp))
        with private_stdio() as (stdin, stdout):
            return asyncio.run(run_stdio(server, stdin, os.fdopen(stdout, "wb")))
    except OSError as error:
        print(f"shapelens serve: {error}", file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        return 130


def _log_to_stderr() -> None:
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("shapelens").setLevel(logging.INFO)
