"""The recorder: what instrumented code calls with each value, and what becomes an observation."""

from __future__ import annotations

import dataclasses
import sys
import time
from types import FrameType
from typing import Any, Callable, Dict, List, Mapping, Optional, Set, Tuple

from .call_trees import CallTrees
from .contract import Items, Kind, Limits, Location, Observation, Role, Structure
from .describe import Describer
from .held_nests import HeldNests
from .layer_book import INSIDE, CallState, LayerBook, Sighting
from .layer_observations import of_layer, whole_target
from .positions import Positions
from .sites import Site, Target
from .structures import with_batch
from .trial_sizes import untried
from .unknown import Unknown, UnknownUsed

_FLUSH_SECONDS = 0.05
"""How long new observations may wait inside one long statement before they are sent."""

_MOST_AT_ONE_SITE = 2000
"""Distinct values kept of one expression; a thousand-layer model built in a loop stands at one."""

_MOST_CALLS_INSIDE = 3
"""Calls told of a layer that no expression of the user names, such as the 150 inside a pretrained model."""

Handler = Callable[[int, Any], None]


class ObservationLimit(BaseException):
    """The evaluation has more observations than its budget allows."""


class Recorder:
    """Collects observations of one evaluation and hands them on in batches."""

    def __init__(
        self,
        positions: Positions,
        describer: Describer,
        limits: Limits,
        send: Callable[[Tuple[Observation, ...]], None],
    ) -> None:
        self._positions = positions
        self._limit = limits.observations
        self._send = send
        self._describer = describer
        self.layers = LayerBook(describer)
        self.trees = CallTrees(describer)
        self.symbols: Dict[int, Tuple[Any, int]] = {}
        """Symbolic tensors by identity, with the first expression that had each as its value."""
        self._assumed = ""
        self.call = 0
        """Number of the call that is none of the program's own; what two of them have in common is told of both."""
        self._handlers: Dict[int, Optional[Handler]] = {id(Unknown): _use_unknown}
        self._classes: List[type] = []
        """Classes whose identities are keys above; kept, so that no other class gets the same."""
        self._values: Dict[Tuple[int, object], int] = {}
        self._at_site: Dict[int, int] = {}
        self._held = HeldNests()
        self._known: List[Observation] = []
        self._counts: List[int] = []
        self._pending: Dict[int, None] = {}
        self._last_flush = time.monotonic()
        self._flushing = False

    def assume(self, reason: str) -> None:
        """Mark what is recorded from now on as assumed for a reason; the empty string ends that."""
        self._assumed = self.layers.assumed = reason

    # --- called by instrumented code ----------------------------------------------------------------------

    def function(self) -> Callable[[int, Any], Any]:
        """Return what ``__shapelens__`` is: it records its second argument and returns it."""
        handlers, marks = self._handlers, self._positions.marks
        marked: Set[int] = set()

        def record(site: int, value: Any) -> Any:
            if marks and site in marked:
                _finish_mark(marks, site)
            try:
                handler = handlers[id(type(value))]
            except KeyError:
                handler = self._handler(type(value))
            if handler is not None:
                try:
                    handler(site, value)
                except Exception:  # an object of the program that does not bear being looked at
                    pass
            return value

        def mark(site: int) -> int:
            marks.append((id(sys._getframe(1)), site))
            marked.add(site)
            return site

        # AutoGraph would convert these functions' source; the attribute tells it to call them as they are.
        recorder: Any = record
        recorder.mark = mark
        recorder.autograph_info__ = recorder.mark.autograph_info__ = {}
        return record

    def _handler(self, value_type: type) -> Optional[Handler]:
        kind = self._describer.kind(value_type)
        handler: Optional[Handler] = None
        if kind is Kind.TENSOR:
            handler = self._tensor
        elif kind in (Kind.LAYER, Kind.MODEL):
            handler = self._layer
        elif kind is Kind.DATASET:
            handler = self._dataset
        elif issubclass(value_type, (tuple, list, dict)):
            handler = self._nest
        self._classes.append(value_type)
        self._handlers[id(value_type)] = handler
        return handler

    def _tensor(self, site: int, value: Any) -> None:
        if isinstance(value, self._describer.symbolic):
            self.symbols.setdefault(id(value), (value, site))
        self._assigned(site, value, Kind.TENSOR, self._describer.structure(value), self._via)

    def _dataset(self, site: int, value: Any) -> None:
        self._assigned(site, value, Kind.DATASET, self._describer.dataset(value), self._via)

    def _assigned(
        self,
        site: int,
        value: Any,
        kind: Kind,
        structure: Optional[Structure],
        via: Callable[[], Tuple[Location, ...]],
    ) -> None:
        self._value(site, value, kind, structure, via)
        for target in self._positions.sites[site].targets[1:]:
            if target.position is None:  # a = b = value
                self._value(site, value, kind, structure, via, target)

    def _nest(self, site: int, value: Any) -> None:
        if not self._describer.trial.active and self._held.takes(site, value, self._via):
            return
        self._look_into(site, value, self._via)

    def _look_into(self, site: int, value: Any, via: Callable[[], Tuple[Location, ...]]) -> None:
        structure = self._describer.structure(value)
        if structure is None:
            return
        targets = self._positions.sites[site].targets
        if isinstance(value, (tuple, list)) and any(target.position is not None for target in targets):
            for target in targets:
                if target.position is not None and target.position < len(value):
                    self._unpacked(site, target, value[target.position], via)
        self._assigned(site, value, Kind.TENSOR, structure, via)

    def _unpacked(self, site: int, target: Target, value: Any, via: Callable[[], Tuple[Location, ...]]) -> None:
        kind, structure = self._describer.kind(type(value)), self._describer.structure(value)
        if kind is Kind.TENSOR and structure is not None:
            self._value(site, value, kind, structure, via, target)

    def _value(
        self,
        number: int,
        value: Any,
        kind: Kind,
        structure: Optional[Structure],
        via: Callable[[], Tuple[Location, ...]],
        unpacked: Optional[Target] = None,
    ) -> None:
        trial = self._describer.trial
        if trial.active and trial.holds():
            calls = via()
            trial.hold(lambda: self._seen(number, value, kind, untried(structure), unpacked, lambda: calls))
        else:
            self._seen(number, value, kind, structure, unpacked, via)

    def _seen(
        self,
        number: int,
        value: Any,
        kind: Kind,
        structure: Optional[Structure],
        unpacked: Optional[Target],
        via: Callable[[], Tuple[Location, ...]],
    ) -> None:
        identity = (number, (unpacked, _hashable(structure), self.call))
        known = self._values.get(identity)
        if known is not None:
            self._counts[known] += 1
            return
        site = self._positions.sites[number]
        target = unpacked or whole_target(site)
        location = Location(site.location.path, target.span) if unpacked and target else site.location
        self._add(
            number,
            identity,
            Observation(
                location=location,
                kind=kind,
                role=Role.OPERAND if unpacked else site.role,
                node="Name" if unpacked else site.node,
                name=target.name if target else site.text,
                type_name=type(value).__name__,
                output=structure,
                target=target.span if target else None,
                via=via(),
                assumed=self._assumed,
            ),
        )

    def _via(self) -> Tuple[Location, ...]:
        # The innermost frame of the user's is the expression itself; those outside of it led there.
        frame: Optional[FrameType] = sys._getframe(1)
        while frame is not None and not self._positions.is_user(frame):
            frame = frame.f_back
        if frame is None or frame.f_back is None:
            return ()
        return tuple(item.location for item in self._positions.stack(frame.f_back))

    # --- layers -------------------------------------------------------------------------------------------

    def _layer(self, number: int, layer: Any) -> None:
        site = self._positions.sites[number]
        self.layers.sighted(layer, number, created_by_call=site.node == "Call", via=self._via)

    def layer_begins(self, layer: Any, caller: FrameType) -> None:
        """Take note of a call that begins (see LayerCalls)."""
        self.trees.begins(layer, caller)

    def layer_failed(self, layer: Any, arguments: Tuple[Any, ...], keywords: Mapping[str, Any]) -> None:
        """Take note of a call that an exception ended (see LayerCalls)."""
        taken: Optional[Structure] = None
        try:
            taken = self._describer.call(arguments, keywords)
            taken = untried(taken) if self._describer.trial.active else taken
        finally:
            self.trees.ends((*arguments, *keywords.values()), taken, None, failed=True)

    def layer_called(
        self, layer: Any, arguments: Tuple[Any, ...], keywords: Mapping[str, Any], outputs: Any, caller: FrameType
    ) -> None:
        """Take note of one call that succeeded (see LayerCalls)."""
        taken: Optional[Structure] = None
        given: Optional[Structure] = None
        trial = self._describer.trial
        try:
            taken, given = self._describer.call(arguments, keywords), self._describer.structure(outputs)
        finally:
            known = (untried(taken), untried(given)) if trial.active else (taken, given)
            self.trees.ends((*arguments, *keywords.values()), *known, outputs)

        def via() -> Tuple[Location, ...]:
            return tuple(item.location for item in self._positions.stack(caller))

        if trial.active and trial.holds():
            calls = via()
            trial.hold(lambda: self.layers.called(layer, untried(taken), untried(given), lambda: calls))
        else:
            self.layers.called(layer, taken, given, via)

    def layer_declared(
        self, layer: Any, arguments: Tuple[Any, ...], keywords: Mapping[str, Any], outputs: Any, batch: Optional[int]
    ) -> None:
        """Take note of a call that a model's declaration tells, for a batch of this size."""
        taken, given = self._describer.call(arguments, keywords), self._describer.structure(outputs)
        caller = sys._getframe(1)

        def via() -> Tuple[Location, ...]:
            return tuple(item.location for item in self._positions.stack(caller))

        self.layers.called(layer, with_batch(taken, batch), with_batch(given, batch), via)

    def creation(self, layer: Any) -> Optional[Site]:
        """Return the expression that made a layer, where the user's code did."""
        number = self.layers.created_at(layer)
        return None if number is None else self._positions.sites[number]

    def was_called(self, layer: Any) -> bool:
        """Tell whether a call of a layer succeeded before."""
        return self.layers.was_called(layer)

    # --- sending ------------------------------------------------------------------------------------------

    def _add(self, site: int, identity: Tuple[int, object], observation: Observation) -> None:
        here = self._at_site[site] = self._at_site.get(site, 0) + 1
        if here > _MOST_AT_ONE_SITE:
            return
        key = len(self._known)
        if key >= self._limit:
            self._send_pending()
            raise ObservationLimit
        self._values[identity] = key
        self._known.append(dataclasses.replace(observation, key=key))
        self._counts.append(1)
        self._pending[key] = None
        if not self._flushing and time.monotonic() - self._last_flush > _FLUSH_SECONDS:
            self.flush()

    def settle(self) -> None:
        """Look at what waited for the end of a top-level statement, and send what is new."""
        for site, value, via in self._held.release():
            try:
                self._look_into(site, value, via)
            except Exception:  # as at any other expression
                pass
        self.flush()

    def flush(self) -> None:
        """Send what is new, layers with what their calls gave them so far."""
        self._flushing = True
        try:
            for sighting in self.layers.changed():
                for number, state in enumerate(sighting.states):
                    self._update(sighting, number, state)
        finally:
            self._flushing = False
        self._send_pending()

    def _update(self, sighting: Sighting, number: int, state: CallState) -> None:
        """Add what one call gave a layer, or replace what was known of it."""
        identity = (sighting.site, (sighting.identity, number))
        site = None if sighting.site == INSIDE else self._positions.sites[sighting.site]
        observation = of_layer(sighting, state, site)
        if identity not in self._values:
            self._add(sighting.site, identity, observation)
        key = self._values.get(identity)
        if key is None:
            return  # there are too many at this expression
        self._counts[key] = state.count
        replaced = dataclasses.replace(observation, key=key, count=state.count)
        if replaced != self._known[key]:
            self._known[key] = replaced
            self._pending[key] = None

    def finish(self) -> None:
        """Send everything, with how often each value was seen."""
        self.flush()
        for sighting in self.layers.inside():
            for number, state in enumerate(sighting.states[:_MOST_CALLS_INSIDE]):
                self._update(sighting, number, state)
        for key, count in enumerate(self._counts):
            if self._known[key].count != count:
                self._known[key] = dataclasses.replace(self._known[key], count=count)
                self._pending[key] = None
        self._send_pending()

    def _send_pending(self) -> None:
        self._last_flush = time.monotonic()
        if self._pending:
            keys = list(self._pending)
            # Forgotten only once it is sent: the evaluation may be ended in the middle of this.
            self._send(tuple(self._known[key] for key in keys))
            for key in keys:
                self._pending.pop(key, None)


def _use_unknown(site: int, value: Any) -> None:
    raise UnknownUsed(value)


def _finish_mark(marks: List[Tuple[int, int]], site: int) -> None:
    for index in range(len(marks) - 1, -1, -1):
        if marks[index][1] == site:
            del marks[index:]
            return


def _hashable(structure: Optional[Structure]) -> object:
    if structure is None or not hasattr(structure, "entries"):
        if isinstance(structure, Items):
            return tuple(_hashable(item) for item in structure.items)
        return structure
    return tuple((key, _hashable(item)) for key, item in structure.entries.items())
