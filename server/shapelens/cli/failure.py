"""What ends a command with exit code 2."""

from __future__ import annotations

from shapelens.evaluation.problem import EnvironmentProblem


class UsageError(Exception):
    """The command line makes no sense; the text is one sentence that says what does."""


class EnvironmentFailure(Exception):
    """No evaluation is possible in the chosen interpreter."""

    def __init__(self, problem: EnvironmentProblem) -> None:
        super().__init__(str(problem))
        self.problem = problem
