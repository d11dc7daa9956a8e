"""The real language server with an evaluator that asks the test what to answer.

    python scripted_server.py PORT [serve arguments]

Every evaluation is told to the test over a socket on this machine, one JSON object a line, and the test answers when
and what it likes: stages of a starting host, partial analyses, the final one, or a problem of the environment. The
same goes for every search for the fixes of a diagnostic.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import sys
from typing import Any

from shapelens.diagnostics.model import Diagnostic
from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.evaluator import EvaluationRequest, OnAnalysis, OnStage
from shapelens.evaluation.problem import EnvironmentProblem
from shapelens.lsp import transport
from shapelens.repairs.model import Fix
from shapelens.worker.codec import from_plain, to_plain
from shapelens.worker.contract import Fault, Finished, ModelGraph, Observation, Ready, Skip


class ScriptedEvaluator:
    """Implements Evaluator and FindsFixes by asking the test."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._writer: asyncio.StreamWriter | None = None
        self._connecting = asyncio.Lock()
        self._answers: dict[int, asyncio.Queue[dict[str, Any]]] = {}
        self._listening: asyncio.Task[None] | None = None
        self._number = 0

    async def evaluate(
        self,
        request: EvaluationRequest,
        on_analysis: OnAnalysis | None = None,
        on_stage: OnStage | None = None,
    ) -> Analysis | EnvironmentProblem:
        number, answers = await self._begin()
        key = {name: str(value) for name, value in dataclasses.asdict(request.key).items()}
        self._tell(
            "evaluate",
            number=number,
            program=to_plain(request.program),
            version=request.version,
            limits=to_plain(request.limits),
            key=key,
        )
        try:
            while True:
                answer = await answers.get()
                if "stage" in answer:
                    if on_stage is not None:
                        on_stage(answer["stage"])
                elif "fault" in answer:
                    self._tell("failed")
                    raise RuntimeError(answer["fault"])
                elif "problem" in answer:
                    return from_plain(EnvironmentProblem, answer["problem"])
                else:
                    analysis = _analysis(request, answer)
                    if analysis.finished is not None:
                        return analysis
                    if on_analysis is not None:
                        on_analysis(analysis)
        except asyncio.CancelledError:
            if on_stage is not None:
                on_stage("")
            self._tell("cancelled", number=number)
            raise

    async def fixes(self, request: EvaluationRequest, analysis: Analysis, diagnostic: Diagnostic) -> tuple[Fix, ...]:
        """Implement FindsFixes."""
        number, answers = await self._begin()
        self._tell(
            "search", number=number, text=request.program.text, code=diagnostic.code, span=to_plain(diagnostic.span)
        )
        try:
            answer = await answers.get()
        except asyncio.CancelledError:
            self._tell("given up", number=number)
            raise
        if "fault" in answer:
            raise RuntimeError(answer["fault"])
        return tuple(from_plain(Fix, item) for item in answer["fixes"])

    async def restart(self) -> None:
        await self._connect()
        self._tell("restarted")

    async def close(self) -> None:
        await self._connect()
        self._tell("closed")
        if self._listening is not None:
            self._listening.cancel()

    async def _begin(self) -> tuple[int, asyncio.Queue[dict[str, Any]]]:
        await self._connect()
        self._number += 1
        answers = self._answers[self._number] = asyncio.Queue()
        return self._number, answers

    async def _connect(self) -> None:
        async with self._connecting:
            if self._writer is None:
                reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
                self._listening = asyncio.create_task(self._listen(reader))

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            answer = json.loads(line)
            await self._answers[answer.pop("number")].put(answer)

    def _tell(self, event: str, **values: Any) -> None:
        assert self._writer is not None
        self._writer.write(json.dumps({"event": event, **values}).encode() + b"\n")


def _analysis(request: EvaluationRequest, answer: dict[str, Any]) -> Analysis:
    return Analysis(
        request.program,
        request.version,
        from_plain(Ready, answer["environment"]),
        tuple(from_plain(Observation, item) for item in answer["observations"]),
        tuple(from_plain(Fault, item) for item in answer["faults"]),
        tuple(from_plain(Skip, item) for item in answer["skips"]),
        from_plain(Finished, answer["finished"]) if answer["finished"] else None,
        graphs=tuple(from_plain(ModelGraph, item) for item in answer["graphs"]),
    )


if __name__ == "__main__":
    port, *rest = sys.argv[1:]
    scripted = ScriptedEvaluator(int(port))
    sys.exit(transport.serve(scripted, int(rest[0]) if rest else None, scripted))
