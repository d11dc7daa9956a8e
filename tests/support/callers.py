"""Evaluates files of a project as the editor and the command line do: with callers of what nothing in them calls."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from shapelens.diagnostics.model import Diagnostic
from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.companions import Companions
from shapelens.evaluation.evaluator import EvaluationRequest, HostKey
from shapelens.evaluation.programs import Programs
from shapelens.features.cells import examine
from support.evaluation import Evaluations


class Project:
    """A folder whose files are evaluated."""

    def __init__(self, evaluations: Evaluations, root: Path) -> None:
        self.root = root
        self._evaluations = evaluations
        self._programs = Programs()
        self._companions = Companions(evaluations.pool, self._programs)

    def put(self, name: str, text: str) -> None:
        """Write a file."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def examined(
        self, name: str, unsaved: Mapping[str, str] | None = None, callers: bool = True
    ) -> tuple[Analysis, tuple[Diagnostic, ...]]:
        """Return what is shown of a file; ``unsaved`` are texts that an editor holds, by the names of their files."""
        texts = {str(self.root / other): text for other, text in (unsaved or {}).items()}
        path = str(self.root / name)
        text = texts[path] if path in texts else (self.root / name).read_text(encoding="utf-8")
        program = self._programs.program(path, text, self.root, self.root, texts)
        request = EvaluationRequest(HostKey(Path(sys.executable)), program, 1)
        own = self._evaluations.outcome(request)
        assert isinstance(own, Analysis), str(own)
        told = self._evaluations.wait(self._companions.of(request, own, self.root, texts)) if callers else None
        return examine(own, None, told)
