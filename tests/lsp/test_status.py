"""What a client is told of each root, for its status item; pausing and going on; trust that is given later."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types

from lsp import client as client_module
from lsp.client import StrictClient, capabilities
from lsp.conftest import Connect, Connection, server_environment
from shapelens.evaluation.problem import EnvironmentProblem, ProblemKind
from shapelens.worker.contract import Fault

TEXT = "y = Dense(10)(x)\n"
METHOD = "shapelens/status"
GRAPH = "shapelens/modelGraphChanged"


@contextlib.asynccontextmanager
async def following(connect: Connect, *arguments: Any, **more: Any) -> AsyncIterator[Connection]:
    """Connect a client that follows the status and has no eye for the graphs of models, which the same word opens."""
    async with connect(*arguments, **more) as it:
        it.client.passed_over.add(GRAPH)
        yield it


async def roots(client: StrictClient) -> list[dict[str, Any]]:
    """Return the next status."""
    params = await client.read(METHOD)
    return [vars(root) if not hasattr(root, "_asdict") else root._asdict() for root in params.roots]


async def until(client: StrictClient, state: str) -> dict[str, Any]:
    """Return the first root once it is in a state."""
    while True:
        first, *_ = await roots(client)
        if first["state"] == state:
            return first


@pytest.mark.asyncio
async def test_a_root_goes_from_cold_to_warm(connect: Connect) -> None:
    async with following(
        connect, capabilities(status=True), options={"interpreter": sys.executable, "debounceMs": 0}
    ) as it:
        (cold,) = await roots(it.client)
        assert cold == {
            "uri": it.folder.as_uri(),
            "state": "cold",
            **dict.fromkeys(("interpreter", "python", "keras", "backend", "tensorflow", "device", "sandbox")),
            **dict.fromkeys(("why", "sandboxDetail", "stage", "problem", "advice", "problemKind"), ""),
        }
        it.client.open(it.uri("model.py"), TEXT)
        evaluation = await it.host.next()
        starting = await until(it.client, "starting")
        assert (starting["interpreter"], starting["why"], starting["stage"]) == (sys.executable, "the setting", "")
        evaluation.stage("importing tensorflow")
        assert (await until(it.client, "starting"))["stage"] == "importing tensorflow"
        evaluation.stage("")
        assert (await until(it.client, "busy"))["stage"] == ""
        evaluation.finish()
        warm = await until(it.client, "warm")
        assert (warm["python"], warm["keras"], warm["backend"], warm["tensorflow"]) == (
            *("3.11.7", "3.15.1", "tensorflow", "2.21.0"),
        )
        assert (warm["device"], warm["sandbox"], warm["sandboxDetail"]) == ("cpu", "strict", "Landlock")
        await it.client.read_diagnostics(it.uri("model.py"))
        # A short evaluation is not worth a word, a long one is.
        it.client.change(it.uri("model.py"), ((0, 0, 0, 0), "\n"))
        evaluation = await it.host.next()
        await until(it.client, "busy")
        evaluation.finish()
        await until(it.client, "warm")
        await it.client.read_diagnostics(it.uri("model.py"))


@pytest.mark.asyncio
async def test_only_a_client_that_asks_is_told(connect: Connect) -> None:
    async with following(
        connect,
    ) as it:
        it.client.open(it.uri("model.py"), TEXT)
        (await it.host.next()).finish()
        await it.client.read_diagnostics(it.uri("model.py"))


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", [ProblemKind.NO_KERAS, ProblemKind.OTHER])
async def test_a_problem_says_of_which_kind_it_is(connect: Connect, kind: ProblemKind) -> None:
    problem = EnvironmentProblem("There is no Keras in /env/bin/python.", "Install it.", kind=kind)
    async with following(connect, capabilities(status=True)) as it:
        it.client.open(it.uri("model.py"), TEXT)
        (await it.host.next()).problem(problem)
        told = await until(it.client, "problem")
        assert (told["problem"], told["advice"]) == (problem.problem, problem.advice)
        assert told["problemKind"] == kind.value
        await it.client.command("shapelens.restart")
        assert await it.host.event() == "restarted"
        (await it.host.next()).finish()
        assert (await until(it.client, "warm"))["problemKind"] == ""
        await it.client.read_diagnostics(it.uri("model.py"))


@pytest.mark.asyncio
async def test_an_interpreter_that_is_not_there_is_a_problem_of_its_kind(connect: Connect) -> None:
    async with following(connect, capabilities(status=True), options={"interpreter": "no/such/python"}) as it:
        it.client.open(it.uri("model.py"), TEXT)
        assert (await until(it.client, "problem"))["problemKind"] == "no-interpreter"


@pytest.mark.asyncio
async def test_typing_while_the_host_starts_does_not_make_it_look_cold(connect: Connect) -> None:
    async with following(connect, capabilities(status=True), options={"debounceMs": 300}) as it:
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        first = await it.host.next()
        first.stage("importing tensorflow")
        while (await until(it.client, "starting"))["stage"] == "":
            pass
        it.client.change(uri, ((0, 0, 0, 0), "\n"))
        await first.until_cancelled()
        second = await it.host.next()
        second.stage("warming up")
        (root,) = await roots(it.client)
        assert (root["state"], root["stage"]) == ("starting", "warming up")
        second.stage("")
        second.finish()
        await until(it.client, "warm")
        await it.client.read_diagnostics(uri)


@pytest.mark.asyncio
async def test_each_root_has_a_state_and_so_have_files_outside(connect: Connect, tmp_path: Path) -> None:
    settings = {None: {}, (tmp_path / "two").as_uri(): {"trusted": False}}
    caps = capabilities(status=True, configuration=True)
    async with following(connect, caps, folders=["one", "two"], settings=settings) as it:
        await it.client.read(types.CLIENT_REGISTER_CAPABILITY)
        assert [root["state"] for root in await roots(it.client)] == ["cold", "untrusted"]
        it.client.open((tmp_path / "loose.py").as_uri(), TEXT)
        (await it.host.next()).finish()
        told = await roots(it.client)
        while told[-1]["state"] != "warm":
            told = await roots(it.client)
        assert [(root["uri"] != "", root["state"]) for root in told] == [
            *((True, "cold"), (True, "untrusted"), (False, "warm")),
        ]
        await it.client.read_diagnostics((tmp_path / "loose.py").as_uri())


@pytest.mark.asyncio
async def test_paused_nothing_is_evaluated_and_what_was_shown_stays(connect: Connect) -> None:
    async with following(connect, capabilities(status=True), options={"debounceMs": 0}) as it:
        uri, other = it.uri("model.py"), it.uri("other.py")
        it.client.open(uri, TEXT)
        first = await it.host.next()
        first.finish((first.source.tensor("Dense(10)(x)", (None, 10)),))
        await it.client.read_diagnostics(uri)
        await until(it.client, "warm")
        it.client.change(uri, ((0, 0, 0, 0), "\n"))
        running = await it.host.next()
        await it.client.command("shapelens.pause")
        await running.until_cancelled()
        await until(it.client, "paused")
        it.client.change(uri, ((0, 0, 0, 0), "\n"))
        it.client.save(uri)
        it.client.open(other, TEXT)
        await it.client.command("shapelens.evaluateNow")
        assert [hint[0] for hint in await it.client.hints(uri)] == [2]
        await it.client.command("shapelens.resume")
        again = {evaluation.program.path: evaluation for evaluation in (await it.host.next(), await it.host.next())}
        assert set(again) == {it.path("model.py"), it.path("other.py")}
        assert again[it.path("model.py")].version == 3
        for evaluation in again.values():
            evaluation.finish()
        await until(it.client, "warm")
        for _ in again:
            await it.client.read(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)


@pytest.mark.asyncio
async def test_paused_no_fixes_are_looked_for(connect: Connect) -> None:
    async with following(connect, options={"debounceMs": 0}) as it:
        it.host.asks_for_fixes = True
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        evaluation = await it.host.next()
        fault = Fault(evaluation.source.place("Dense(10)(x)"), "ValueError", "It is broken.", origin="keras")
        evaluation.finish(faults=(fault,))
        (item,) = (await it.client.read_diagnostics(uri)).diagnostics
        await it.client.command("shapelens.pause")
        actions = await it.client.actions(uri, (0, 4, 0, 4), diagnostics=[item])
        assert [action.kind for action in actions] == [types.CodeActionKind.QuickFix]
        assert "ignore" in actions[0].title.lower()
        assert not it.host.is_searching


@pytest.mark.asyncio
async def test_trust_that_is_given_later_begins_to_evaluate(connect: Connect) -> None:
    """As the extension for VS Code does: untrusted from the start, and the settings anew once trust is given."""
    caps = capabilities(status=True, configuration=True)
    async with following(connect, caps, options={"trusted": False}, settings={None: {"trusted": False}}) as it:
        await it.client.read(types.CLIENT_REGISTER_CAPABILITY)
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        await until(it.client, "untrusted")
        # Settings of the workspace that claim trust are an answer to a question, and no word of the client's own.
        it.client.settings = {None: {"trusted": True}}
        it.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(None))
        await it.client.command("shapelens.evaluateNow")
        assert "nothing is shown" in await it.client.command("shapelens.debugInformation")
        given = types.DidChangeConfigurationParams({"shapelens": {"trusted": True}})
        it.client.workspace_did_change_configuration(given)
        (await it.host.next()).finish()
        await until(it.client, "warm")
        await it.client.read_diagnostics(uri)


@pytest.mark.asyncio
async def test_a_root_that_is_not_trusted_stays_so_until_the_client_answers_otherwise(connect: Connect) -> None:
    caps = capabilities(status=True, configuration=True)
    async with following(connect, caps, settings={None: {"trusted": False, "debounceMs": 0}}) as it:
        await it.client.read(types.CLIENT_REGISTER_CAPABILITY)
        await until(it.client, "untrusted")
        it.client.open(it.uri("model.py"), TEXT)
        it.client.hold_settings()
        sent = types.DidChangeConfigurationParams({"shapelens": {"trusted": True}})
        it.client.workspace_did_change_configuration(sent)
        # The question for the settings of each root is on its way: what was answered last holds meanwhile.
        it.client.change(it.uri("model.py"), ((0, 0, 0, 0), "\n"))
        await it.client.command("shapelens.evaluateNow")
        assert "trusted False" in await it.client.command("shapelens.debugInformation")
        it.client.settings = {None: {"trusted": True, "debounceMs": 0}}
        it.client.release_settings()
        (await it.host.next()).finish()
        await until(it.client, "warm")
        await it.client.read_diagnostics(it.uri("model.py"))


@pytest.mark.asyncio
@pytest.mark.slow
async def test_with_real_keras(tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "SECONDS", 60.0)
    client = StrictClient()
    client.passed_over.add(GRAPH)
    environment = server_environment(repository)
    await client.start_io(sys.executable, "-m", "shapelens", "serve", env=environment, cwd=tmp_path)
    try:
        folder = types.WorkspaceFolder(tmp_path.as_uri(), "project")
        params = types.InitializeParams(
            capabilities=capabilities(status=True),
            initialization_options={"interpreter": sys.executable, "debounceMs": 0},
            workspace_folders=[folder],
        )
        await client.within(client.initialize_session(params))
        await until(client, "cold")
        uri = (tmp_path / "model.py").as_uri()
        client.open(uri, "import keras\nx = keras.Input((3,))\ny = keras.layers.Dense(2)(x)\n")
        stages = []
        while (root := (await roots(client))[0])["state"] != "warm":
            stages.append(root["stage"])
        assert any("import" in stage for stage in stages), stages
        assert root["interpreter"] == sys.executable and root["keras"].startswith("3.")
        assert root["backend"] == "tensorflow" and root["sandbox"] in ("strict", "basic")
        await client.read_diagnostics(uri)
        await client.command("shapelens.pause")
        await until(client, "paused")
        client.change(uri, ((2, 23, 2, 24), "5"))
        assert [hint[2] for hint in await client.hints(uri) if hint[0] == 2] != []
        await client.command("shapelens.resume")
        await until(client, "warm")
        await client.read_diagnostics(uri)
        assert any("5" in hint[2] for hint in await client.hints(uri) if hint[0] == 2)
        await client.command("shapelens.restart")
        await until(client, "starting")
        await until(client, "warm")
        assert await client.finish() == 0
    finally:
        await client.kill()
