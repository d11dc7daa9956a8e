"""``not-evaluated``: a statement, or a whole file, that has no shapes, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from shapelens.diagnostics.model import Diagnostic, Related, Severity
from shapelens.diagnostics.rule import AnalysisRule, Documentation, FaultRule
from shapelens.evaluation.analysis import Analysis
from shapelens.source.comments import read_comments
from shapelens.worker.contract import Location, Skip

CODE = "not-evaluated"

SYNTAX_ERRORS = frozenset(("SyntaxError", "IndentationError", "TabError"))

_MOST_RELATED = 10
"""Places named beside the first; one failed model may leave a hundred statements without a result."""

_DOCUMENTATION = Documentation(
    what="""\
A statement was not evaluated, so that no shapes are known there, or the file is no Python that the interpreter
can read.""",
    why="""\
Silence would look like approval. The usual causes are a name that nothing in the file defines, a package that
is not installed in the chosen interpreter, a file that is absent, and statements that need what an earlier one
failed to make. Syntax errors are the only ones of severity error.""",
    example="""model = keras.Sequential(backbone_layers)  # backbone_layers is defined nowhere
model.summary()""",
    instead="""backbone_layers = [layers.Dense(64), layers.Dense(10)]
model = keras.Sequential(backbone_layers)
model.summary()""",
    keras="""\
Python raises `NameError: name 'backbone_layers' is not defined` and stops; here the rest of the file is still
evaluated.""",
)


def skipped(location: Location, message: str, severity: Severity = Severity.HINT) -> Diagnostic:
    """Return the diagnostic for a place that was not evaluated."""
    return Diagnostic(CODE, severity, location, message)


def _find(analysis: Analysis) -> Iterator[Diagnostic]:
    for comment in read_comments(analysis.program.text).bad:
        yield skipped(Location(analysis.program.path, comment.span), f"This comment is {comment.message}")
    for first, others in _by_origin(analysis.skips):
        message = first.message
        related = [Related(first.origin, f"{first.name or 'it'} has no value because of this")] if first.origin else []
        if others:
            message += f" Nor is what {_count(len(others), 'other statement')} would make of it."
            related += [Related(skip.location, "not evaluated either") for skip in others[:_MOST_RELATED]]
        yield Diagnostic(CODE, Severity.HINT, first.location, message, tuple(related))


def _by_origin(skips: Iterable[Skip]) -> Iterator[tuple[Skip, list[Skip]]]:
    """Yield each skip that has a reason of its own, and with the first of those that share one all others."""
    groups: dict[object, list[Skip]] = {}
    for skip in skips:
        groups.setdefault(skip.origin or (skip.location, skip.message), []).append(skip)
    for first, *others in groups.values():
        yield first, others


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


RULE = AnalysisRule(code=CODE, severity=Severity.HINT, documentation=_DOCUMENTATION, find=_find)

SYNTAX_RULE = FaultRule(
    code=CODE,
    severity=Severity.ERROR,
    documentation=_DOCUMENTATION,
    # A SyntaxError raised by a compile() or an import within a running program has frames or an origin.
    accepts=lambda fault: fault.exception in SYNTAX_ERRORS,
)
