"""Many evaluations, some at the same time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shapelens.cli.progress import Progress
from shapelens.cli.project import may_be_searched
from shapelens.diagnostics.model import Diagnostic, Severity
from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.companions import Companions
from shapelens.evaluation.evaluator import EvaluationRequest, Evaluator
from shapelens.evaluation.problem import EnvironmentProblem
from shapelens.evaluation.programs import Programs
from shapelens.features.fixes import Fixes, repairable
from shapelens.repairs.model import Fix
from shapelens.repairs.repairer import Repairer
from shapelens.settings.model import Settings
from shapelens.source.notebook import NotebookCode

_MOST_REPAIRED = 10
"""Errors, and then warnings, of one file whose fixes are looked for: each takes up to ten evaluations of the file."""

_SEARCH_BUDGETS = 3
"""The search for one file's fixes ends after so many times the seconds that one evaluation may take."""


@dataclass(frozen=True)
class Target:
    """A file to evaluate."""

    path: Path
    text: str
    folder: Path
    """Working folder of the program."""
    root: Path
    """The folder that no search for modules and callers leaves."""
    notebook: NotebookCode | None = None
    """The cells that the text is made of, where it is a notebook's."""
    data: bytes = b""
    """The file as it was read."""
    settings: Settings = field(default_factory=Settings, compare=False)
    """What is in force for the file."""


@dataclass(frozen=True)
class Evaluated:
    """The analysis of a file, and what callers tell of code that it does not call itself."""

    analysis: Analysis
    callers: Analysis | None = None
    fixes: Fixes = field(default_factory=dict)
    """By the file's own errors and warnings as far as they were looked for, with the places of the program's text."""


class Evaluations:
    """Evaluates files in one interpreter, and the fixes of what is wrong with them where these are wanted."""

    def __init__(self, evaluator: Evaluator, interpreter: Path, repairer: Repairer | None = None) -> None:
        self._evaluator = evaluator
        self._repairer = repairer
        self._interpreter = interpreter
        self._programs = Programs()
        self._companions = Companions(evaluator, self._programs)

    async def run(
        self, targets: Sequence[Target], jobs: int, progress: Progress, unsaved: Mapping[str, str] | None = None
    ) -> tuple[dict[Target, Evaluated], EnvironmentProblem | None]:
        """Return the analyses, in the order of the targets, and the first problem of the environment.

        ``unsaved`` are texts of files, by their paths, that count in place of those on the disk. After a problem no
        further evaluation is started: each would meet it again.
        """
        held = unsaved or {}
        analyses: dict[Target, Evaluated] = {}
        problems: list[EnvironmentProblem] = []
        waiting = iter(targets)

        async def work() -> None:
            for target in waiting:
                if problems:
                    return
                request = await asyncio.to_thread(self._request, target, held)
                result = await self._evaluator.evaluate(request, on_stage=progress.stage)
                if isinstance(result, EnvironmentProblem):
                    problems.append(result)
                else:
                    self._companions.keep(request, result)
                    searched = may_be_searched(target.root)
                    callers = await self._companions.of(request, result, target.root, held) if searched else None
                    analyses[target] = Evaluated(result, callers, await self._fixes(target, request, result, jobs))
                progress.advance(target.path.name)

        await _together([work() for _ in range(min(jobs, len(targets)))])
        ordered = {target: analyses[target] for target in targets if target in analyses}
        return ordered, problems[0] if problems else None

    async def _fixes(self, target: Target, request: EvaluationRequest, analysis: Analysis, jobs: int) -> Fixes:
        repairer = self._repairer
        if repairer is None:
            return {}
        fixes: dict[Diagnostic, tuple[Fix, ...]] = {}
        severities = target.settings.severities
        wanted = [item for item in repairable(analysis) if severities.get(item.code, item.severity) is not None]
        grave = sorted(wanted, key=lambda item: item.severity is not Severity.ERROR)
        waiting = iter(grave[:_MOST_REPAIRED])

        async def work() -> None:
            for diagnostic in waiting:
                fixes[diagnostic] = await repairer.fixes(request, analysis, diagnostic)

        with contextlib.suppress(asyncio.TimeoutError):
            together = _together([work() for _ in range(jobs)])
            await asyncio.wait_for(together, _SEARCH_BUDGETS * request.limits.seconds)
        return fixes

    def _request(self, target: Target, unsaved: Mapping[str, str]) -> EvaluationRequest:
        is_notebook = target.notebook is not None
        program = self._programs.program(
            str(target.path), target.text, target.folder, target.root, unsaved, notebook=is_notebook
        )
        key = target.settings.host_key(self._interpreter)
        return EvaluationRequest(key, program, limits=target.settings.limits)


async def _together(work: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run coroutines at the same time; where one fails or the whole is cancelled, none goes on behind."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
