"""What keeps an environment from evaluating anything, as a value that every front end shows the same way."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EnvironmentProblem:
    """Why no evaluation is possible; two sentences, never a traceback."""

    problem: str
    """One sentence: what is wrong, naming the interpreter."""
    advice: str
    """One sentence: what to do about it."""
    detail: str = ""
    """What the interpreter printed, for the log and for ``doctor``."""

    def __str__(self) -> str:
        return f"{self.problem} {self.advice}"
