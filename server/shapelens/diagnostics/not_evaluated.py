"""``not-evaluated``: a statement, or a whole file, that has no shapes, and why."""

from __future__ import annotations

from collections.abc import Iterator

from shapelens.diagnostics.model import Diagnostic, Related, Severity
from shapelens.diagnostics.rule import AnalysisRule, Documentation, FaultRule
from shapelens.evaluation.analysis import Analysis
from shapelens.worker.contract import Location

CODE = "not-evaluated"

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
    for skip in analysis.skips:
        related = (Related(skip.origin, f"{skip.name or 'it'} has no value because of this"),) if skip.origin else ()
        yield Diagnostic(CODE, Severity.HINT, skip.location, skip.message, related)


RULE = AnalysisRule(code=CODE, severity=Severity.HINT, documentation=_DOCUMENTATION, find=_find)

SYNTAX_RULE = FaultRule(
    code=CODE,
    severity=Severity.ERROR,
    documentation=_DOCUMENTATION,
    # A SyntaxError raised by a compile() or an import within a running program has frames or an origin.
    accepts=lambda fault: fault.exception in ("SyntaxError", "IndentationError", "TabError"),
)
