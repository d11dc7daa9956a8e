"""Evaluates the callers of code that its own file never calls, and keeps what they told."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.evaluator import EvaluationRequest, Evaluator, HostKey
from shapelens.evaluation.programs import Programs
from shapelens.evaluation.uncalled_code import brought_by_callers, wants_callers, with_uncalled
from shapelens.source.callers import CallerFinder
from shapelens.source.workspace import read_text
from shapelens.worker.contract import Program

_MOST_FILES = 3
"""Callers that are evaluated for one document: each costs as much as the document itself."""

_MOST_KEPT = 16


class Companions:
    """Evaluates tests, scripts and modules that call what a document defines."""

    def __init__(self, evaluator: Evaluator, programs: Programs) -> None:
        self._evaluator = evaluator
        self._programs = programs
        self._finder = CallerFinder()
        self._kept: OrderedDict[tuple[HostKey, Program], Analysis] = OrderedDict()

    async def of(
        self, request: EvaluationRequest, own: Analysis, root: Path, unsaved: Mapping[str, str]
    ) -> Analysis | None:
        """Return what callers tell of a document, None where there are no callers or nothing to tell.

        ``own`` is the document's own analysis, made for the request; ``unsaved`` are the texts
        of all files that an editor holds.
        """
        if own.program.notebook:
            return None
        own = await asyncio.to_thread(with_uncalled, own)
        if not wants_callers(own):
            return None
        programs = await asyncio.to_thread(self._callers, request.program, wants_callers(own), root, unsaved)
        results = [result for program in programs if (result := await self._result(replace(request, program=program)))]
        texts = {**unsaved, request.program.path: request.program.text}
        brought = await asyncio.to_thread(
            brought_by_callers, own, results, lambda path: texts[path] if path in texts else read_text(path)
        )
        return brought if brought.uncalled else None

    def keep(self, request: EvaluationRequest, result: Analysis) -> None:
        """Keep a result, so that a document which calls another one need not be evaluated again for that."""
        try:
            self._kept[request.key, request.program] = result
        except TypeError:  # a comment gives a dictionary of shapes, which has no hash
            return
        while len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)

    async def _result(self, request: EvaluationRequest) -> Analysis | None:
        with contextlib.suppress(KeyError, TypeError):
            return self._kept[request.key, request.program]
        result = await self._evaluator.evaluate(replace(request, version=None))
        if not isinstance(result, Analysis):
            return None
        self.keep(request, result)
        return result

    def _callers(
        self, program: Program, names: tuple[str, ...], root: Path, unsaved: Mapping[str, str]
    ) -> list[Program]:
        texts = {**unsaved, program.path: program.text}
        found = self._finder.find(program.path, names, root, program.search_path, texts)
        programs = []
        for file in found[:_MOST_FILES]:
            caller = self._programs.program(file.path, file.text, Path(program.directory), root, texts)
            programs.append(replace(caller, calls=file.calls))
        return programs
