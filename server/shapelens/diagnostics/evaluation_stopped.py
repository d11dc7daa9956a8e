"""``evaluation-stopped``: an evaluation that ended before the file did."""

from __future__ import annotations

from collections.abc import Iterator

from shapelens.diagnostics.model import Diagnostic, Severity
from shapelens.diagnostics.rule import AnalysisRule, Documentation
from shapelens.evaluation.analysis import Analysis
from shapelens.source.lines import Lines
from shapelens.worker.contract import Budget, Finished, Location, Outcome, Span

CODE = "evaluation-stopped"

_BUDGETS = {
    Budget.SECONDS: "its time",
    Budget.MEMORY: "its memory",
    Budget.PROCESSES: "its number of processes",
    Budget.OBSERVATIONS: "its number of observed values",
    Budget.OUTPUT: "its amount of results",
}

_ENDINGS = {
    Outcome.OVER_BUDGET: "it used up a budget",
    Outcome.CRASHED: "the process crashed",
    Outcome.EXITED: "the program ended its own process",
}


def _find(analysis: Analysis) -> Iterator[Diagnostic]:
    finished = analysis.finished
    if finished is None or finished.outcome not in _ENDINGS:
        return
    location = finished.location or _first_line(analysis)
    yield Diagnostic(CODE, Severity.WARNING, location, _message(finished))


def _message(finished: Finished) -> str:
    reason = _ENDINGS[finished.outcome]
    if finished.budget is not None:
        reason = f"it used up {_BUDGETS[finished.budget]}"
    said = finished.detail or f"The evaluation ended here: {reason}."
    return f"{said} Shapes after this place are not known."


def _first_line(analysis: Analysis) -> Location:
    return Location(analysis.program.path, Span(0, 0, 0, len(Lines(analysis.program.text)[0])))


RULE = AnalysisRule(
    code=CODE,
    severity=Severity.WARNING,
    documentation=Documentation(
        what="""\
The evaluation ended early: it used up a budget (time, memory, processes, results), crashed, or the program
left.""",
        why="What lies before the marked statement is exact; for what lies after it nothing is known.",
        example="""while not converged:  # never changes
    step()
model = build_model()""",
        instead="""if __name__ == "__main__":
    train(build_model())""",
        keras="""\
A plain run would go on for as long as it takes; the budgets are settings, and `--budget-seconds` on the command
line.""",
    ),
    find=_find,
)
