"""Many evaluations, some at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shapelens.cli.progress import Progress
from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.evaluator import EvaluationRequest, Evaluator, HostKey
from shapelens.evaluation.problem import EnvironmentProblem
from shapelens.worker.contract import Limits, Program


@dataclass(frozen=True)
class Target:
    """A file to evaluate."""

    path: Path
    text: str
    folder: Path
    """Working folder of the program."""


class Evaluations:
    """Evaluates files in one interpreter."""

    def __init__(self, evaluator: Evaluator, interpreter: Path, device: str, sandbox: str, limits: Limits) -> None:
        self._evaluator = evaluator
        self._interpreter = interpreter
        self._device = device
        self._sandbox = sandbox
        self._limits = limits

    async def run(
        self, targets: Sequence[Target], jobs: int, progress: Progress
    ) -> tuple[dict[Target, Analysis], EnvironmentProblem | None]:
        """Return the analyses, in the order of the targets, and the first problem of the environment.

        After a problem no further evaluation is started: each would meet it again.
        """
        folders: dict[Path, list[Target]] = {}
        for target in targets:
            folders.setdefault(target.folder, []).append(target)
        analyses: dict[Target, Analysis] = {}
        problems: list[EnvironmentProblem] = []
        for number, group in enumerate(folders.values()):
            if number:
                # Each working folder has a host of its own, of some 600 MB; a repository may hold a hundred projects.
                await self._evaluator.restart()
            await self._run_group(group, jobs, progress, analyses, problems)
            if problems:
                break
        ordered = {target: analyses[target] for target in targets if target in analyses}
        return ordered, problems[0] if problems else None

    async def _run_group(
        self,
        targets: Sequence[Target],
        jobs: int,
        progress: Progress,
        analyses: dict[Target, Analysis],
        problems: list[EnvironmentProblem],
    ) -> None:
        waiting = iter(targets)

        async def work() -> None:
            for target in waiting:
                if problems:
                    return
                result = await self._evaluator.evaluate(self._request(target), on_stage=progress.stage)
                if isinstance(result, EnvironmentProblem):
                    problems.append(result)
                else:
                    analyses[target] = result
                progress.advance(target.path.name)

        workers = [asyncio.ensure_future(work()) for _ in range(min(jobs, len(targets)))]
        try:
            await asyncio.gather(*workers)
        finally:
            # Where one of them fails or the whole is cancelled, none may go on behind the caller's back.
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    def _request(self, target: Target) -> EvaluationRequest:
        key = HostKey(self._interpreter, target.folder, self._device, self._sandbox)
        program = Program(str(target.path), target.text, str(target.folder))
        return EvaluationRequest(key, program, limits=self._limits)
