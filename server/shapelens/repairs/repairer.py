"""From a diagnostic to repairs that were evaluated."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from shapelens.diagnostics import diagnose
from shapelens.diagnostics.model import Diagnostic, Severity
from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.evaluator import EvaluationRequest, Evaluator
from shapelens.features.shape_text import shape_text
from shapelens.repairs.model import Candidate, Fix
from shapelens.repairs.patch import Patched, patched
from shapelens.repairs.problem import Problem
from shapelens.repairs.registry import candidates_for
from shapelens.source.uncalled import outline
from shapelens.worker.contract import Outcome, Program

_MOST_CANDIDATES = 10
"""Evaluated for one diagnostic; the costlier ones are rarely what was meant."""

_ENOUGH = 3
"""Verified repairs; a longer list helps nobody to choose."""

_AT_ONCE = 2
"""Evaluations side by side; the editor's own come before them."""

_PLAIN_COST = 2.0
"""Up to this cost data, loss or names say what was meant."""

_DIGITS = re.compile(r"\d+")

_NOTHING_TO_MEND = ("not-evaluated", "evaluation-stopped", "python-error")

_GRAVE = (Severity.ERROR, Severity.WARNING)


class Repairer:
    """Finds repairs by evaluating candidates."""

    def __init__(self, evaluator: Evaluator, enough: int = _ENOUGH) -> None:
        self._evaluator = evaluator
        self._enough = enough

    async def fixes(self, request: EvaluationRequest, analysis: Analysis, diagnostic: Diagnostic) -> tuple[Fix, ...]:
        """Return repairs of a diagnostic in order of preference; cancelling ends their evaluation.

        ``analysis`` is what came of the request, and ``diagnostic`` one that ``diagnose`` found in it: both with the
        places of the program's text, also where that is made of a notebook's cells. Only diagnostics of the
        program's own file have any.
        """
        if diagnostic.location.path != request.program.path or diagnostic.code in _NOTHING_TO_MEND:
            return ()
        candidates = await asyncio.to_thread(_candidates, analysis, diagnostic)
        before = [item for item in diagnose(analysis) if item.severity in _GRAVE]
        waiting = list(enumerate(candidates))
        found: dict[int, Fix] = {}

        async def work() -> None:
            while waiting and len(found) < self._enough:
                number, candidate = waiting.pop(0)
                fix = await self._verified(request, analysis, before, diagnostic, candidate)
                if fix is not None:
                    found[number] = fix

        workers = [asyncio.ensure_future(work()) for _ in range(min(_AT_ONCE, len(candidates)))]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
        # Two ways to the same end read the same; the first is the better one.
        fixes = list({found[number].title: found[number] for number in sorted(found, reverse=True)}.values())[::-1]
        if fixes and candidates[min(found)].cost <= _PLAIN_COST:
            fixes[0] = replace(fixes[0], preferred=True)
        return tuple(fixes[: self._enough])

    async def _verified(
        self,
        request: EvaluationRequest,
        analysis: Analysis,
        before: Sequence[Diagnostic],
        diagnostic: Diagnostic,
        candidate: Candidate,
    ) -> Fix | None:
        change = patched(request.program.text, candidate.edits)
        if change is None or change.text == request.program.text:
            return None
        program = await asyncio.to_thread(_program, request.program, change.text)
        result = await self._evaluator.evaluate(replace(request, program=program))
        if not isinstance(result, Analysis) or not _mends(analysis, result, before, diagnostic, change):
            return None
        return Fix(candidate.kind, _title(candidate, change, result), candidate.edits)


def _candidates(analysis: Analysis, diagnostic: Diagnostic) -> list[Candidate]:
    try:
        problem = Problem(analysis, diagnostic)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    different: dict[object, Candidate] = {}
    for candidate in sorted(candidates_for(problem), key=lambda item: item.cost):
        different.setdefault(candidate.edits, candidate)
    return list(different.values())[:_MOST_CANDIDATES]


def _program(program: Program, text: str) -> Program:
    told = outline(program.path, text)
    return replace(program, text=text, calls=told.calls, given=told.given)


def _mends(old: Analysis, new: Analysis, before: Sequence[Diagnostic], diagnostic: Diagnostic, change: Patched) -> bool:
    """Tell whether a diagnostic is gone, nothing new is wrong, and no less of the program is evaluated."""
    if new.finished is None or new.finished.outcome is not Outcome.COMPLETED:
        return False
    if len(new.skips) > len(old.skips):
        return False  # what failed may not be reached any more
    allowed = Counter(_alike(item) for item in before if item != diagnostic)
    every = diagnose(new)
    if Counter(_alike(item) for item in every if item.severity in _GRAVE) - allowed:
        return False
    place = change.moved(diagnostic.span)
    return not any(item.code == diagnostic.code and item.span == place for item in every)


def _alike(diagnostic: Diagnostic) -> tuple[str, str]:
    """Return what stays the same of a diagnostic when sizes and lines change."""
    return diagnostic.code, _DIGITS.sub("", diagnostic.message)


def _title(candidate: Candidate, change: Patched, result: Analysis) -> str:
    if candidate.outcome is None:
        return candidate.title
    place = change.place(candidate.outcome, candidate.edits)
    for item in result.observations:
        if item.location.path == result.program.path and item.location.span == place and item.output is not None:
            return f"{candidate.title} → {shape_text(item.output)}"
    return candidate.title
