"""An analysis of a notebook's program, seen from its cells."""

from __future__ import annotations

from dataclasses import dataclass, replace

from shapelens.diagnostics import diagnose
from shapelens.diagnostics.model import Diagnostic
from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.uncalled_code import merged, with_uncalled
from shapelens.features.relocation import Relocation
from shapelens.source.notebook import NotebookCode
from shapelens.worker.contract import Location, Skip


def examine(
    analysis: Analysis, notebook: NotebookCode | None = None, callers: Analysis | None = None
) -> tuple[Analysis, tuple[Diagnostic, ...]]:
    """Return an analysis and its diagnostics, as an editor or a report shows them.

    ``callers`` is what callers of a file tell of code that it does not call itself. In those of a notebook each place
    names the cell that it lies in as its path, and cells that do not parse have their faults. Rules are asked before
    that: they see one program, as the worker did.
    """
    analysis = merged(with_uncalled(analysis), callers)
    if notebook is None:
        return analysis, diagnose(analysis)
    lines = _Lines(notebook)
    whole = replace(
        analysis,
        faults=(*notebook.faults, *analysis.faults),
        skips=tuple(map(lines.told, analysis.skips)),
    )
    return lines.analysis(whole), lines.diagnostics(diagnose(whole))


@dataclass(frozen=True)
class _Lines(Relocation):
    notebook: NotebookCode

    def location(self, location: Location) -> Location | None:
        return self.notebook.located(location)

    def told(self, skip: Skip) -> Skip:
        """Return the skip with the line that its message names as it is counted in the cell."""
        place = skip.origin and self.location(skip.origin)
        here = self.location(skip.location)
        if skip.origin is None or place is None or here is None or place is skip.origin:
            return skip
        line = f"line {place.span.line + 1}" + ("" if place.path == here.path else " of another cell")
        return replace(skip, message=skip.message.replace(f"line {skip.origin.span.line + 1} ", f"{line} "))
