"""Shapes of code that its own file never calls: which call each of them comes from, and those that callers bring."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from shapelens.evaluation.analysis import Analysis, Call, CallKind, UncalledCode
from shapelens.source.lines import Lines
from shapelens.source.uncalled import Uncalled, outline
from shapelens.worker.contract import Fault, Kind, Location, Observation

_LONGEST_CALL = 60


def with_uncalled(analysis: Analysis) -> Analysis:
    """Return an analysis with the code that the file does not call itself, and the calls that were made of it."""
    path = analysis.program.path
    told = outline(path, analysis.program.text)
    if not told.functions:
        return analysis
    seen = {place for item in analysis.observations for place in item.via}
    seen |= {frame.location for fault in analysis.faults for frame in fault.frames}
    return replace(analysis, uncalled=tuple(_code(path, item, seen) for item in told.functions))


def _code(path: str, item: Uncalled, seen: set[Location]) -> UncalledCode:
    calls = tuple(
        Call(call.location, call.expression, CallKind.DEFAULTS if call.location.span == item.span else CallKind.COMMENT)
        for call in item.calls
        if call.location in seen
    )
    return UncalledCode(item.name, Location(path, item.span), Location(path, item.body), calls, item.example)


def wants_callers(analysis: Analysis) -> tuple[str, ...]:
    """Return the names of the functions and classes whose callers are to be looked for: the user named no call."""
    return tuple(
        code.name for code in analysis.uncalled if not any(call.kind is CallKind.COMMENT for call in code.calls)
    )


def brought_by_callers(own: Analysis, results: Iterable[Analysis], text_of: Callable[[str], str]) -> Analysis:
    """Return what evaluations of callers tell of a file, as an analysis of that file.

    The callers must have been evaluated with the text of ``own``; ``text_of`` returns the text of a file.
    """
    gathering = _Gathering(own, text_of)
    for result in results:
        gathering.take(result)
    return gathering.analysis()


class _Gathering:
    """What callers tell of one file, with the calls that it came of."""

    def __init__(self, own: Analysis, text_of: Callable[[str], str]) -> None:
        wanted = set(wants_callers(own))
        self._own = own
        self._path = own.program.path
        self._text_of = text_of
        self._codes = {code.name: code for code in own.uncalled if code.name in wanted}
        self._calls: dict[str, dict[Location, Call]] = {name: {} for name in self._codes}
        self._observations: list[Observation] = []
        self._faults: list[Fault] = []

    def take(self, result: Analysis) -> None:
        """Take what one caller's evaluation saw in the file."""
        later: list[tuple[Observation, UncalledCode, Location]] = []
        known: set[tuple[Location, str]] = set()
        for item in result.observations:
            chain = (*item.via, item.location)
            entry = self._entry(chain, result.program.path) if item.location.path == self._path else None
            if entry is None:
                continue
            code, call, passed = entry
            if item.kind in (Kind.LAYER, Kind.MODEL) and not passed:
                later.append((item, code, call))
                continue
            self._keep(item, code, call)
            known.add((item.location, item.layer_name))
        # What a layer gave in a call outside of the code that made it counts only where the code tells nothing of it.
        later.sort(key=lambda entry: entry[2] not in self._calls[entry[1].name])
        for item, code, call in later:
            if call in self._calls[code.name] or (item.location, item.layer_name) not in known:
                self._keep(item, code, call)
                known.add((item.location, item.layer_name))
        for fault in result.faults:
            chain = (*(frame.location for frame in fault.frames), fault.location)
            entry = self._entry(chain, result.program.path) if fault.location.path == self._path else None
            if entry is not None:
                self._note(entry[0], entry[1])
                self._faults.append(fault)

    def analysis(self) -> Analysis:
        """Return what was taken."""
        own = self._own
        uncalled = tuple(
            replace(code, calls=tuple(self._calls[name].values()))
            for name, code in self._codes.items()
            if self._calls[name]
        )
        return replace(
            own, observations=tuple(self._observations), faults=tuple(self._faults), skips=(), uncalled=uncalled
        )

    def _entry(self, chain: Sequence[Location], caller: str) -> tuple[UncalledCode, Location, bool] | None:
        """Return the code through which a chain of calls enters the file, the call, and whether more calls follow.

        The call is the last one in the caller's own file: what lies between, as a model between a test and a layer, is
        the same for every caller.
        """
        for number, place in enumerate(chain):
            if place.path == self._path:
                if not number:
                    return None
                code = next((code for code in self._codes.values() if contains(code.body, place)), None)
                call = next((outer for outer in reversed(chain[:number]) if outer.path == caller), chain[number - 1])
                return None if code is None else (code, call, number < len(chain) - 1)
        return None

    def _keep(self, item: Observation, code: UncalledCode, call: Location) -> None:
        self._note(code, call)
        self._observations.append(item)

    def _note(self, code: UncalledCode, location: Location) -> None:
        calls = self._calls[code.name]
        if location not in calls:
            written = " ".join(Lines(self._text_of(location.path)).slice(location.span).split())
            text = written if len(written) <= _LONGEST_CALL else written[: _LONGEST_CALL - 3] + "..."
            calls[location] = Call(location, text or f"{code.name}(...)", CallKind.CALLER)


def contains(outer: Location, inner: Location) -> bool:
    """Return whether one place lies in another."""
    start, end = (outer.span.line, outer.span.column), (outer.span.end_line, outer.span.end_column)
    inside = start <= (inner.span.line, inner.span.column) and (inner.span.end_line, inner.span.end_column) <= end
    return outer.path == inner.path and inside


def merged(own: Analysis, callers: Analysis | None) -> Analysis:
    """Return an analysis with what callers tell in place of what default arguments told."""
    if callers is None or not callers.uncalled:
        return own
    brought = {code.name: code.calls for code in callers.uncalled}
    uncalled = tuple(_with_calls(code, brought) for code in own.uncalled)
    kept = {call.location for code in uncalled for call in code.calls if call.kind is CallKind.CALLER}
    better = {
        call.location
        for before, code in zip(own.uncalled, uncalled, strict=True)
        if code is not before
        for call in before.calls
    }
    observations = [*own.observations, *(item for item in callers.observations if kept.intersection(item.via))]
    faults = [
        *(fault for fault in own.faults if not better.intersection(_frames(fault))),
        *(fault for fault in callers.faults if kept.intersection(_frames(fault)) and fault not in own.faults),
    ]
    return replace(
        own,
        observations=tuple(sorted(observations, key=lambda item: item.location)),
        faults=tuple(faults),
        uncalled=uncalled,
    )


def _with_calls(code: UncalledCode, brought: dict[str, tuple[Call, ...]]) -> UncalledCode:
    calls = brought.get(code.name)
    if not calls or any(call.kind is CallKind.COMMENT for call in code.calls):
        return code
    return replace(code, calls=(*calls, *code.calls))


def _frames(fault: Fault) -> Iterator[Location]:
    return (frame.location for frame in fault.frames)
