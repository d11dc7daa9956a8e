"""What is shown of a file that chooses a Keras which its environment does not have."""

from __future__ import annotations

from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.evaluator import EvaluationRequest
from shapelens.evaluation.probe import EnvironmentFacts
from shapelens.evaluation.problem import EnvironmentProblem
from shapelens.worker.contract import (
    PROTOCOL_VERSION,
    Finished,
    Location,
    Outcome,
    Ready,
    SandboxTier,
    Skip,
    SkipReason,
    Span,
)

_NOTHING_RAN = "nothing was evaluated"


def was_refused(analysis: Analysis) -> bool:
    """Return whether an analysis is one of those that ``refused_choice`` makes: no host had a part in it."""
    return analysis.environment.sandbox_detail == _NOTHING_RAN


def refused_choice(request: EvaluationRequest, facts: EnvironmentFacts, problem: EnvironmentProblem) -> Analysis:
    """Return an analysis in which nothing was evaluated, with the reason at the statement that chooses."""
    key, variables = request.key, dict(request.key.choice.variables)
    backend = variables.get("KERAS_BACKEND", "")
    package = "tf_keras" if facts.version("tf_keras") is None and not backend else backend
    place = Location(request.program.path, key.choice.place or Span(0, 0, 0, 0))
    environment = Ready(
        protocol=PROTOCOL_VERSION,
        executable=str(facts.executable),
        python=facts.python,
        keras=facts.version("keras") or facts.version("tf_keras") or "",
        backend=backend or "tensorflow",
        tensorflow=facts.version("tensorflow"),
        device=key.device,
        sandbox=SandboxTier.OFF,
        sandbox_detail=_NOTHING_RAN,
        import_seconds=0.0,
    )
    return Analysis(
        request.program,
        request.version,
        environment,
        skips=(Skip(place, SkipReason.MISSING_PACKAGE, str(problem), package),),
        finished=Finished(0, Outcome.COMPLETED, 0.0),
    )
