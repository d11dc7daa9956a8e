"""Runs a server over standard input and output, or over TCP, until its client is gone."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pygls.io_ import StdoutWriter, run_async

from shapelens.evaluation.evaluator import Evaluator
from shapelens.lsp.fixes import FindsFixes
from shapelens.lsp.server import ShapeLensServer

logger = logging.getLogger(__name__)

_CHUNK = 1 << 16


def serve(evaluator: Evaluator, tcp: int | None = None, repairer: FindsFixes | None = None) -> int:
    """Serve one client with the evaluator, over standard input and output or on a TCP port; return the exit status.

    ``repairer`` is the evaluator's own where none is given.
    The status is 0 after an orderly shutdown, 1 where the client went without one, and 2 where the port is taken.
    """
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    logging.getLogger("shapelens").setLevel(logging.INFO)
    try:
        if tcp is not None:
            return asyncio.run(_serve_tcp(evaluator, repairer, tcp))
        with private_stdio() as (stdin, stdout):
            return asyncio.run(_serve_stdio(evaluator, repairer, stdin, os.fdopen(stdout, "wb")))
    except KeyboardInterrupt:
        return 130


async def _serve_stdio(evaluator: Evaluator, repairer: FindsFixes | None, stdin: int, stdout: BinaryIO) -> int:
    server = ShapeLensServer(evaluator, repairer)
    server.protocol.set_writer(StdoutWriter(stdout))
    return await _run(server, _reader(stdin))


async def _serve_tcp(evaluator: Evaluator, repairer: FindsFixes | None, port: int) -> int:
    """Serve the first client that connects to the port of this machine; port 0 takes a free one."""
    connected: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = (
        asyncio.get_running_loop().create_future()
    )

    def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if connected.done():
            writer.close()
        else:
            connected.set_result((reader, writer))

    try:
        listener = await asyncio.start_server(connect, "127.0.0.1", port)
    except OSError as error:
        sys.stderr.write(f"shapelens serve: {error}\n")
        return 2
    sys.stderr.write(f"Listening on 127.0.0.1:{listener.sockets[0].getsockname()[1]}\n")
    sys.stderr.flush()
    reader, writer = await connected
    listener.close()
    server = ShapeLensServer(evaluator, repairer)
    server.protocol.set_writer(writer)
    return await _run(server, reader)


@contextlib.contextmanager
def private_stdio() -> Iterator[tuple[int, int]]:
    """Yield descriptors of standard input and output that nobody else has.

    A stray print, here or in a child process, goes to standard error from then on and cannot corrupt the protocol.
    """
    stdin, stdout = os.dup(0), os.dup(1)
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    yield stdin, stdout


async def _run(server: ShapeLensServer, reader: asyncio.StreamReader) -> int:
    stop = threading.Event()
    terminated = asyncio.Event()
    if sys.platform != "win32":
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminated.set)
    reading = asyncio.ensure_future(_read(server, reader, stop))
    watching = asyncio.ensure_future(server.client_died())
    ending = asyncio.ensure_future(terminated.wait())
    try:
        await asyncio.wait({reading, watching, ending}, return_when=asyncio.FIRST_COMPLETED)
        return reading.result() if reading.done() else 1
    finally:
        stop.set()
        for task in (reading, watching, ending):
            task.cancel()
        await asyncio.gather(reading, watching, ending, return_exceptions=True)
        await server.close()


async def _read(server: ShapeLensServer, reader: asyncio.StreamReader, stop: threading.Event) -> int:
    try:
        await run_async(stop, reader, server.protocol, logger, server.report_server_error)
    except SystemExit as leave:
        # pygls' handler of the exit notification.
        return int(leave.code or 0)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    logger.info("The client closed the connection.")
    return 1


def _reader(descriptor: int) -> asyncio.StreamReader:
    """Return a stream of what arrives at the descriptor.

    A thread reads it: a pipe cannot be awaited on Windows, nor a file on Linux. It is a daemon, so that a read which
    never ends does not keep the process alive; and it takes all there is, so that the client can always write.
    """
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)

    def pump() -> None:
        data = b"more"
        while data:
            try:
                data = os.read(descriptor, _CHUNK)
            except OSError:
                data = b""
            try:
                loop.call_soon_threadsafe(reader.feed_data if data else _end, *([data] if data else [reader]))
            except RuntimeError:
                return  # the loop is closed

    threading.Thread(target=pump, name="standard input", daemon=True).start()
    return reader


def _end(reader: asyncio.StreamReader) -> None:
    reader.feed_eof()
