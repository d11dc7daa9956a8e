"""An analysis of an older text, seen from a newer one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shapelens.diagnostics.model import Diagnostic
from shapelens.evaluation.analysis import Analysis
from shapelens.features.relocation import Relocation
from shapelens.source.span_edits import Edit, move_span
from shapelens.worker.contract import Location, Span


@dataclass(frozen=True)
class Moves(Relocation):
    """The edits since an analysis, by the path of the file; what stood in a replaced piece has no place any more."""

    edits: Mapping[str, Sequence[Edit]]

    def span(self, path: str, span: Span) -> Span | None:
        """Return where the span is now, or None where it is gone."""
        edits = self.edits.get(path)
        return move_span(span, edits) if edits else span

    def location(self, location: Location) -> Location | None:
        """Return where the location is now, or None where it is gone."""
        span = self.span(location.path, location.span)
        if span is location.span:
            return location
        return None if span is None else Location(location.path, span)

    def analysis(self, analysis: Analysis) -> Analysis:
        """Return the analysis with its places moved."""
        return super().analysis(analysis) if any(self.edits.values()) else analysis

    def diagnostics(self, diagnostics: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Return the diagnostics with their places moved."""
        return super().diagnostics(diagnostics) if any(self.edits.values()) else tuple(diagnostics)
