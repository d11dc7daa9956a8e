"""An analysis with other places, wherever these come from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace

from shapelens.diagnostics.model import Diagnostic
from shapelens.evaluation.analysis import Analysis, UncalledCode
from shapelens.worker.contract import Fault, Frame, GraphNode, Location, ModelGraph, Observation, Skip


class Relocation(ABC):
    """Puts another place for each place of an analysis; what has none any more is left out."""

    @abstractmethod
    def location(self, location: Location) -> Location | None:
        """Return the other place, the same object where it is no other, or None where there is none."""

    def analysis(self, analysis: Analysis) -> Analysis:
        """Return the analysis with its places exchanged; ``program`` stays the one that was evaluated."""
        finished = analysis.finished
        if finished is not None and finished.location is not None:
            finished = replace(finished, location=self.location(finished.location))
        return replace(
            analysis,
            observations=tuple(moved for item in analysis.observations if (moved := self.observation(item))),
            faults=tuple(fault for item in analysis.faults if (fault := self.fault(item))),
            skips=tuple(skip for item in analysis.skips if (skip := self.skip(item))),
            finished=finished,
            uncalled=tuple(other for code in analysis.uncalled if (other := self.uncalled(code))),
            graphs=tuple(map(self.graph, analysis.graphs)),
        )

    def diagnostics(self, diagnostics: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Return the diagnostics with their places exchanged."""
        return tuple(moved for item in diagnostics if (moved := self.diagnostic(item)))

    def observation(self, item: Observation) -> Observation | None:
        """Return one observation with its places exchanged."""
        location = self.location(item.location)
        if location is None:
            return None
        target = None
        if item.target is not None:
            place = self.location(Location(item.location.path, item.target))
            target = place.span if place else None
        via = self._all(item.via)
        if location is item.location and target == item.target and via == item.via:
            return item
        return replace(item, location=location, target=target, via=via)

    def fault(self, item: Fault) -> Fault | None:
        """Return one fault with its places exchanged."""
        location = self.location(item.location)
        if location is None:
            return None
        frames = tuple(
            Frame(place, frame.function) for frame in item.frames if (place := self.location(frame.location))
        )
        return replace(item, location=location, frames=frames)

    def skip(self, item: Skip) -> Skip | None:
        """Return one skip with its places exchanged."""
        location = self.location(item.location)
        if location is None:
            return None
        return replace(item, location=location, origin=item.origin and self.location(item.origin))

    def uncalled(self, item: UncalledCode) -> UncalledCode | None:
        """Return a function that nothing calls with its places exchanged."""
        location, body = self.location(item.location), self.location(item.body)
        if location is None or body is None:
            return None
        calls = tuple(replace(call, location=place) for call in item.calls if (place := self.location(call.location)))
        return replace(item, location=location, body=body, calls=calls)

    def graph(self, item: ModelGraph) -> ModelGraph:
        """Return a model with its places exchanged; it stays a model where it has no place any more."""
        location, fault = self._maybe(item.location), self._maybe(item.fault)
        nodes = self._nodes(item.nodes)
        if location is item.location and fault is item.fault and nodes is item.nodes:
            return item
        return replace(item, location=location, fault=fault, nodes=nodes)

    def _nodes(self, nodes: tuple[GraphNode, ...]) -> tuple[GraphNode, ...]:
        moved = tuple(map(self._node, nodes))
        return nodes if all(one is other for one, other in zip(nodes, moved, strict=True)) else moved

    def _node(self, item: GraphNode) -> GraphNode:
        location, fault = self._maybe(item.location), self._maybe(item.fault)
        nodes = self._nodes(item.nodes)
        if location is item.location and fault is item.fault and nodes is item.nodes:
            return item
        return replace(item, location=location, fault=fault, nodes=nodes)

    def _maybe(self, location: Location | None) -> Location | None:
        return None if location is None else self.location(location)

    def diagnostic(self, item: Diagnostic) -> Diagnostic | None:
        """Return one diagnostic with its places exchanged."""
        location = self.location(item.location)
        if location is None:
            return None
        related = tuple(
            replace(other, location=place) for other in item.related if (place := self.location(other.location))
        )
        return replace(item, location=location, related=related)

    def _all(self, locations: tuple[Location, ...]) -> tuple[Location, ...]:
        return tuple(moved for item in locations if (moved := self.location(item)))
