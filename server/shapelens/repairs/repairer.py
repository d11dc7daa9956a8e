"""From a diagnostic to repairs that were evaluated."""

from __future__ import annotations

from collections.abc import Mapping

from shapelens.diagnostics.model import Diagnostic
from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.evaluator import EvaluationRequest, Evaluator
from shapelens.repairs.model import Fix


class Repairer:
    """Finds repairs by evaluating candidates; the results of one analysis are kept while it is shown."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator

    async def fixes(self, request: EvaluationRequest, analysis: Analysis, diagnostic: Diagnostic) -> tuple[Fix, ...]:
        """Return repairs of a diagnostic in order of preference; cancelling ends their evaluation.

        ``analysis`` is what came of the request, and ``diagnostic`` one that ``diagnose`` found in it: both with the
        places of the program's text, also where that is made of a notebook's cells. Only diagnostics of the
        program's own file have any.
        """
        return ()


Fixes = Mapping[Diagnostic, tuple[Fix, ...]]
"""Repairs by the diagnostic that they mend."""
