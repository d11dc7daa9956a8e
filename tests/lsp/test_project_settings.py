"""What projects say in pyproject.toml, as an editor sees it; and the pages of codes."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types
from pygls.uris import to_fs_path

from lsp.client import capabilities
from lsp.conftest import Connect
from lsp.host import Evaluation
from shapelens.worker.contract import Fault

TEXT = "y = Dense(10)(x)\n"


def put(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "pyproject.toml"
    file.write_text(text, encoding="utf-8")
    return file


def finish_with_error(evaluation: Evaluation) -> None:
    place = evaluation.source.place("Dense(10)(x)")
    evaluation.finish(faults=(Fault(place, "ValueError", "It is broken.", origin="keras"),))


@pytest.mark.asyncio
async def test_a_project_stands_below_the_editors_settings(connect: Connect, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    put(tmp_path, "[tool.shapelens]\nbudget = {seconds = 30, memoryMb = 4096}\ncwd = 'src'\ndevice = 'gpu'\n")
    async with connect(options={"budget": {"seconds": 3}}) as it:
        it.client.open(it.uri("model.py"), TEXT)
        evaluation = await it.host.next()
        assert (evaluation.limits.seconds, evaluation.limits.memory_mb) == (3.0, 4096)
        assert (evaluation.program.directory, evaluation.key["device"]) == (str(tmp_path / "src"), "cpu")
        evaluation.finish()
        await it.client.read_diagnostics(it.uri("model.py"))
        logged = (await it.client.read(types.WINDOW_LOG_MESSAGE)).message
        assert logged.startswith(f"{tmp_path / 'pyproject.toml'}: tool.shapelens.device is not a project's to choose")
        # Told once.
        it.client.save(it.uri("model.py"))
        (await it.host.next()).finish()


@pytest.mark.asyncio
async def test_a_change_on_the_disk_counts_from_the_next_evaluation(connect: Connect, tmp_path: Path) -> None:
    async with connect() as it:
        uri = it.uri("model.py")
        it.client.open(uri, TEXT)
        finish_with_error(await it.host.next())
        (item,) = (await it.client.read_diagnostics(uri)).diagnostics
        assert item.severity is types.DiagnosticSeverity.Error
        for level, severity in (("hint", types.DiagnosticSeverity.Hint), ("off", None)):
            put(tmp_path, f"[tool.shapelens.diagnostics.severity]\nkeras-error = '{level}'")
            it.client.save(uri)
            finish_with_error(await it.host.next())
            told = (await it.client.read_diagnostics(uri)).diagnostics
            assert [item.severity for item in told] == ([severity] if severity else [])


@pytest.mark.asyncio
async def test_a_client_that_watches_files_has_everything_evaluated(connect: Connect, tmp_path: Path) -> None:
    async with connect(capabilities(watch=True)) as it:
        (registration,) = (await it.client.read(types.CLIENT_REGISTER_CAPABILITY)).registrations
        assert registration.method == types.WORKSPACE_DID_CHANGE_WATCHED_FILES
        it.client.open(it.uri("model.py"), TEXT)
        (await it.host.next()).finish()
        await it.client.read_diagnostics(it.uri("model.py"))
        file = put(tmp_path, "[tool.shapelens]\nbudget.seconds = 30")
        event = types.FileEvent(file.as_uri(), types.FileChangeType.Created)
        it.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
        evaluation = await it.host.next()
        assert evaluation.limits.seconds == 30.0
        evaluation.finish()


@pytest.mark.asyncio
async def test_each_file_has_the_project_that_is_nearest(connect: Connect, tmp_path: Path) -> None:
    put(tmp_path, "[tool.shapelens]\nbudget.seconds = 20\ninlayHints.enable = false")
    put(tmp_path / "one", "[tool.shapelens]\nbudget.seconds = 21")
    put(tmp_path / "two", "[project]\nname = 'two'")
    async with connect() as it:
        for name, seconds, hints in (("one/a.py", 21.0, 1), ("two/a.py", 20.0, 0)):
            it.client.open(it.uri(name), TEXT)
            evaluation = await it.host.next()
            assert evaluation.limits.seconds == seconds
            evaluation.finish((evaluation.source.tensor("Dense(10)(x)", (None, 10)),))
            await it.client.read_diagnostics(it.uri(name))
            assert len(await it.client.hints(it.uri(name))) == hints


@pytest.mark.asyncio
async def test_a_project_is_not_even_read_without_trust(connect: Connect, tmp_path: Path) -> None:
    put(tmp_path, "[tool.shapelens]\ntrusted = true")
    async with connect(options={"trusted": False}) as it:
        it.client.open(it.uri("model.py"), TEXT)
        assert "trusted False" in await it.client.command("shapelens.debugInformation")


@pytest.mark.asyncio
@pytest.mark.parametrize("pages", [True, False])
async def test_a_diagnostic_leads_to_the_page_of_its_code(connect: Connect, pages: bool) -> None:
    async with connect(capabilities(pages=pages)) as it:
        it.client.open(it.uri("model.py"), TEXT)
        finish_with_error(await it.host.next())
        (item,) = (await it.client.read_diagnostics(it.uri("model.py"))).diagnostics
        assert item.tags is None
        if not pages:
            assert item.code_description is None
            return
        page, _, anchor = item.code_description.href.partition("#")
        assert anchor == "keras-error"
        assert "\n## keras-error\n" in Path(to_fs_path(page) or "").read_text(encoding="utf-8")
