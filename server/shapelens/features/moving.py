"""An analysis of an older text, seen from a newer one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from shapelens.diagnostics.model import Diagnostic
from shapelens.evaluation.analysis import Analysis
from shapelens.source.span_edits import Edit, move_span
from shapelens.worker.contract import Fault, Frame, Location, Observation, Skip, Span


@dataclass(frozen=True)
class Moves:
    """The edits since an analysis, by the path of the file."""

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
        """Return the analysis with its places moved; what stood in a replaced piece is left out.

        ``program`` stays the one that was evaluated.
        """
        if not any(self.edits.values()):
            return analysis
        finished = analysis.finished
        if finished is not None and finished.location is not None:
            finished = replace(finished, location=self.location(finished.location))
        return replace(
            analysis,
            observations=tuple(moved for item in analysis.observations if (moved := self._observation(item))),
            faults=tuple(fault for item in analysis.faults if (fault := self._fault(item))),
            skips=tuple(skip for item in analysis.skips if (skip := self._skip(item))),
            finished=finished,
        )

    def diagnostics(self, diagnostics: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Return the diagnostics with their places moved; those of a replaced piece are left out."""
        if not any(self.edits.values()):
            return tuple(diagnostics)
        return tuple(moved for item in diagnostics if (moved := self._diagnostic(item)))

    def _observation(self, item: Observation) -> Observation | None:
        location = self.location(item.location)
        if location is None:
            return None
        target = item.target and self.span(item.location.path, item.target)
        via = self._all(item.via)
        if location is item.location and target is item.target and via == item.via:
            return item
        return replace(item, location=location, target=target, via=via)

    def _fault(self, item: Fault) -> Fault | None:
        location = self.location(item.location)
        if location is None:
            return None
        frames = tuple(
            Frame(place, frame.function) for frame in item.frames if (place := self.location(frame.location))
        )
        return replace(item, location=location, frames=frames)

    def _skip(self, item: Skip) -> Skip | None:
        location = self.location(item.location)
        if location is None:
            return None
        return replace(item, location=location, origin=item.origin and self.location(item.origin))

    def _diagnostic(self, item: Diagnostic) -> Diagnostic | None:
        location = self.location(item.location)
        if location is None:
            return None
        related = tuple(
            replace(other, location=place) for other in item.related if (place := self.location(other.location))
        )
        return replace(item, location=location, related=related)

    def _all(self, locations: tuple[Location, ...]) -> tuple[Location, ...]:
        return tuple(moved for item in locations if (moved := self.location(item)))
