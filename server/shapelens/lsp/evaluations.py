"""From a source's text to what is shown of it."""

from __future__ import annotations

import asyncio
import logging
import tokenize
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from shapelens.diagnostics.model import Diagnostic, Severity
from shapelens.diagnostics.not_evaluated import SYNTAX_ERRORS
from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.companions import Companions
from shapelens.evaluation.evaluator import EvaluationRequest, Evaluator
from shapelens.evaluation.interpreters import Interpreter, choose_interpreter
from shapelens.evaluation.problem import EnvironmentProblem
from shapelens.evaluation.programs import Programs
from shapelens.evaluation.refused_choice import was_refused
from shapelens.features.cells import examine
from shapelens.lsp.client import Client
from shapelens.lsp.complaints import Complaints
from shapelens.lsp.documents import Documents, Snapshot, Source
from shapelens.lsp.progress import Progress
from shapelens.lsp.publish import Publisher, places
from shapelens.lsp.refresh import Refresh
from shapelens.lsp.repairable import Repairable
from shapelens.lsp.roots import Root, Roots
from shapelens.lsp.shown import Shown
from shapelens.lsp.status import Status
from shapelens.settings.model import Settings, expand_folder
from shapelens.source.comments import read_comments
from shapelens.source.imports import importers
from shapelens.source.lines import Lines
from shapelens.worker.contract import Outcome, Program

logger = logging.getLogger(__name__)

_STREAM_AFTER = 0.25
"""Seconds an evaluation runs before its partial results are shown; a shorter one is shown once, as a whole."""

_IDLE = 0.3
"""Seconds without an edit before callers are evaluated again."""

_STREAM_EVERY = 0.1
"""Seconds between two partial results."""


@dataclass(frozen=True)
class View:
    """Everything that shows results, handed over as one."""

    client: Client
    publisher: Publisher
    refresh: Refresh
    progress: Progress
    status: Status
    complaints: Complaints


@dataclass(frozen=True)
class _Landed:
    """A result that is shown, and whose callers may be asked."""

    source: Source
    snapshot: Snapshot
    own: Repairable
    root: Path
    unsaved: Mapping[str, str]


class Evaluations:
    """Evaluates sources and shows what comes of it.

    How results of a running evaluation meet those of the last one: where nothing is shown yet, each partial result
    is shown as it comes, for there is nothing that could flicker. Otherwise only errors that are not shown yet are
    added to the last result, since an exception that was raised stays raised; hints, lenses, and everything that is
    said because something is *absent* wait for the end, or they would vanish and come back at every edit.
    """

    def __init__(self, evaluator: Evaluator, documents: Documents, roots: Roots, view: View) -> None:
        self._evaluator = evaluator
        self._documents = documents
        self._roots = roots
        self._view = view
        self._landed: dict[str, _Landed] = {}
        self._programs = Programs()
        self._companions = Companions(evaluator, self._programs)

    async def run(self, uri: str) -> None:
        """Evaluate the present text of a source and show the result, unless the text changes meanwhile."""
        # Callers of what was shown before must not be asked where nothing may be evaluated any more.
        self._landed.pop(uri, None)
        source = self._documents.source(uri)
        if source is None or self._roots.paused:
            return
        root = self._roots.of(source.path)
        if root.awaits_settings:
            return  # evaluated when they come
        if not root.settings.trusted or root.problem is not None:
            self.clear(source)
            return
        if _is_half_typed(source):
            # What was shown stays, at its place in the new text.
            self._trace(source.snapshot, "a cell does not parse, what was shown stays")
            return
        if read_comments(source.snapshot.text).off is not None:
            self.clear(source)
            self._trace(source.snapshot, "turned off by a comment")
            return
        self._view.complaints.tell(await self._roots.look_at_project(source.path))
        settings = self._roots.settings_of(source.path)
        chosen = await self._interpreter(root, source, settings)
        if isinstance(chosen, EnvironmentProblem):
            self._tell_problem(root, chosen)
            return
        key = settings.host_key(chosen.path)
        self._view.status.chosen(root, chosen, key)
        snapshot = source.snapshot
        unsaved = {other.path: other.text for other in self._documents.files()}
        program = await asyncio.to_thread(self._program, snapshot, root, settings, unsaved)
        request = EvaluationRequest(key, program, snapshot.version, settings.limits)
        first = source.shown is None
        partial = _Partial(lambda analysis: self._show_partial(source, snapshot, analysis, first))
        try:
            with self._view.progress.watch(key) as told, self._view.status.evaluating(root, told) as on_stage:
                result = await self._evaluator.evaluate(request, partial.take, on_stage)
        finally:
            await partial.close()
        if not self.is_current(source, snapshot):
            return
        if isinstance(result, EnvironmentProblem):
            self._tell_problem(root, result)
            return
        if not was_refused(result):
            self._view.status.evaluated(root, result.environment)
        self._companions.keep(request, result)
        own = Repairable(request, result, snapshot.notebook)
        landed = await self._land(source, snapshot, own)
        # Without a folder that the user opened, there is no saying where to stop looking.
        if landed and root.path is not None:
            self._landed[uri] = _Landed(source, snapshot, own, root.path, unsaved)

    def has_landed(self, uri: str) -> float | None:
        """Return after how many seconds the callers of a source may be asked, None where there is nothing to ask."""
        landed = self._landed.get(uri)
        if landed is None:
            return None
        return _IDLE if landed.source.callers is not None else 0.0

    async def ask_callers(self, uri: str) -> None:
        """Show what callers tell of code that a source does not call itself; until then the last they told stays."""
        it = self._landed.pop(uri, None)
        if it is None or not self.is_current(it.source, it.snapshot):
            return
        callers = await self._companions.of(it.own.request, it.own.analysis, it.root, it.unsaved)
        if not self.is_current(it.source, it.snapshot):
            return
        known = it.source.callers.analysis if it.source.callers else None
        if _told_by(callers) != _told_by(known):
            it.source.callers = Shown(callers, (), {}) if callers else None
            await self._land(it.source, it.snapshot, it.own)

    def is_current(self, source: Source, snapshot: Snapshot) -> bool:
        """Return whether the source is still open with just this text."""
        return self._documents.source(source.uri) is source and source.snapshot is snapshot

    def importers(self, source: Source) -> tuple[Source, ...]:
        """Return the open sources whose programs may import this one."""
        by_path = {other.path: other for other in self._documents}
        paths = importers(source.path, {path: other.text for path, other in by_path.items()})
        return tuple(by_path[path] for path in paths)

    def called(self, source: Source) -> tuple[Source, ...]:
        """Return the open sources whose shapes come from calls in this one."""
        return tuple(
            other
            for other in self._documents
            if other.callers is not None
            and any(
                call.location.path == source.path for code in other.callers.analysis.uncalled for call in code.calls
            )
        )

    def clear(self, source: Source) -> None:
        """Show nothing of a source any more."""
        if source.shown is not None:
            source.shown = None
            self.shown_changed(source)

    def shown_changed(self, source: Source) -> None:
        """Bring the client up to date about a source."""
        self._view.publisher.update(source)
        self._view.refresh.all()
        self._view.refresh.model_graph(source.uri)

    async def _interpreter(self, root: Root, source: Source, settings: Settings) -> Interpreter | EnvironmentProblem:
        folder = root.folder(source.path)
        setting = settings.interpreter
        explicit = None if setting is None else expand_folder(setting, folder)
        # It looks at many files, which may lie on a slow network.
        return await asyncio.to_thread(choose_interpreter, folder, explicit)

    def _program(self, snapshot: Snapshot, root: Root, settings: Settings, unsaved: Mapping[str, str]) -> Program:
        is_notebook = snapshot.notebook is not None
        # Jupyter runs a notebook in the notebook's own folder.
        folder = Path(snapshot.path).parent if is_notebook else root.folder(snapshot.path)
        directory = settings.directory(folder)
        return self._programs.program(
            snapshot.path, snapshot.text, directory, root.folder(snapshot.path), unsaved, is_notebook
        )

    def _tell_problem(self, root: Root, problem: EnvironmentProblem) -> None:
        root.problem = problem
        self._view.status.changed()
        for source in self._documents:
            if self._roots.of(source.path) is root:
                self.clear(source)
        if root.told != problem:
            root.told = problem
            logger.warning("%s %s", problem, problem.detail)
            if not self._view.status.shown:  # a client that follows the status names the problem itself
                self._view.client.show(str(problem))

    async def _land(self, source: Source, snapshot: Snapshot, own: Repairable) -> bool:
        """Show a result; return whether it is shown."""
        analysis = own.analysis
        outcome = analysis.finished.outcome if analysis.finished else None
        if outcome is Outcome.CANCELLED:
            self._trace(snapshot, "cancelled, not shown")
            return False
        shown = source.shown
        if outcome is Outcome.UNPARSABLE and shown is not None and not _is_unparsable(shown.analysis):
            # Half-typed: what was shown stays, at its place in the new text.
            self._trace(snapshot, "does not parse, what was shown stays")
            return False
        if shown is not None and self._is_half_typed_elsewhere(analysis, snapshot.path):
            self._trace(snapshot, "an open module does not parse, what was shown stays")
            return False
        callers = source.callers.analysis if source.callers else None
        analysis, diagnostics = await asyncio.to_thread(examine, analysis, snapshot.notebook, callers)
        files = await self._read(places(diagnostics))
        if not self.is_current(source, snapshot):
            return False
        source.shown = Shown(analysis, diagnostics, files, snapshot.notebook, own)
        self._trace(snapshot, _told(analysis))
        self.shown_changed(source)
        return True

    def _is_half_typed_elsewhere(self, analysis: Analysis, own: str) -> bool:
        """Tell whether the program fails only because a module that is being edited does not parse now."""
        return any(
            fault.exception in SYNTAX_ERRORS
            and fault.location.path != own
            and self._documents.at_path(fault.location.path) is not None
            for fault in analysis.faults
        )

    def _trace(self, snapshot: Snapshot, told: str) -> None:
        self._view.client.trace(f"{Path(snapshot.path).name} version {snapshot.version}: {told}")

    async def _show_partial(self, source: Source, snapshot: Snapshot, analysis: Analysis, first: bool) -> None:
        """Show what is known while the evaluation runs; ``first`` where nothing was shown at its start."""
        analysis, diagnostics = await asyncio.to_thread(examine, analysis, snapshot.notebook)
        errors = _errors(diagnostics)
        files = await self._read(places(errors))
        if not self.is_current(source, snapshot):
            return
        if first:
            source.shown = Shown(analysis, errors, files, snapshot.notebook)
            new = bool(errors)
        else:
            new = source.shown is not None and source.shown.add(errors, files)
        if new:
            self._view.publisher.update(source)
        if new or first:
            self._view.refresh.all()

    async def _read(self, paths: Iterable[str]) -> dict[str, Lines]:
        """Return the lines of files that are not open; one that cannot be read has none."""
        closed = [path for path in paths if self._documents.at_path(path) is None]
        return {path: Lines(await asyncio.to_thread(_text_of, path)) for path in closed}


class _Partial:
    """Shows the partial results of one evaluation: one at a time, always the latest, and only in a long evaluation."""

    def __init__(self, show: Callable[[Analysis], Awaitable[None]]) -> None:
        self._show = show
        self._latest: Analysis | None = None
        self._task: asyncio.Task[None] | None = None

    def take(self, analysis: Analysis) -> None:
        """Note what is known so far."""
        self._latest = analysis
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Show no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        await asyncio.sleep(_STREAM_AFTER)
        while True:
            analysis, self._latest = self._latest, None
            if analysis is not None:
                await self._show(analysis)
            await asyncio.sleep(_STREAM_EVERY)


def _told_by(callers: Analysis | None) -> object:
    return callers and (callers.observations, callers.faults, callers.uncalled)


def _errors(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(item for item in diagnostics if item.severity is Severity.ERROR)


def _is_half_typed(source: Source) -> bool:
    """Tell whether cells that are being typed in are all that is new since the cells that are shown."""
    shown, notebook = source.shown, source.snapshot.notebook
    if shown is None or shown.notebook is None or notebook is None:
        return False
    return notebook.is_half_typed_since(shown.notebook)


def _is_unparsable(analysis: Analysis) -> bool:
    return analysis.finished is not None and analysis.finished.outcome is Outcome.UNPARSABLE


def _told(analysis: Analysis) -> str:
    return (
        f"{analysis.status.value} in {analysis.seconds * 1000:.0f} ms, {len(analysis.observations)} observations, "
        f"{len(analysis.faults)} faults, {len(analysis.skips)} skips"
    )


def _text_of(path: str) -> str:
    try:
        with tokenize.open(path) as file:
            return file.read()
    except (OSError, SyntaxError, UnicodeDecodeError):
        return ""
