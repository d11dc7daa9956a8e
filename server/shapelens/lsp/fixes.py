"""Keeps the fixes of what is shown: found while the user rests, or at once where the user asks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from shapelens.diagnostics.model import Diagnostic
from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.evaluator import EvaluationRequest
from shapelens.features.code_actions import Fixable
from shapelens.features.quick_fixes import moved
from shapelens.lsp.activity import Activity
from shapelens.lsp.documents import Documents, Source
from shapelens.lsp.repairable import Finding, Repairable, What, what
from shapelens.lsp.scheduler import Scheduler
from shapelens.repairs.model import Fix

logger = logging.getLogger(__name__)

_REST = 1.0
"""Seconds that a result stays before its fixes are looked for without being asked for."""

_ASKED_AT_ONCE = 2
"""Documents whose fixes are looked for at once where the user waits for them."""


class FindsFixes(Protocol):
    """What ``Repairer`` does."""

    async def fixes(self, request: EvaluationRequest, analysis: Analysis, diagnostic: Diagnostic) -> tuple[Fix, ...]:
        """Return repairs of a diagnostic in order of preference; cancelling ends their evaluation."""
        ...


class Fixes:
    """Looks for the fixes of the errors and warnings of each source.

    Without being asked it looks for those of one diagnostic at a time, and only while nothing runs that the user waits
    for: an evaluation that starts anywhere stops the search, which begins anew afterwards. What is found is kept with
    what is shown. While ``is_paused`` nothing is looked for. ``jobs.cancel`` stops everything for a source, as its next
    edit does.
    """

    def __init__(
        self, repairer: FindsFixes, documents: Documents, activity: Activity, is_paused: Callable[[], bool]
    ) -> None:
        self._repairer = repairer
        self._is_paused = is_paused
        self._documents = documents
        self._activity = activity
        self._resting = Scheduler(self._look_aside, 1)
        self.jobs = Scheduler(self._look_now, _ASKED_AT_ONCE, self._resting, activity)

    def landed(self, uri: str) -> None:
        """Look for the fixes of what is shown of a source, should it stay."""
        repairable = self._current(self._documents.source(uri))
        # Where a host serves one evaluation only, the next edit would have to wait for another one.
        if repairable is not None and repairable.analysis.environment.reusable:
            self._resting.schedule(uri, _REST)

    async def search(self, source: Source, wanted: Callable[[Diagnostic], bool], seconds: float) -> None:
        """Look for the fixes of the diagnostics that are wanted, and wait for them at most so many seconds.

        Not while the text is newer than what is shown: its evaluation comes first.
        """
        repairable = self._current(source)
        if repairable is None or source.shown is None or self._is_paused():
            return
        findings = await repairable.findings()
        if self._current(source) is not repairable:
            return
        asked = {what(item) for item in source.shown.diagnostics if wanted(item)}
        unknown = [item for item in findings if not item.fixes.done() and _shown(source, item) in asked]
        if not unknown:
            return
        rest = [item for item in repairable.wanted if item not in unknown]
        repairable.wanted = [*rest, *reversed(unknown)]
        if not repairable.is_searched:
            self.jobs.schedule(source.uri)
        await asyncio.wait({item.fixes for item in unknown}, timeout=seconds)

    def of(self, source: Source) -> dict[What, Fixable]:
        """Return the diagnostics of a source with the fixes that are known by now, at their present places."""
        repairable = self._repairable(source)
        shown = source.shown
        if repairable is None or shown is None:
            return {}
        moves = shown.moves
        known = {
            key: tuple(fix for each in item.fixes.result() if (fix := moved(each, moves)) is not None)
            for item in repairable.known
            if item.fixes.done() and (key := _shown(source, item)) is not None
        }
        return {what(item): Fixable(item, known.get(what(item), ())) for item in shown.diagnostics}

    async def close(self) -> None:
        """Stop every search and wait until all have ended."""
        await self.jobs.close()
        await self._resting.close()

    async def _look_aside(self, uri: str) -> None:
        repairable = self._current(self._documents.source(uri))
        if repairable is None:
            return
        for finding in await repairable.findings():
            if not finding.fixes.done():
                await self._activity.aside(lambda finding=finding: self._find(repairable, finding))  # type: ignore[misc]

    async def _look_now(self, uri: str) -> None:
        repairable = self._current(self._documents.source(uri))
        if repairable is None:
            return
        repairable.is_searched = True
        try:
            while repairable.wanted:
                finding = repairable.wanted[-1]
                if not finding.fixes.done():
                    await self._find(repairable, finding)
                repairable.wanted.remove(finding)
        finally:
            repairable.is_searched = False
        self.landed(uri)

    async def _find(self, repairable: Repairable, finding: Finding) -> None:
        try:
            found = await self._repairer.fixes(repairable.request, repairable.analysis, finding.told)
        except Exception:
            logger.exception("The search for fixes of %s failed in the server.", finding.told.code)
            found = ()
        repairable.found(finding, found)

    def _current(self, source: Source | None) -> Repairable | None:
        """Return what belongs to the present text of a source."""
        if source is None or source.shown is None:
            return None
        if any(source.shown.is_edited(document.path) for document in source.documents):
            return None
        return source.shown.repairable

    @staticmethod
    def _repairable(source: Source) -> Repairable | None:
        return source.shown.repairable if source.shown is not None else None


def _shown(source: Source, finding: Finding) -> What | None:
    """Return what a finding is recognised by in the present text, or None where its place is gone."""
    assert source.shown is not None
    place = source.shown.moves.location(finding.shown.location)
    return None if place is None else (place, finding.told.code, finding.told.message)
