"""Diagnostics are pushed or pulled, never both, and each stands in the file it speaks of."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

from lsp.client import capabilities
from lsp.conftest import Connect
from shapelens.worker.contract import Fault, Frame
from support.made import Source

TEXT = "x = Input((3,))\nz = Dense(4)(x)\n"


def broken(source: Source, piece: str) -> Fault:
    return Fault(source.place(piece), "ValueError", "broken", origin="keras")


@pytest.mark.asyncio
async def test_a_client_that_pulls_is_asked_to_and_never_pushed_to(connect: Connect) -> None:
    async with connect(capabilities(pull=True), options={"debounceMs": 0}) as it:
        provider = it.result.capabilities.diagnostic_provider
        assert isinstance(provider, types.DiagnosticOptions) and provider.inter_file_dependencies
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        assert (await it.client.pull(uri)).items == ()
        first = await it.host.next()
        first.finish((), (broken(first.source, "Dense(4)(x)"),))
        await it.client.read(types.WORKSPACE_DIAGNOSTIC_REFRESH)
        report = await it.client.pull(uri)
        assert [item.range.start.line for item in report.items] == [1]
        again = await it.client.pull(uri, report.result_id)
        assert again.kind == "unchanged" and again.result_id == report.result_id
        # While the evaluation of the edit runs, the diagnostics are where the edit moved them.
        it.client.change(uri, ((0, 0, 0, 0), "\n"))
        moved = await it.client.pull(uri, report.result_id)
        assert [item.range.start.line for item in moved.items] == [2]
        second = await it.host.next()
        second.finish()
        await it.client.read(types.WORKSPACE_DIAGNOSTIC_REFRESH)
        assert (await it.client.pull(uri, moved.result_id)).items == ()


@pytest.mark.asyncio
async def test_a_client_that_is_pushed_to_is_not_told_that_it_may_pull(connect: Connect) -> None:
    async with connect() as it:
        assert it.result.capabilities.diagnostic_provider is None


@pytest.mark.asyncio
async def test_a_fault_in_a_module_stands_in_that_module(connect: Connect) -> None:
    async with connect(options={"debounceMs": 0}) as it:
        blocks = Source("# 🚀\ndef block(x):\n    return Dense(4)(x)\n", it.path("blocks.py"))
        Path(blocks.path).write_text(blocks.text, encoding="utf-8")
        uri = it.uri("model.py")
        text = "from blocks import block\ny = block(x)\n"
        it.client.open(uri, text)
        evaluation = await it.host.next()
        call = Frame(evaluation.source.place("block(x)"), "<module>")
        fault = Fault(blocks.place("Dense(4)(x)"), "ValueError", "broken", (call,), "keras")
        evaluation.finish((), (fault,))
        own = await it.client.read(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        other = await it.client.read(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        pushed = {own.uri: own, other.uri: other}
        (in_module,) = pushed[it.uri("blocks.py")].diagnostics
        assert in_module.range.start == types.Position(2, 11)
        assert pushed[it.uri("blocks.py")].version is None
        assert in_module.related_information is not None
        assert in_module.related_information[0].location.uri == uri
        it.client.close(uri)
        gone = {(await it.client.read(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)).uri for _ in range(2)}
        assert gone == {uri, it.uri("blocks.py")}


@pytest.mark.asyncio
async def test_an_edited_module_is_used_unsaved_and_evaluates_its_importers_again(connect: Connect) -> None:
    async with connect(options={"debounceMs": 0}) as it:
        model, blocks = it.uri("model.py"), it.uri("blocks.py")
        it.client.open(model, "from blocks import (\n    block,\n)\ny = block(x)\n")
        (await it.host.next()).finish()
        await it.client.read_diagnostics(model)
        it.client.open(blocks, "def block(x):\n    return x\n")
        for evaluation in [await it.host.next(), await it.host.next()]:
            if evaluation.program.path == it.path("model.py"):
                (module,) = evaluation.program.modules
                assert (module.path, module.text) == (it.path("blocks.py"), "def block(x):\n    return x\n")
            evaluation.finish()
        await it.client.read_diagnostics(blocks)
        it.client.change(blocks, ((1, 11, 1, 12), "Dense(4)(x)"))
        for evaluation in [await it.host.next(), await it.host.next()]:
            texts = [evaluation.program.text, *(module.text for module in evaluation.program.modules)]
            assert "def block(x):\n    return Dense(4)(x)\n" in texts
            evaluation.finish()
        await it.client.read_diagnostics(blocks)


@pytest.mark.asyncio
async def test_a_client_without_related_places_reads_them_in_the_message(connect: Connect) -> None:
    async with connect(capabilities(related=False)) as it:
        uri = it.uri("model.py")
        it.client.open(uri, "def f(x):\n    return Dense(4)(x)\ny = f(x)\n")
        evaluation = await it.host.next()
        call = Frame(evaluation.source.place("f(x)", 2), "<module>")
        evaluation.finish((), (Fault(evaluation.source.place("Dense(4)(x)"), "E", "broken", (call,), "keras"),))
        (diagnostic,) = (await it.client.read_diagnostics(uri)).diagnostics
        assert diagnostic.related_information is None
        assert "model.py:3" in diagnostic.message


@pytest.mark.asyncio
async def test_severities_are_the_users(connect: Connect) -> None:
    async with connect(options={"debounceMs": 0}) as it:
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        first = await it.host.next()
        first.finish((), (broken(first.source, "Dense(4)(x)"),))
        (diagnostic,) = (await it.client.read_diagnostics(uri)).diagnostics

        async def configured(settings: object) -> tuple[types.Diagnostic, ...]:
            params = types.DidChangeConfigurationParams({"shapelens": {"debounceMs": 0, "diagnostics": settings}})
            it.client.workspace_did_change_configuration(params)
            evaluation = await it.host.next()
            evaluation.finish((), (broken(evaluation.source, "Dense(4)(x)"),))
            return tuple((await it.client.read_diagnostics(uri)).diagnostics)

        (changed,) = await configured({"severity": {diagnostic.code: "hint"}})
        assert changed.severity is types.DiagnosticSeverity.Hint
        assert await configured({"severity": {diagnostic.code: "off"}}) == ()
        assert len(await configured({"enable": True})) == 1
        assert await configured({"enable": False}) == ()
