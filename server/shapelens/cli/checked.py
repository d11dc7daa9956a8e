"""A file with the text that was evaluated, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from shapelens.cli.evaluations import Evaluated, Target
from shapelens.cli.reports.model import FileReport
from shapelens.diagnostics.model import Severity
from shapelens.features.cells import examine
from shapelens.features.fixes import shown_fixes
from shapelens.features.severities import with_severities
from shapelens.source.notebook import CellCode, NotebookCode


@dataclass(frozen=True)
class Checked:
    """A file, and its report."""

    target: Target
    report: FileReport
    beside: Mapping[str, str] = field(default_factory=dict)
    """Texts of files that were not those on the disk when this one was evaluated, by their paths."""

    @property
    def texts(self) -> dict[str, str]:
        """The texts of the file, or of its cells, by what places in them name."""
        return {part.path: part.text for part in self.report.parts}

    @property
    def error_count(self) -> int:
        """How many errors the evaluation found, those in local modules included."""
        return sum(item.severity is Severity.ERROR for item in self.report.diagnostics)

    def with_result(self, result: Evaluated, beside: Mapping[str, str]) -> Checked:
        """Return the file with what an evaluation of its text has found."""
        notebook = self.target.notebook
        analysis, found = examine(result.analysis, notebook, result.callers)
        diagnostics = with_severities(found, self.target.settings.severities)
        fixes = shown_fixes(result.fixes, diagnostics, notebook)
        report = replace(self.report, status=analysis.status, diagnostics=diagnostics, analysis=analysis, fixes=fixes)
        return Checked(self.target, report, beside)

    def with_texts(self, texts: Mapping[str, str]) -> Checked:
        """Return the file with other texts, by what places in them name; its report is still that of the old ones."""
        target, report = self.target, self.report
        if target.notebook is None:
            text = texts.get(str(target.path), target.text)
            return replace(self, target=replace(target, text=text), report=replace(report, text=text))
        cells = tuple(replace(part, text=texts.get(part.path, part.text)) for part in report.cells)
        code = NotebookCode(target.notebook.path, [CellCode(part.path, part.text) for part in cells])
        return replace(self, target=replace(target, text=code.text, notebook=code), report=replace(report, cells=cells))
