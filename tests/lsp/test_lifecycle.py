"""The server ends when it should, however its client goes, and takes its hosts along."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lsp.client import SECONDS, StrictClient, capabilities
from lsp.conftest import HERE, Connect, server_environment
from lsp.host import Host

TEXT = "y = Dense(10)(x)\n"


@pytest.mark.asyncio
async def test_shutdown_stops_a_running_evaluation(connect: Connect) -> None:
    async with connect() as it:
        it.client.open(it.uri("model.py"), TEXT)
        running = await it.host.next()
        assert await it.client.finish() == 0
        await running.until_cancelled()
        assert await it.host.event() == "closed"
        it.host.events.put_nowait("closed")
        it.client.finish = _done  # type: ignore[method-assign]


async def _done() -> int:
    return 0


@pytest.mark.asyncio
async def test_the_server_ends_when_its_input_does(connect: Connect) -> None:
    async with connect(end=False) as it:
        it.client.open(it.uri("model.py"), TEXT)
        running = await it.host.next()
        assert it.client._server is not None and it.client._server.stdin is not None
        it.client._server.stdin.close()
        await running.until_cancelled()
        assert await it.host.event() == "closed"
        assert await it.client.wait_for_exit() == 1


@pytest.mark.asyncio
async def test_exit_without_shutdown_is_no_success(connect: Connect) -> None:
    async with connect(end=False) as it:
        it.client.exit(None)
        assert await it.client.wait_for_exit() == 1
        assert await it.host.event() == "closed"


@pytest.mark.asyncio
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a process can act on")
async def test_a_terminated_server_closes_its_hosts(connect: Connect) -> None:
    async with connect(end=False) as it:
        assert it.client._server is not None
        it.client._server.send_signal(signal.SIGTERM)
        assert await it.host.event() == "closed"
        assert await it.client.wait_for_exit() == 1


@pytest.mark.asyncio
async def test_the_server_ends_when_the_clients_process_does(tmp_path: Path, repository: Path) -> None:
    editor = await asyncio.create_subprocess_exec(sys.executable, "-c", "input()", stdin=asyncio.subprocess.PIPE)
    host, client = Host(), StrictClient()
    await host.start()
    await client.start_io(
        sys.executable, str(HERE / "scripted_server.py"), str(host.port), env=server_environment(repository)
    )
    await client.initialize_session(types.InitializeParams(process_id=editor.pid, capabilities=capabilities()))
    editor.kill()
    await editor.wait()
    # Its pipes are still open: only the process can have told.
    assert await host.event() == "closed"
    assert await client.wait_for_exit() == 1
    await client.kill()
    await host.stop()


@pytest.mark.asyncio
async def test_a_client_in_another_container_is_not_watched(tmp_path: Path, repository: Path) -> None:
    gone = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await gone.wait()
    host, client = Host(), StrictClient()
    await host.start()
    await client.start_io(
        sys.executable, str(HERE / "scripted_server.py"), str(host.port), env=server_environment(repository)
    )
    await client.initialize_session(types.InitializeParams(process_id=gone.pid, capabilities=capabilities()))
    assert await client.hints(tmp_path.joinpath("model.py").as_uri()) == []
    assert await client.finish() == 0
    await client.kill()
    await host.stop()


@pytest.mark.asyncio
async def test_tcp_serves_one_client_of_this_machine(repository: Path, tmp_path: Path) -> None:
    host = Host()
    await host.start()
    server = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HERE / "scripted_server.py"),
        str(host.port),
        "0",
        env=server_environment(repository),
        stderr=asyncio.subprocess.PIPE,
    )
    assert server.stderr is not None
    line = (await asyncio.wait_for(server.stderr.readline(), SECONDS)).decode()
    assert line.startswith("Listening on 127.0.0.1:")
    client = StrictClient()
    await client.start_tcp("127.0.0.1", int(line.rpartition(":")[2]))
    await client.initialize_session(
        types.InitializeParams(process_id=os.getpid(), capabilities=capabilities(), root_uri=tmp_path.as_uri())
    )
    uri = (tmp_path / "model.py").as_uri()
    client.open(uri, TEXT)
    evaluation = await host.next()
    assert evaluation.program.directory == str(tmp_path)
    evaluation.finish()
    await client.read_diagnostics(uri)
    await client.within(client.shutdown_async(None))
    client.exit(None)
    assert await asyncio.wait_for(server.wait(), SECONDS) == 0
    client.check_all_read()
    client._stop_event.set()
    await host.stop()


@pytest.mark.asyncio
async def test_the_last_opened_goes_first_and_the_rest_follows(connect: Connect) -> None:
    async with connect() as it:
        uris = [it.uri(f"model{number}.py") for number in range(12)]
        for uri in uris:
            it.client.open(uri, TEXT)
        evaluated: set[str] = set()
        for _ in uris:
            evaluation = await it.host.next()
            evaluated.add(evaluation.program.path)
            evaluation.finish()
            await it.client.read(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        assert evaluated == {it.path(f"model{number}.py") for number in range(12)}


@pytest.mark.asyncio
async def test_broken_messages_are_logged_and_neither_shown_nor_fatal(connect: Connect) -> None:
    async with connect() as it:
        it.client.faults_are_expected = True
        never_opened = {"uri": it.uri("never_opened.py"), "version": 2}
        for method, params in (
            ("textDocument/didOpen", {"textDocument": {"uri": 3}}),
            ("textDocument/didChange", {"textDocument": never_opened, "contentChanges": [{"text": ""}]}),
            ("shapelens/unheardOf", {}),
        ):
            it.client.write_raw(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode())
        it.client.write_raw(b"no JSON")
        it.client.open(it.uri("model.py"), TEXT)
        (await it.host.next()).finish()
        await it.client.read_diagnostics(it.uri("model.py"))


@pytest.mark.asyncio
async def test_a_fault_of_ours_is_logged_and_neither_shown_nor_fatal(connect: Connect) -> None:
    async with connect() as it:
        it.client.faults_are_expected = True
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        # An exception out of the evaluator stands for any fault in an evaluation.
        (await it.host.next()).fail()
        assert await it.host.event() == "failed"
        it.client.save(uri)
        (await it.host.next()).finish()
        await it.client.read_diagnostics(uri)
    assert "RuntimeError: scripted fault" in it.client.stderr


@pytest.mark.asyncio
async def test_a_cancelled_request_is_answered_and_the_server_goes_on(connect: Connect) -> None:
    async with connect() as it:
        uri = it.uri("model.py")
        place = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(0, 0))
        request = it.client.protocol.send_request(types.TEXT_DOCUMENT_HOVER, place, msg_id="hover 1")
        it.client.protocol.notify(types.CANCEL_REQUEST, types.CancelParams("hover 1"))
        try:
            assert await it.client.within(asyncio.wrap_future(request)) is None
        except JsonRpcException as answer:
            assert answer.code == types.LSPErrorCodes.RequestCancelled
        assert await it.client.hover(uri, 0, 0) is None
