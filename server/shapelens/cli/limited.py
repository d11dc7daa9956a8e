"""An evaluator that runs no more evaluations at the same time than the command line allows."""

from __future__ import annotations

import asyncio

from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.evaluator import EvaluationRequest, Evaluator, OnAnalysis, OnStage
from shapelens.evaluation.problem import EnvironmentProblem


class Limited:
    """Passes evaluations on, so many at a time, whoever asks for them: files, their callers, their fixes."""

    def __init__(self, evaluator: Evaluator, most: int) -> None:
        self._evaluator = evaluator
        self._slots = asyncio.Semaphore(most)

    async def evaluate(
        self,
        request: EvaluationRequest,
        on_analysis: OnAnalysis | None = None,
        on_stage: OnStage | None = None,
    ) -> Analysis | EnvironmentProblem:
        """Return the finished analysis, or why the environment cannot evaluate (see Evaluator)."""
        async with self._slots:
            return await self._evaluator.evaluate(request, on_analysis, on_stage)

    async def restart(self) -> None:
        """Stop every host."""
        await self._evaluator.restart()

    async def close(self) -> None:
        """Stop every host and wait until its processes are gone."""
        await self._evaluator.close()
