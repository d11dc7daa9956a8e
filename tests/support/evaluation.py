"""A pool of hosts for tests that evaluate real programs: one event loop, one host a session."""

from __future__ import annotations

import asyncio
import sys
import textwrap
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.evaluator import EvaluationRequest, HostKey
from shapelens.evaluation.pool import HostPool
from shapelens.evaluation.problem import EnvironmentProblem
from shapelens.worker.contract import Limits, Observation, Program, SourceText

Result = TypeVar("Result")


class Evaluations:
    """Evaluates programs from plain, synchronous tests; the loop runs in a thread of its own.

    They run in this test's own interpreter unless another one is given.
    """

    def __init__(self, interpreter: Path | None = None) -> None:
        self._interpreter = interpreter or Path(sys.executable)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="evaluations")
        self._thread.start()
        self.pool = HostPool()

    def wait(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine in the loop and return what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def outcome(self, request: EvaluationRequest) -> Analysis | EnvironmentProblem:
        """Return what the pool says of a request."""
        return self.wait(self.pool.evaluate(request))

    def file(self, path: Path, directory: Path | None = None, limits: Limits = Limits()) -> Analysis:
        """Evaluate a file as it is on disk."""
        return self.text(path.read_text(encoding="utf-8"), path, directory, limits)

    def text(
        self,
        text: str,
        path: Path,
        directory: Path | None = None,
        limits: Limits = Limits(),
        modules: tuple[SourceText, ...] = (),
    ) -> Analysis:
        """Evaluate a text as the content of a file, in the interpreter of these evaluations."""
        folder = directory or path.parent
        program = Program(str(path), text, str(folder), modules)
        result = self.outcome(EvaluationRequest(HostKey(self._interpreter), program, 1, limits))
        assert isinstance(result, Analysis), str(result)
        return result

    def close(self) -> None:
        """Stop the hosts, the loop and its thread."""
        self.wait(self.pool.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


Run = Callable[..., Analysis]
"""Evaluates an indented text: ``run('''...''', limits=...)``."""


def runner(evaluations: Evaluations, folder: Path) -> Run:
    """Return a function that evaluates texts as ``program.py`` of the folder."""

    def run(text: str, **options: Any) -> Analysis:
        return evaluations.text(textwrap.dedent(text).lstrip("\n"), folder / "program.py", **options)

    return run


def seen(analysis: Analysis, text: str) -> list[Observation]:
    """Return the observations of an expression, in order, found by its text in the program."""
    lines = analysis.program.text.split("\n")
    return [item for item in analysis.observations if _text(lines, item) == text]


def _text(lines: list[str], item: Observation) -> str:
    span = item.location.span
    if span.line != span.end_line:
        return "\n".join(
            [
                lines[span.line][span.column :],
                *lines[span.line + 1 : span.end_line],
                lines[span.end_line][: span.end_column],
            ]
        )
    return lines[span.line][span.column : span.end_column]
