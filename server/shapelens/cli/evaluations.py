"""Many evaluations, some at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shapelens.cli.progress import Progress
from shapelens.cli.project import may_be_searched
from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.companions import Companions
from shapelens.evaluation.evaluator import EvaluationRequest, Evaluator, HostKey
from shapelens.evaluation.problem import EnvironmentProblem
from shapelens.evaluation.programs import Programs
from shapelens.source.notebook import NotebookCode
from shapelens.worker.contract import Limits


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


@dataclass(frozen=True)
class Evaluated:
    """The analysis of a file, and what callers tell of code that it does not call itself."""

    analysis: Analysis
    callers: Analysis | None = None


class Evaluations:
    """Evaluates files in one interpreter."""

    def __init__(self, evaluator: Evaluator, interpreter: Path, device: str, sandbox: str, limits: Limits) -> None:
        self._evaluator = evaluator
        self._interpreter = interpreter
        self._device = device
        self._sandbox = sandbox
        self._limits = limits
        self._programs = Programs()
        self._companions = Companions(evaluator, self._programs)

    async def run(
        self, targets: Sequence[Target], jobs: int, progress: Progress
    ) -> tuple[dict[Target, Evaluated], EnvironmentProblem | None]:
        """Return the analyses, in the order of the targets, and the first problem of the environment.

        After a problem no further evaluation is started: each would meet it again.
        """
        analyses: dict[Target, Evaluated] = {}
        problems: list[EnvironmentProblem] = []
        waiting = iter(targets)

        async def work() -> None:
            for target in waiting:
                if problems:
                    return
                request = await asyncio.to_thread(self._request, target)
                result = await self._evaluator.evaluate(request, on_stage=progress.stage)
                if isinstance(result, EnvironmentProblem):
                    problems.append(result)
                else:
                    self._companions.keep(request, result)
                    searched = may_be_searched(target.root)
                    callers = await self._companions.of(request, result, target.root, {}) if searched else None
                    analyses[target] = Evaluated(result, callers)
                progress.advance(target.path.name)

        workers = [asyncio.ensure_future(work()) for _ in range(min(jobs, len(targets)))]
        try:
            await asyncio.gather(*workers)
        finally:
            # Where one of them fails or the whole is cancelled, none may go on behind the caller's back.
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        ordered = {target: analyses[target] for target in targets if target in analyses}
        return ordered, problems[0] if problems else None

    def _request(self, target: Target) -> EvaluationRequest:
        key = HostKey(self._interpreter, self._device, self._sandbox)
        is_notebook = target.notebook is not None
        program = self._programs.program(
            str(target.path), target.text, target.folder, target.root, {}, notebook=is_notebook
        )
        return EvaluationRequest(key, program, limits=self._limits)
