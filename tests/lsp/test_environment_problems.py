"""An environment that cannot evaluate is told once, and never needs a restart by hand."""

from __future__ import annotations

import sys

import pytest
from lsprotocol import types

from lsp.client import capabilities
from lsp.conftest import Connect
from shapelens.evaluation.problem import EnvironmentProblem

TEXT = "y = Dense(10)(x)\n"
PROBLEM = EnvironmentProblem("There is no Keras in /env/bin/python.", "Install it.", "ModuleNotFoundError: keras")


@pytest.mark.asyncio
async def test_a_problem_is_told_once_for_a_root(connect: Connect) -> None:
    async with connect(options={"debounceMs": 0}) as it:
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        (await it.host.next()).problem(PROBLEM)
        shown = await it.client.read(types.WINDOW_SHOW_MESSAGE)
        assert shown.message == "There is no Keras in /env/bin/python. Install it."
        it.client.change(uri, ((0, 0, 0, 0), "\n"))
        it.client.open(it.uri("other.py"), TEXT)
        debug = await it.client.command("shapelens.debugInformation")
        assert "ModuleNotFoundError: keras" in debug
        # Saving tries again without a second message.
        it.client.save(uri)
        (await it.host.next()).problem(PROBLEM)
        while "problem: " not in await it.client.command("shapelens.debugInformation"):
            pass


@pytest.mark.asyncio
async def test_diagnostics_go_when_the_environment_does(connect: Connect) -> None:
    async with connect(options={"debounceMs": 0}) as it:
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        first = await it.host.next()
        first.finish((first.source.tensor("Dense(10)(x)", (None, 10)),))
        await it.client.read_diagnostics(uri)
        it.client.change(uri, ((0, 0, 0, 0), "\n"))
        (await it.host.next()).problem(PROBLEM)
        await it.client.read(types.WINDOW_SHOW_MESSAGE)
        assert (await it.client.read_diagnostics(uri)).diagnostics == ()
        assert await it.client.hints(uri) == []


@pytest.mark.asyncio
async def test_new_settings_try_again(connect: Connect) -> None:
    async with connect() as it:
        it.client.open(it.uri("model.py"), TEXT)
        (await it.host.next()).problem(PROBLEM)
        await it.client.read(types.WINDOW_SHOW_MESSAGE)
        settings = {"shapelens": {"interpreter": sys.executable}}
        it.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings))
        evaluation = await it.host.next()
        assert evaluation.key["interpreter"] == sys.executable
        evaluation.finish()
        await it.client.read_diagnostics(it.uri("model.py"))


@pytest.mark.asyncio
async def test_a_wrong_interpreter_is_told_without_an_evaluation(connect: Connect) -> None:
    async with connect(options={"interpreter": "no/such/python"}) as it:
        it.client.open(it.uri("model.py"), TEXT)
        shown = await it.client.read(types.WINDOW_SHOW_MESSAGE)
        assert "no/such/python" in shown.message


@pytest.mark.asyncio
async def test_restart_starts_afresh(connect: Connect) -> None:
    async with connect() as it:
        it.client.open(it.uri("model.py"), TEXT)
        (await it.host.next()).problem(PROBLEM)
        await it.client.read(types.WINDOW_SHOW_MESSAGE)
        await it.client.command("shapelens.restart")
        assert await it.host.event() == "restarted"
        (await it.host.next()).finish()
        await it.client.read_diagnostics(it.uri("model.py"))


@pytest.mark.asyncio
async def test_a_cold_start_is_one_progress_however_many_wait_and_type(connect: Connect) -> None:
    async with connect(capabilities(progress=True), options={"debounceMs": 0}) as it:
        one, two = it.uri("one.py"), it.uri("two.py")
        it.client.open(one, TEXT)
        first = await it.host.next()
        it.client.open(two, TEXT)
        second = await it.host.next()
        first.stage("importing tensorflow")
        token = (await it.client.read(types.WINDOW_WORK_DONE_PROGRESS_CREATE)).token
        assert isinstance(token, str)
        begin = await it.client.read(types.PROGRESS)
        assert begin.token == token
        assert (begin.value["kind"], begin.value["message"]) == ("begin", "importing tensorflow")
        second.stage("importing tensorflow")
        # Typing stops the evaluation that waits, but not the host that starts.
        it.client.change(one, ((0, 0, 0, 0), "\n"))
        await first.until_cancelled()
        third = await it.host.next()
        third.stage("importing tensorflow")
        third.stage("warming up")
        report = await it.client.read(types.PROGRESS)
        assert (report.value["kind"], report.value["message"]) == ("report", "warming up")
        for evaluation in (second, third):
            evaluation.stage("")
            evaluation.finish()
        end = await it.client.read(types.PROGRESS)
        assert (end.token, end.value["kind"]) == (token, "end")
        for _ in range(2):
            await it.client.read(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)


@pytest.mark.asyncio
async def test_a_host_that_fails_to_start_ends_its_progress(connect: Connect) -> None:
    async with connect(capabilities(progress=True)) as it:
        it.client.open(it.uri("model.py"), TEXT)
        evaluation = await it.host.next()
        evaluation.stage("importing keras")
        await it.client.read(types.WINDOW_WORK_DONE_PROGRESS_CREATE)
        await it.client.read(types.PROGRESS)
        evaluation.problem(PROBLEM)
        assert (await it.client.read(types.PROGRESS)).value["kind"] == "end"
        await it.client.read(types.WINDOW_SHOW_MESSAGE)
