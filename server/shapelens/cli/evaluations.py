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
        analyses: dict[Target, Analysis] = {}
        problems: list[EnvironmentProblem] = []
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
        ordered = {target: analyses[target] for target in targets if target in analyses}
        return ordered, problems[0] if problems else None

    def _request(self, target: Target) -> EvaluationRequest:
        key = HostKey(self._interpreter, self._device, self._sandbox)
        program = Program(str(target.path), target.text, str(target.folder))
        return EvaluationRequest(key, program, limits=self._limits)
