"""What keeps an environment from evaluating anything, as a value that every front end shows the same way."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class ProblemKind(str, enum.Enum):
    """What an editor may offer a way out of."""

    NO_INTERPRETER = "no-interpreter"
    INTERPRETER_TOO_OLD = "interpreter-too-old"
    NO_KERAS = "no-keras"
    NO_BACKEND = "no-backend"
    OTHER = "other"


@dataclass(frozen=True)
class EnvironmentProblem:
    """Why no evaluation is possible; two sentences, never a traceback."""

    problem: str
    """One sentence: what is wrong, naming the interpreter."""
    advice: str
    """One sentence: what to do about it."""
    detail: str = ""
    """What the interpreter printed, for the log and for ``doctor``."""
    kind: ProblemKind = ProblemKind.OTHER

    def __str__(self) -> str:
        return f"{self.problem} {self.advice}"
