"""From a document's text to what is shown of it."""

from __future__ import annotations

import asyncio
import logging
import tokenize
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from shapelens.diagnostics import diagnose
from shapelens.diagnostics.model import Diagnostic, Severity
from shapelens.diagnostics.not_evaluated import SYNTAX_ERRORS
from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.evaluator import EvaluationRequest, Evaluator, HostKey
from shapelens.evaluation.interpreters import choose_interpreter
from shapelens.evaluation.problem import EnvironmentProblem
from shapelens.lsp.client import Client
from shapelens.lsp.documents import Document, Documents, Snapshot
from shapelens.lsp.progress import Progress
from shapelens.lsp.publish import Publisher, foreign_paths
from shapelens.lsp.refresh import Refresh
from shapelens.lsp.roots import Root, Roots
from shapelens.lsp.settings import expand_folder
from shapelens.lsp.shown import Shown
from shapelens.source.imports import importers
from shapelens.source.lines import Lines
from shapelens.worker.contract import Outcome, Program, SourceText

logger = logging.getLogger(__name__)

_STREAM_AFTER = 0.25
"""Seconds an evaluation runs before its partial results are shown; a shorter one is shown once, as a whole."""

_STREAM_EVERY = 0.1
"""Seconds between two partial results."""


@dataclass(frozen=True)
class View:
    """Everything that shows results, handed over as one."""

    client: Client
    publisher: Publisher
    refresh: Refresh
    progress: Progress


class Evaluations:
    """Evaluates documents and shows what comes of it.

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

    async def run(self, uri: str) -> None:
        """Evaluate the present text of a document and show the result, unless the text changes meanwhile."""
        document = self._documents.get(uri)
        if document is None:
            return
        root = self._roots.of(document.path)
        if root.awaits_settings:
            return  # evaluated when they come
        if not root.settings.trusted or root.problem is not None:
            self.clear(document)
            return
        key = await self._host_key(root, document)
        if isinstance(key, EnvironmentProblem):
            self._tell_problem(root, key)
            return
        snapshot = document.snapshot
        request = EvaluationRequest(key, self._program(snapshot, root), snapshot.version, root.settings.limits)
        first = document.shown is None
        partial = _Partial(lambda analysis: self._show_partial(document, snapshot, analysis, first))
        try:
            with self._view.progress.watch(key) as on_stage:
                result = await self._evaluator.evaluate(request, partial.take, on_stage)
        finally:
            await partial.close()
        if not self.is_current(document, snapshot):
            return
        if isinstance(result, EnvironmentProblem):
            self._tell_problem(root, result)
            return
        await self._land(document, snapshot, result)

    def is_current(self, document: Document, snapshot: Snapshot) -> bool:
        """Return whether the document is still open with just this text."""
        return self._documents.get(document.uri) is document and document.snapshot is snapshot

    def importers(self, document: Document) -> tuple[Document, ...]:
        """Return the open documents whose programs may import this one."""
        by_path = {other.path: other for other in self._documents}
        paths = importers(document.path, {path: other.lines.text for path, other in by_path.items()})
        return tuple(by_path[path] for path in paths)

    def clear(self, document: Document) -> None:
        """Show nothing of a document any more."""
        if document.shown is not None:
            document.shown = None
            self.shown_changed(document)

    def shown_changed(self, document: Document) -> None:
        """Bring the client up to date about a document."""
        self._view.publisher.update(document.uri, document.path)
        self._view.refresh.all()

    async def _host_key(self, root: Root, document: Document) -> HostKey | EnvironmentProblem:
        folder = root.folder(document.path)
        setting = root.settings.interpreter
        explicit = None if setting is None else expand_folder(setting, folder)
        # It looks at many files, which may lie on a slow network.
        chosen = await asyncio.to_thread(choose_interpreter, folder, explicit)
        if isinstance(chosen, EnvironmentProblem):
            return chosen
        return root.settings.host_key(chosen.path)

    def _program(self, snapshot: Snapshot, root: Root) -> Program:
        modules = tuple(
            SourceText(other.path, other.lines.text) for other in self._documents if other.path != snapshot.path
        )
        directory = root.settings.directory(root.folder(snapshot.path))
        return Program(snapshot.path, snapshot.lines.text, str(directory), modules)

    def _tell_problem(self, root: Root, problem: EnvironmentProblem) -> None:
        root.problem = problem
        for document in self._documents:
            if self._roots.of(document.path) is root:
                self.clear(document)
        if root.told != problem:
            root.told = problem
            logger.warning("%s %s", problem, problem.detail)
            self._view.client.show(str(problem))

    async def _land(self, document: Document, snapshot: Snapshot, analysis: Analysis) -> None:
        outcome = analysis.finished.outcome if analysis.finished else None
        if outcome is Outcome.CANCELLED:
            self._trace(snapshot, "cancelled, not shown")
            return
        shown = document.shown
        if outcome is Outcome.UNPARSABLE and shown is not None and not _is_unparsable(shown.analysis):
            # Half-typed: what was shown stays, at its place in the new text.
            self._trace(snapshot, "does not parse, what was shown stays")
            return
        if shown is not None and self._is_half_typed_elsewhere(analysis, snapshot.path):
            self._trace(snapshot, "an open module does not parse, what was shown stays")
            return
        diagnostics = await asyncio.to_thread(diagnose, analysis)
        files = await self._read(foreign_paths(diagnostics, document.path))
        if not self.is_current(document, snapshot):
            return
        document.shown = Shown(analysis, diagnostics, files)
        self._trace(snapshot, _told(analysis))
        self.shown_changed(document)

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

    async def _show_partial(self, document: Document, snapshot: Snapshot, analysis: Analysis, first: bool) -> None:
        """Show what is known while the evaluation runs; ``first`` where nothing was shown at its start."""
        errors = _errors(await asyncio.to_thread(diagnose, analysis))
        files = await self._read(foreign_paths(errors, document.path))
        if not self.is_current(document, snapshot):
            return
        if first:
            document.shown = Shown(analysis, errors, files)
            new = bool(errors)
        else:
            new = document.shown is not None and document.shown.add(errors, files)
        if new:
            self._view.publisher.update(document.uri, document.path)
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


def _errors(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(item for item in diagnostics if item.severity is Severity.ERROR)


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
