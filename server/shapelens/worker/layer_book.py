"""What is known of each layer: where it was made and mentioned, and what each of its calls gave."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from .contract import Kind, Location, Structure
from .describe import Describer
from .values import attribute

_MOST_CALLS = 200
"""Distinct calls kept of one layer."""

INSIDE = -1
"""The site of layers that no expression of the user has as its value."""


@dataclass(frozen=True)
class CallState:
    """One way in which a layer was called, or a model was declared."""

    input: Optional[Structure]
    output: Optional[Structure]
    via: Tuple[Location, ...]
    count: int = 1
    assumed: str = ""


@dataclass(frozen=True)
class Sighting:
    """A layer at a site, with all that is known of it now."""

    site: int
    identity: int
    kind: Kind
    type_name: str
    layer_name: str
    parameters: Optional[int]
    trainable_parameters: Optional[int]
    created: bool
    states: Tuple[CallState, ...]


class _Entry:
    """One layer; it is kept alive so that its identity stays its own."""

    def __init__(self, layer: Any, kind: Kind) -> None:
        self.layer = layer
        self.kind = kind
        self.created_at: Optional[int] = None
        self.made_via: Tuple[Location, ...] = ()
        self.sites: Dict[int, None] = {}
        self.calls: Dict[str, CallState] = {}
        self.declared: Optional[CallState] = None
        self.declared_graph: Any = None
        self.sizes: Tuple[object, Tuple[Optional[int], Optional[int]]] = (None, (None, None))
        """Parameters, all and trainable ones, and the state of the layer in which they were counted."""


class LayerBook:
    """Every layer that was made, mentioned or called in one evaluation."""

    def __init__(self, describer: Describer) -> None:
        self._describer = describer
        self.assumed = ""
        """Why what calls give is assumed for now."""
        self._entries: Dict[int, _Entry] = {}
        self._changed: Dict[int, None] = {}
        self._models: List[_Entry] = []

    @property
    def number(self) -> int:
        """How many layers there are so far."""
        return len(self._entries)

    def _entry(self, layer: Any) -> _Entry:
        entry = self._entries.get(id(layer))
        if entry is None:
            entry = _Entry(layer, self._describer.kind(type(layer)) or Kind.LAYER)
            self._entries[id(layer)] = entry
            if entry.kind is Kind.MODEL:
                self._models.append(entry)
        return entry

    def sighted(self, layer: Any, site: int, created_by_call: bool, via: Callable[[], Tuple[Location, ...]]) -> None:
        """Note that an expression has the layer as its value; the first call that yields it made it."""
        entry = self._entry(layer)
        if site in entry.sites:
            return
        if created_by_call and entry.created_at is None:
            entry.created_at = site
            entry.made_via = via()
        entry.sites[site] = None
        self._changed[id(layer)] = None

    def called(
        self,
        layer: Any,
        taken: Optional[Structure],
        given: Optional[Structure],
        via: Callable[[], Tuple[Location, ...]],
    ) -> None:
        """Note what a call took and returned; ``via`` is asked for only if the like was not seen before."""
        entry = self._entry(layer)
        identity = repr((taken, given))
        known = entry.calls.get(identity)
        if known is not None:
            entry.calls[identity] = dataclasses.replace(known, count=known.count + 1)
        elif len(entry.calls) < _MOST_CALLS:
            entry.calls[identity] = CallState(taken, given, via(), assumed=self.assumed)
        if entry.sites:
            self._changed[id(layer)] = None

    def created_at(self, layer: Any) -> Optional[int]:
        """Return the site of the expression that made the layer."""
        entry = self._entries.get(id(layer))
        return entry.created_at if entry is not None else None

    def first_call(self, layer: Any) -> Optional[CallState]:
        """Return what a layer was first called with and gave; None for one that was never called."""
        entry = self._entries.get(id(layer))
        return next(iter(entry.calls.values()), None) if entry is not None else None

    def state(self, layer: Any) -> Optional[CallState]:
        """Return what a model was declared with, else what a layer was first called with."""
        entry = self._entries.get(id(layer))
        declared = entry.declared if entry is not None else None
        return declared if declared is not None else self.first_call(layer)

    def parameters(self, layer: Any) -> Tuple[Optional[int], Optional[int]]:
        """Return how many parameters a layer has and how many of them are trained, as observations tell it."""
        entry = self._entries.get(id(layer))
        known = entry is not None and entry.sizes[0] is not None
        return entry.sizes[1] if entry is not None and known else parameters_of(layer)

    def created_models(self) -> Iterator[Tuple[Any, Tuple[int, ...]]]:
        """Yield each model that a call in the user's files made, with the sites of all expressions that had it."""
        for entry in self._models:
            if entry.created_at is not None:
                yield entry.layer, tuple(entry.sites)

    def was_called(self, layer: Any) -> bool:
        """Tell whether a call of a layer succeeded."""
        entry = self._entries.get(id(layer))
        return entry is not None and bool(entry.calls)

    def changed(self) -> Iterator[Sighting]:
        """Yield all sightings of the layers that changed since the last time."""
        for entry in self._models:
            if self._declare(entry):
                self._changed[id(entry.layer)] = None
        changed, self._changed = self._changed, {}
        for identity in changed:
            yield from self._sightings(self._entries[identity])

    def inside(self) -> Iterator[Sighting]:
        """Yield the layers that were called and that no expression of the user has as its value."""
        for entry in self._entries.values():
            if not entry.sites and entry.calls:
                yield self._sighting(entry, INSIDE, tuple(state for state in entry.calls.values() if state.via))

    def _sightings(self, entry: _Entry) -> Iterator[Sighting]:
        states = tuple(entry.calls.values())
        if entry.declared is not None and not any(_same(entry.declared, state) for state in states):
            states = (entry.declared, *states)
        for site in entry.sites:
            yield self._sighting(entry, site, states or (CallState(None, None, entry.made_via),))

    def _sighting(self, entry: _Entry, site: int, states: Tuple[CallState, ...]) -> Sighting:
        state = (
            attribute(entry.layer, "built", False),
            attribute(entry.layer, "trainable", True),
            len(entry.calls) > 1,
        )
        if entry.sizes[0] != state:
            # Not each time it changed: the sum over a model's weights takes a millisecond.
            entry.sizes = (state, parameters_of(entry.layer))
        total, trainable = entry.sizes[1]
        return Sighting(
            site=site,
            identity=id(entry.layer),
            kind=entry.kind,
            type_name=type(entry.layer).__name__,
            layer_name=str(attribute(entry.layer, "name", "")),
            parameters=total,
            trainable_parameters=trainable,
            created=site == entry.created_at,
            states=states,
        )

    def _declare(self, entry: _Entry) -> bool:
        """Read the inputs and outputs that a Functional or built Sequential model was declared with."""
        graph = self._describer.graph(entry.layer)
        if graph is None or graph.identity is entry.declared_graph:
            return False
        entry.declared_graph = graph.identity
        taken, given = self._describer.structure(graph.inputs), self._describer.structure(graph.outputs)
        entry.declared = CallState(taken, given, entry.made_via, assumed=self.assumed)
        return True


def _same(left: CallState, right: CallState) -> bool:
    return left.input == right.input and left.output == right.output


def parameters_of(layer: Any) -> Tuple[Optional[int], Optional[int]]:
    """Return how many parameters a layer has and how many of them are trained; None before it is built."""
    if attribute(layer, "built", False) is not True:
        return None, None
    try:
        return _size(layer.weights), _size(layer.trainable_weights)
    except Exception:  # a user's own property may fail; the shapes are still good
        return None, None


def _size(variables: Any) -> int:
    return sum(math.prod(int(size) for size in variable.shape) for variable in variables)
