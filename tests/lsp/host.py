"""The test's side of the scripted evaluator: sees every evaluation and answers it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from shapelens.evaluation.problem import EnvironmentProblem
from shapelens.repairs.model import Fix
from shapelens.worker.codec import from_plain, to_plain
from shapelens.worker.contract import (
    Fault,
    Finished,
    Limits,
    ModelGraph,
    Observation,
    Outcome,
    Program,
    Skip,
    Span,
)
from support.made import READY, Source

SECONDS = 10.0
"""How long a test waits for what must come."""


class Evaluation:
    """One evaluation that the server asked for."""

    def __init__(self, host: Host, event: dict[str, Any]) -> None:
        self._host = host
        self.number: int = event["number"]
        self.program = from_plain(Program, event["program"])
        self.version: int = event["version"]
        self.limits = from_plain(Limits, event["limits"])
        self.key: dict[str, str] = event["key"]
        self.source = Source(self.program.text, self.program.path)
        self.cancelled = asyncio.Event()

    def stage(self, phrase: str) -> None:
        """Say what the starting host is doing."""
        self._host.answer(self.number, stage=phrase)

    def problem(self, problem: EnvironmentProblem) -> None:
        """End it: the environment cannot evaluate."""
        self._host.answer(
            self.number,
            problem=to_plain(problem),
        )

    def fail(self) -> None:
        """End it with an exception in the server."""
        self._host.answer(self.number, fault="scripted fault")

    def partial(
        self,
        observations: tuple[Observation, ...] = (),
        faults: tuple[Fault, ...] = (),
        skips: tuple[Skip, ...] = (),
    ) -> None:
        """Say what is known so far."""
        self._analysis(observations, faults, skips, None)

    def finish(
        self,
        observations: tuple[Observation, ...] = (),
        faults: tuple[Fault, ...] = (),
        skips: tuple[Skip, ...] = (),
        outcome: Outcome = Outcome.COMPLETED,
        graphs: tuple[ModelGraph, ...] = (),
    ) -> None:
        """End it with a result."""
        self._analysis(observations, faults, skips, Finished(self.number, outcome, 0.012), graphs)

    async def until_cancelled(self) -> None:
        """Return when the server stopped it."""
        await asyncio.wait_for(self.cancelled.wait(), SECONDS)

    def _analysis(
        self,
        observations: tuple[Observation, ...],
        faults: tuple[Fault, ...],
        skips: tuple[Skip, ...],
        finished: Finished | None,
        graphs: tuple[ModelGraph, ...] = (),
    ) -> None:
        self._host.answer(
            self.number,
            environment=to_plain(READY),
            observations=[to_plain(item) for item in observations],
            faults=[to_plain(item) for item in faults],
            skips=[to_plain(item) for item in skips],
            graphs=[to_plain(item) for item in graphs],
            finished=to_plain(finished) if finished else None,
        )


class Search:
    """One search for the fixes of a diagnostic."""

    def __init__(self, host: Host, event: dict[str, Any]) -> None:
        self._host = host
        self.number: int = event["number"]
        self.source = Source(event["text"])
        """The program."""
        self.code: str = event["code"]
        self.span = from_plain(Span, event["span"])
        self.given_up = asyncio.Event()

    def finish(self, *fixes: Fix) -> None:
        """End it with fixes."""
        self._host.answer(self.number, fixes=[to_plain(fix) for fix in fixes])

    def fail(self) -> None:
        """End it with an exception in the server."""
        self._host.answer(self.number, fault="scripted fault")

    async def until_given_up(self) -> None:
        """Return when the server stopped it."""
        await asyncio.wait_for(self.given_up.wait(), SECONDS)


class Host:
    """Listens for the server's evaluator."""

    def __init__(self) -> None:
        self.port = 0
        self.events: asyncio.Queue[str] = asyncio.Queue()
        self._evaluations: asyncio.Queue[Evaluation] = asyncio.Queue()
        self._known: dict[int, Evaluation] = {}
        self.asks_for_fixes = False
        """Whether the test answers searches for fixes; otherwise there are no fixes."""
        self._searches: asyncio.Queue[Search] = asyncio.Queue()
        self._searched: dict[int, Search] = {}
        self._server: asyncio.Server | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def start(self) -> None:
        """Begin to listen on a free port."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more; fails where the server asked for an evaluation that no test looked at."""
        assert self._server is not None
        self._server.close()
        if self._writer is not None:
            self._writer.close()
        left = [self._evaluations.get_nowait() for _ in range(self._evaluations.qsize())]
        unread = [item for item in left if not item.cancelled.is_set()]
        assert not self.is_searching, "searches for fixes that no test looked at"
        assert not unread, f"evaluations that no test looked at: {[(e.program.path, e.version) for e in unread]}"

    async def next(self) -> Evaluation:
        """Return the next evaluation that was not stopped before it could be looked at."""
        return await asyncio.wait_for(self._evaluations.get(), SECONDS)

    async def next_search(self) -> Search:
        """Return the next search for fixes."""
        return await asyncio.wait_for(self._searches.get(), SECONDS)

    @property
    def is_searching(self) -> bool:
        """Whether a search began that the test has not looked at."""
        return not self._searches.empty()

    async def event(self) -> str:
        """Return the next of ``restarted``, ``failed`` and ``closed``."""
        return await asyncio.wait_for(self.events.get(), SECONDS)

    def answer(self, number: int, **values: Any) -> None:
        """Send an answer to the evaluator."""
        assert self._writer is not None
        self._writer.write(json.dumps({"number": number, **values}).encode() + b"\n")

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        while line := await reader.readline():
            event = json.loads(line)
            name = event.pop("event")
            if name == "evaluate":
                evaluation = Evaluation(self, event)
                self._known[evaluation.number] = evaluation
                self._evaluations.put_nowait(evaluation)
            elif name == "search":
                search = Search(self, event)
                self._searched[search.number] = search
                if self.asks_for_fixes:
                    self._searches.put_nowait(search)
                else:
                    search.finish()
            elif name == "given up":
                self._searched[event["number"]].given_up.set()
            elif name == "cancelled":
                self._known[event["number"]].cancelled.set()
            else:
                self.events.put_nowait(name)
