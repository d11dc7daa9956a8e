"""Settings from every source, several roots with their own, and trust."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from lsprotocol import types

from lsp.client import capabilities
from lsp.conftest import Connect

TEXT = "y = Dense(10)(x)\n"


@pytest.mark.asyncio
async def test_each_root_has_its_own_settings_and_environment(connect: Connect, tmp_path: Path) -> None:
    other = tmp_path / "two"
    settings = {
        None: {"interpreter": sys.executable},
        other.as_uri(): {"interpreter": sys.executable, "sandbox": "strict", "cwd": "src", "budget.memoryMb": 512},
    }
    options = {"budget": {"seconds": 3}}
    async with connect(
        capabilities(configuration=True), folders=["one", "two"], options=options, settings=settings
    ) as it:
        await it.client.read(types.CLIENT_REGISTER_CAPABILITY)
        it.client.open(it.uri("model.py"), TEXT)
        first = await it.host.next()
        it.client.open((other / "model.py").as_uri(), TEXT)
        second = await it.host.next()
        by_path = {first.program.path: first, second.program.path: second}
        one, two = by_path[it.path("model.py")], by_path[str(other / "model.py")]
        assert (one.key["interpreter"], one.key["device"], one.key["sandbox"]) == (sys.executable, "cpu", "auto")
        assert two.key["sandbox"] == "strict"
        assert two.program.directory == str(other / "src")
        assert (one.limits.seconds, one.limits.memory_mb) == (3.0, 2048)
        assert (two.limits.seconds, two.limits.memory_mb) == (3.0, 512)
        one.finish()
        two.finish()
        for _ in range(2):
            await it.client.read(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)


@pytest.mark.asyncio
async def test_folders_come_and_go(connect: Connect) -> None:
    async with connect(folders=["one"]) as it:
        other = it.folder.parent / "two"
        (other / "pkg").mkdir(parents=True)
        uri = (other / "pkg" / "model.py").as_uri()
        it.client.open(uri, TEXT)
        outside = await it.host.next()
        assert outside.program.directory == str(other / "pkg")
        outside.finish()
        await it.client.read_diagnostics(uri)
        folder = types.WorkspaceFolder(other.as_uri(), "two")
        it.client.workspace_did_change_workspace_folders(
            types.DidChangeWorkspaceFoldersParams(types.WorkspaceFoldersChangeEvent(added=[folder], removed=[]))
        )
        inside = await it.host.next()
        assert inside.program.directory == str(other)
        inside.finish()
        it.client.workspace_did_change_workspace_folders(
            types.DidChangeWorkspaceFoldersParams(types.WorkspaceFoldersChangeEvent(added=[], removed=[folder]))
        )
        again = await it.host.next()
        assert again.program.directory == str(other / "pkg")
        again.finish()


@pytest.mark.asyncio
async def test_mistakes_in_settings_are_told_once_and_keep_the_defaults(connect: Connect) -> None:
    wrong = {"budget": {"seconds": "much"}, "colour": "blue", "device": "tpu"}
    async with connect(options=wrong) as it:
        logged = [(await it.client.read(types.WINDOW_LOG_MESSAGE)).message for _ in range(3)]
        assert sorted(logged) == [
            "The setting shapelens.budget.seconds must be a number from 0.1 to 3600, not 'much'; its default is kept.",
            "The setting shapelens.device must be one of cpu, gpu, not 'tpu'; its default is kept.",
            "Unknown setting shapelens.colour.",
        ]
        it.client.open(it.uri("model.py"), TEXT)
        evaluation = await it.host.next()
        assert evaluation.limits.seconds == 10.0 and evaluation.key["device"] == "cpu"
        evaluation.finish()
        await it.client.read_diagnostics(it.uri("model.py"))
        it.client.workspace_did_change_configuration(types.DidChangeConfigurationParams({"shapelens": wrong}))
        (await it.host.next()).finish()


@pytest.mark.asyncio
async def test_without_trust_nothing_is_evaluated(connect: Connect) -> None:
    caps = capabilities(configuration=True)
    settings = {None: {"trusted": True, "debounceMs": 0}}
    async with connect(caps, options={"trusted": False}, settings=settings) as it:
        await it.client.read(types.CLIENT_REGISTER_CAPABILITY)
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        it.client.change(uri, ((0, 0, 0, 0), "\n"))
        await it.client.command("shapelens.evaluateNow")
        assert "trusted False" in await it.client.command("shapelens.debugInformation")
        # The workspace's own settings cannot give trust; the client can.
        it.client.workspace_did_change_configuration(
            types.DidChangeConfigurationParams({"shapelens": {"trusted": True}})
        )
        evaluation = await it.host.next()
        evaluation.finish((evaluation.source.tensor("Dense(10)(x)", (None, 10)),))
        await it.client.read_diagnostics(uri)
        assert await it.client.hints(uri) != []
        it.client.workspace_did_change_configuration(
            types.DidChangeConfigurationParams({"shapelens": {"trusted": False}})
        )
        while await it.client.hints(uri):
            pass


@pytest.mark.asyncio
async def test_hints_and_lenses_can_be_turned_off(connect: Connect) -> None:
    async with connect(options={"inlayHints": {"enable": False}, "codeLens.enable": False}) as it:
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        evaluation = await it.host.next()
        evaluation.finish((evaluation.source.tensor("Dense(10)(x)", (None, 10)),))
        await it.client.read_diagnostics(uri)
        assert await it.client.hints(uri) == []
        assert await it.client.lenses(uri) == ()
        assert await it.client.hover(uri, 0, 4) is not None


@pytest.mark.asyncio
async def test_settings_that_are_silent_about_trust_do_not_give_it(connect: Connect) -> None:
    async with connect(options={"trusted": False}) as it:
        it.client.workspace_did_change_configuration(
            types.DidChangeConfigurationParams({"shapelens": {"debounceMs": 0}})
        )
        it.client.open(it.uri("model.py"), TEXT)
        it.client.change(it.uri("model.py"), ((0, 0, 0, 0), "\n"))
        debug = await it.client.command("shapelens.debugInformation")
        assert "trusted False" in debug and "debounce_ms 0" in debug


@pytest.mark.asyncio
async def test_trust_that_cannot_be_read_is_not_given(connect: Connect) -> None:
    async with connect(options={"trusted": "no"}) as it:
        message = (await it.client.read(types.WINDOW_LOG_MESSAGE)).message
        assert message.endswith("must be true or false, not 'no'; nothing is evaluated.")
        it.client.open(it.uri("model.py"), TEXT)
        assert "trusted False" in await it.client.command("shapelens.debugInformation")


@pytest.mark.asyncio
async def test_nothing_is_evaluated_before_the_client_told_its_settings(connect: Connect) -> None:
    caps = capabilities(configuration=True)
    async with connect(caps, settings={None: {"trusted": False}}, hold_settings=True) as it:
        await it.client.read(types.CLIENT_REGISTER_CAPABILITY)
        it.client.open(it.uri("model.py"), TEXT)
        # Longer than any client takes, shorter than a user would wait: still nothing.
        assert "nothing is shown" in await it.client.command("shapelens.debugInformation")
        it.client.release_settings()
        while "trusted False" not in await it.client.command("shapelens.debugInformation"):
            pass
        assert "nothing is shown" in await it.client.command("shapelens.debugInformation")
