"""What every front end asks for evaluations; the pool of hosts implements it, tests script it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.problem import EnvironmentProblem
from shapelens.source.framework_choice import NO_CHOICE, FrameworkChoice
from shapelens.worker.contract import Limits, Program


@dataclass(frozen=True)
class HostKey:
    """What a host is started for; evaluations with equal keys share one."""

    interpreter: Path
    """Never resolved through symbolic links: a virtual environment is recognised by its own path."""
    device: str = "cpu"
    sandbox: str = "auto"
    plain_kernels: bool = False
    """Whether TensorFlow computes with just the kernels of a plain run, see ``kernels``."""
    choice: FrameworkChoice = NO_CHOICE
    """Which Keras; what the program itself chooses comes before it."""


@dataclass(frozen=True)
class EvaluationRequest:
    """One version of one document, and where to evaluate it."""

    key: HostKey
    program: Program
    version: int | None = None
    limits: Limits = Limits()


OnStage = Callable[[str], None]
"""Called with phrases such as ``importing tensorflow`` while a host starts, and with "" once it is ready."""

OnAnalysis = Callable[[Analysis], None]
"""Called with what is known so far each time the running evaluation says something new."""


class Evaluator(Protocol):
    """Evaluates programs; safe to call for many documents at once from one event loop."""

    async def evaluate(
        self,
        request: EvaluationRequest,
        on_analysis: OnAnalysis | None = None,
        on_stage: OnStage | None = None,
    ) -> Analysis | EnvironmentProblem:
        """Return the finished analysis, or why the environment cannot evaluate.

        Cancelling the awaiting task stops the evaluation in the worker.
        """
        ...

    async def restart(self) -> None:
        """Stop every host; the next evaluation starts afresh with a fresh look at the interpreter."""
        ...

    async def close(self) -> None:
        """Stop every host and wait until its processes are gone."""
        ...
