"""The hosts of all environments: one per key, started when first asked for, replaced when it ends."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import dataclass, field, replace

from shapelens.evaluation.analysis import Analysis, AnalysisBuilder
from shapelens.evaluation.evaluator import EvaluationRequest, HostKey, OnAnalysis, OnStage
from shapelens.evaluation.host_process import HostProcess
from shapelens.evaluation.keras_settings import keras_settings
from shapelens.evaluation.kernels import in_doubt
from shapelens.evaluation.probe import EnvironmentFacts, InterpreterProbe
from shapelens.evaluation.problem import EnvironmentProblem
from shapelens.evaluation.refused_choice import refused_choice
from shapelens.source.framework_choice import NO_CHOICE, FrameworkChoice, framework_choice
from shapelens.worker.contract import Event, Faulted, Finished, Outcome, Ready

_SECONDS_BETWEEN_ANALYSES = 0.1
"""How often a running evaluation is shown; its first fault is shown at once."""

_SECONDS_TO_KEEP_A_FAILURE = 30.0

NO_SAFE_FORK = sys.platform in ("win32", "darwin")
"""Windows cannot fork, and macOS frameworks do not survive it; a host there is good for one evaluation."""


@dataclass
class _Start:
    """A host on its way or warm, with those who wait for it."""

    host: HostProcess
    facts: EnvironmentFacts
    settings: tuple[int, int] | None
    """Of keras.json, when the host read it."""
    listeners: list[OnStage] = field(default_factory=list)
    stage: str = ""
    task: asyncio.Task[Ready | EnvironmentProblem] | None = None
    ended: float = 0.0
    """When the start was over, on the monotonic clock."""
    discarded: bool = False
    """True once it is being stopped to make place for another."""

    async def run(self) -> Ready | EnvironmentProblem:
        """Start the host and tell the listeners how far it is."""
        try:
            return await self.host.start(self.tell)
        finally:
            self.ended = time.monotonic()

    async def stop(self) -> None:
        """Stop the host; one whose process is only being made ends with its start."""
        await self.host.stop()
        if self.task is not None:
            await asyncio.wait({self.task})

    def tell(self, stage: str) -> None:
        self.stage = stage
        for listener in self.listeners:
            listener(stage)


class HostPool:
    """Evaluates programs in warm hosts (implements Evaluator)."""

    def __init__(self, probe: InterpreterProbe | None = None, single_use: bool = NO_SAFE_FORK) -> None:
        self._probe = probe or InterpreterProbe()
        self._single_use = single_use
        self._starts: dict[HostKey, _Start] = {}
        self._closed = False
        self._stopping: set[asyncio.Task[None]] = set()
        self.hosts_started = 0
        """How many host processes this pool has started; told in the debug information."""

    async def evaluate(
        self,
        request: EvaluationRequest,
        on_analysis: OnAnalysis | None = None,
        on_stage: OnStage | None = None,
    ) -> Analysis | EnvironmentProblem:
        """Return the finished analysis, or why the environment cannot evaluate (see Evaluator).

        An environment without the Keras that the program chooses itself is no problem of the environment: the
        analysis then says so where it is chosen.
        """
        choice = framework_choice(request.program.text, os.environ).with_defaults(request.key.choice)
        request = replace(request, key=replace(request.key, choice=choice))
        result = await self._evaluate(request, on_analysis, on_stage)
        if isinstance(result, Analysis) and result.finished is not None and result.finished.wanted:
            # It is only known now: the choice is made in another module, or computed.
            choice = FrameworkChoice.of(result.finished.wanted).with_defaults(choice)
            request = replace(request, key=replace(request.key, choice=choice))
            result = await self._evaluate(request, on_analysis, on_stage)
        if isinstance(result, EnvironmentProblem) and choice != NO_CHOICE:
            facts = await self._probe.probe(request.key.interpreter)
            return result if isinstance(facts, EnvironmentProblem) else refused_choice(request, facts, result)
        if isinstance(result, Analysis) and not request.key.plain_kernels and in_doubt(result):
            plain = replace(request, key=replace(request.key, plain_kernels=True))
            return await self._evaluate(plain, on_analysis, on_stage)
        return result

    async def _evaluate(
        self, request: EvaluationRequest, on_analysis: OnAnalysis | None, on_stage: OnStage | None
    ) -> Analysis | EnvironmentProblem:
        while True:
            facts = await self._probe.probe(request.key.interpreter)
            if isinstance(facts, EnvironmentProblem):
                return facts
            request = replace(request, key=self._without_needless_choice(request.key))
            start = self._start_for(request.key, facts)
            ready = await self._warm(start, on_stage)
            if start.discarded and not self._closed:
                continue  # someone asked for a restart meanwhile
            if isinstance(ready, EnvironmentProblem):
                return ready
            if ready.reusable:
                analysis = await self._run(start.host, ready, request, on_analysis)
                if start.discarded and not self._closed and _crashed(analysis):
                    continue  # its host was stopped under it
                return analysis
            if self._starts.get(request.key) is start:
                # Claimed before anything is awaited: another evaluation needs another host.
                del self._starts[request.key]
                self._start_for(request.key, facts)  # a spare warms up while this one works
                try:
                    return await self._run(start.host, ready, request, on_analysis)
                finally:
                    self._stop_later(start)

    def _without_needless_choice(self, key: HostKey) -> HostKey:
        """Return a key that leaves the backend open where a host that is warm already has the one that is chosen."""
        plain = replace(key, choice=NO_CHOICE)
        start = self._starts.get(plain)
        if key.choice.tf_keras or [name for name, _ in key.choice.variables] != ["KERAS_BACKEND"]:
            return key
        if key in self._starts or start is None or start.task is None or not start.task.done() or not _alive(start):
            return key
        ready = start.task.result()
        same = isinstance(ready, Ready) and ready.backend == dict(key.choice.variables)["KERAS_BACKEND"]
        return plain if same else key

    async def _run(
        self, host: HostProcess, ready: Ready, request: EvaluationRequest, on_analysis: OnAnalysis | None
    ) -> Analysis:
        builder = AnalysisBuilder(request.program, request.version, ready)
        progress = _Progress(builder, on_analysis, sure=request.key.plain_kernels)
        await host.evaluate(request.program, request.limits, progress.take)
        return progress.builder.analysis()

    def _start_for(self, key: HostKey, facts: EnvironmentFacts) -> _Start:
        start = self._starts.get(key)
        settings = keras_settings(key.choice, os.environ)
        if start is not None and (start.facts, start.settings) == (facts, settings) and _alive(start):
            return start
        if start is not None:
            start.discarded = True
            self._stop_later(start)
        host = HostProcess(key, self._single_use)
        start = self._starts[key] = _Start(host, facts, settings)
        start.task = asyncio.create_task(start.run(), name=f"host of {key.interpreter}")
        self.hosts_started += 1
        return start

    async def _warm(self, start: _Start, on_stage: OnStage | None) -> Ready | EnvironmentProblem:
        assert start.task is not None
        if on_stage is None or start.task.done():
            return await asyncio.shield(start.task)
        start.listeners.append(on_stage)
        try:
            if start.stage:
                on_stage(start.stage)
            # Others wait for the same host; one who gives up must not stop it.
            answer = await asyncio.shield(start.task)
        finally:
            start.listeners.remove(on_stage)
        on_stage("")
        return answer

    def _stop_later(self, start: _Start) -> None:
        task = asyncio.create_task(start.stop())
        self._stopping.add(task)
        task.add_done_callback(self._stopping.discard)

    async def restart(self) -> None:
        """Stop every host; the next evaluation starts afresh with a fresh look at the interpreter."""
        self._probe.forget()
        starts, self._starts = list(self._starts.values()), {}
        for start in starts:
            start.discarded = True
        await asyncio.gather(*(start.stop() for start in starts))

    async def close(self) -> None:
        """Stop every host and wait until its processes are gone."""
        self._closed = True
        await self.restart()
        await self._probe.close()
        await asyncio.gather(*self._stopping)


def _alive(start: _Start) -> bool:
    if start.task is None or not start.task.done():
        return True
    if start.task.cancelled() or start.task.exception() is not None:
        return False
    if isinstance(start.task.result(), EnvironmentProblem):
        # Not tried again at each keystroke, but once what was wrong may have passed.
        return time.monotonic() - start.ended < _SECONDS_TO_KEEP_A_FAILURE
    return start.host.usable


def _crashed(analysis: Analysis) -> bool:
    return analysis.finished is not None and analysis.finished.outcome is Outcome.CRASHED


class _Progress:
    """Collects events and shows what is known from time to time."""

    def __init__(self, builder: AnalysisBuilder, on_analysis: OnAnalysis | None, sure: bool) -> None:
        self.builder = builder
        self._sure = sure
        self._on_analysis = on_analysis
        self._shown = time.monotonic()
        self._faulted = False

    def take(self, event: Event) -> None:
        self.builder.add(event)
        if self._on_analysis is None or isinstance(event, Finished):
            return
        first_fault = isinstance(event, Faulted) and not self._faulted
        self._faulted = self._faulted or first_fault
        if first_fault or time.monotonic() - self._shown > _SECONDS_BETWEEN_ANALYSES:
            analysis = self.builder.analysis()
            if self._sure or not in_doubt(analysis):
                self._on_analysis(analysis)
            self._shown = time.monotonic()
