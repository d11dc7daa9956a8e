"""What is repaired: the diagnostics of one analysis, as repairs know them and as they are shown."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from shapelens.diagnostics.model import Diagnostic
from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.evaluator import EvaluationRequest
from shapelens.features.fixes import FoundFix, repairable, shown_fixes
from shapelens.repairs.model import Fix
from shapelens.source.notebook import NotebookCode
from shapelens.worker.contract import Location

What = tuple[Location, str, str]
"""Place, code and message of a diagnostic, which the user's choice of a severity leaves alone."""


def what(item: Diagnostic) -> What:
    """Return what a diagnostic is recognised by."""
    return item.location, item.code, item.message


class Finding:
    """An error or warning of the program."""

    def __init__(self, told: Diagnostic, shown: Diagnostic) -> None:
        self.told = told
        """With the places of the program's text."""
        self.shown = shown
        """At its place in the file or cell, in the text that was evaluated."""
        self.fixes: asyncio.Future[tuple[FoundFix, ...]] = asyncio.get_running_loop().create_future()


class Repairable:
    """A request and what came of it, before cells and callers had a part in it."""

    def __init__(self, request: EvaluationRequest, analysis: Analysis, notebook: NotebookCode | None) -> None:
        self.request = request
        self.analysis = analysis
        self.notebook = notebook
        self.wanted: list[Finding] = []
        """Those whose fixes somebody waits for, the latest last."""
        self.is_searched = False
        """Whether those are being looked for."""
        self._findings: tuple[Finding, ...] | None = None

    async def findings(self) -> tuple[Finding, ...]:
        """Return the errors and warnings of the program's own file, in the order of the text."""
        if self._findings is None:
            told = await asyncio.to_thread(repairable, self.analysis)
            if self._findings is None:
                self._findings = tuple(
                    Finding(item, replace(item, location=place))
                    for item in told
                    if (place := self._shown(item.location)) is not None
                )
        return self._findings

    @property
    def known(self) -> tuple[Finding, ...]:
        """The findings as far as anybody has asked for them."""
        return self._findings or ()

    def found(self, finding: Finding, fixes: tuple[Fix, ...]) -> None:
        """Take the fixes of a finding."""
        if not finding.fixes.done():
            shown = shown_fixes({finding.told: fixes}, (finding.shown,), self.notebook)
            finding.fixes.set_result(shown.get(finding.shown, ()))

    def _shown(self, location: Location) -> Location | None:
        return self.notebook.located(location) if self.notebook else location
