"""The immutable result of evaluating one version of one document."""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass

from shapelens.worker.contract import (
    Event,
    Fault,
    Faulted,
    Finished,
    Graphed,
    Location,
    ModelGraph,
    Observation,
    Observed,
    Outcome,
    Program,
    Ready,
    Skip,
    Skipped,
    Trained,
    Training,
)


class Status(str, enum.Enum):
    """How much of a document has a result, in the words of the JSON report (DESIGN, CLI contract)."""

    EVALUATED = "evaluated"
    """Every statement ran."""
    PARTIAL = "partial"
    """Some statements failed, were skipped or were cut off."""
    FAILED = "failed"
    """Nothing could be seen: the text does not parse, or the evaluation died at once."""
    SKIPPED = "skipped"
    """Nothing was tried: evaluation is off for this file."""


class CallKind(str, enum.Enum):
    """Where a call of uncalled code comes from."""

    COMMENT = "comment"
    CALLER = "caller"
    DEFAULTS = "defaults"


@dataclass(frozen=True)
class Call:
    """A call that gave shapes to code which its own file never calls."""

    location: Location
    """The caller's expression, the comment, or the function's own name: it is in ``via`` of what came of the call."""
    text: str
    kind: CallKind


@dataclass(frozen=True)
class UncalledCode:
    """A function or class that its own file never calls."""

    name: str
    location: Location
    """The name in its definition."""
    body: Location
    """The definition."""
    calls: tuple[Call, ...] = ()
    """In order of preference."""
    example: tuple[str, ...] = ()
    """Lines of comments that would make it callable, with dots for what only the user knows."""


@dataclass(frozen=True)
class Analysis:
    """What is known of one version of one document.

    Spans count lines and code points of ``program.text``. While ``finished`` is None the evaluation still
    runs and more is to come.
    """

    program: Program
    version: int | None
    environment: Ready
    observations: tuple[Observation, ...] = ()
    faults: tuple[Fault, ...] = ()
    skips: tuple[Skip, ...] = ()
    finished: Finished | None = None
    uncalled: tuple[UncalledCode, ...] = ()
    trainings: tuple[Training, ...] = ()
    """Calls of ``fit`` and its kin, in the order in which they were made."""
    graphs: tuple[ModelGraph, ...] = ()
    """The models that the program made, in the order of the text; known once the evaluation has ended."""
    graphs_cut: str = ""
    """Which models and layers ``graphs`` leaves out, in one sentence."""

    @property
    def status(self) -> Status:
        """How much of the document has a result."""
        outcome = self.finished.outcome if self.finished else None
        if outcome is Outcome.UNPARSABLE:
            return Status.FAILED
        unhandled = [fault for fault in self.faults if not fault.handled]
        if outcome is Outcome.COMPLETED and not unhandled and not self.skips:
            return Status.EVALUATED
        return Status.PARTIAL if self.observations else Status.FAILED

    @property
    def seconds(self) -> float:
        """Wall time of the evaluation in the worker."""
        return self.finished.seconds if self.finished else 0.0


class AnalysisBuilder:
    """Grows an Analysis out of the events of one evaluation."""

    def __init__(self, program: Program, version: int | None, environment: Ready) -> None:
        self._empty = Analysis(program, version, environment)
        self._observations: dict[int, Observation] = {}
        self._faults: list[Fault] = []
        self._handled: set[tuple[Location, str | None]] = set()
        self._skips: list[Skip] = []
        self._trainings: list[Training] = []
        self._graphed: Graphed | None = None
        self._finished: Finished | None = None

    def add(self, event: Event) -> None:
        """Take one event; an observation with a known key replaces the earlier one."""
        if isinstance(event, Observed):
            self._observations.update((item.key, item) for item in event.observations)
        elif isinstance(event, Faulted):
            self._add_fault(event.fault)
        elif isinstance(event, Skipped):
            self._skips.append(event.skip)
        elif isinstance(event, Trained):
            self._trainings.append(event.training)
        elif isinstance(event, Graphed):
            self._graphed = event
        else:
            self._finished = event

    def _add_fault(self, fault: Fault) -> None:
        """Take a fault; one that the program caught and raised again is no longer handled."""
        what = (fault.location, fault.layer_name)
        if fault.handled:
            self._handled.add(what)
        elif what in self._handled:
            self._faults = [known for known in self._faults if (known.location, known.layer_name) != what]
        self._faults.append(fault)

    def analysis(self) -> Analysis:
        """Return what is known so far, observations in the order of the text."""
        ordered = sorted(self._observations.values(), key=lambda item: (item.location, item.key))
        return dataclasses.replace(
            self._empty,
            observations=tuple(ordered),
            faults=tuple(self._faults),
            skips=tuple(self._skips),
            finished=self._finished,
            trainings=tuple(self._trainings),
            graphs=self._graphed.graphs if self._graphed else (),
            graphs_cut=self._graphed.cut if self._graphed else "",
        )
