"""Work-done progress while a host starts: one for each host, however many evaluations wait for it."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable, Iterator

from lsprotocol import types

from shapelens.evaluation.evaluator import HostKey, OnStage
from shapelens.lsp.client import Client

_GRACE = 2.0
"""Seconds a progress outlives the last evaluation that waited for its host.

An edit cancels the waiting evaluation and starts the next one a moment later, while the host goes on starting.
"""


class Progress:
    """Tells the client about hosts that start."""

    def __init__(self, client: Client, shown: bool, grace: float = _GRACE) -> None:
        self._client = client
        self._shown = shown
        self._grace = grace
        self._reports: dict[HostKey, _Report] = {}

    @contextlib.contextmanager
    def watch(self, key: HostKey) -> Iterator[OnStage | None]:
        """Yield what an evaluation calls with the stages of its host, or None where the client shows no progress."""
        if not self._shown:
            yield None
            return
        report = self._reports.get(key)
        if report is None:
            report = self._reports[key] = _Report(self._client, lambda: self._reports.pop(key, None))
        report.join()
        grace = 0.0
        try:
            yield report.stage
        except asyncio.CancelledError:
            grace = self._grace
            raise
        finally:
            report.leave(grace)


class _Report:
    """The progress of one host: begun with its first stage, ended once it is ready."""

    def __init__(self, client: Client, on_end: Callable[[], object]) -> None:
        self._client = client
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._stages: asyncio.Queue[str] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._latest = ""
        self._watchers = 0
        self._ready: asyncio.Handle | None = None
        self._grace: asyncio.TimerHandle | None = None

    def join(self) -> None:
        self._watchers += 1
        if self._grace is not None:
            self._grace.cancel()
            self._grace = None

    def leave(self, grace: float) -> None:
        self._watchers -= 1
        if grace and self._ready is not None:
            # Said while the evaluation was being cancelled: it stopped waiting, which makes no host ready.
            self._ready.cancel()
            self._ready = None
        if self._watchers == 0:
            if grace and self._task:
                self._grace = self._loop.call_later(grace, self._end)
            else:
                self._end()

    def stage(self, phrase: str) -> None:
        if phrase:
            self._tell(phrase)
        elif self._ready is None:
            self._ready = self._loop.call_soon(self._tell_ready)

    def _tell_ready(self) -> None:
        self._ready = None
        self._tell("")

    def _end(self) -> None:
        self._tell("")
        self._on_end()

    def _tell(self, phrase: str) -> None:
        if phrase == self._latest:
            return
        self._latest = phrase
        self._stages.put_nowait(phrase)
        if self._task is None:
            self._task = self._loop.create_task(self._run())

    async def _run(self) -> None:
        while not self._stages.empty():
            phrase = self._stages.get_nowait()
            # Clients differ in what they make of a number as token; all take a text.
            token = str(uuid.uuid4())
            told = await self._client.create_progress(token)
            if told:
                begin = types.WorkDoneProgressBegin("ShapeLens", cancellable=False, message=phrase)
                self._client.progress(token, begin)
            while phrase := await self._stages.get():
                if told:
                    self._client.progress(token, types.WorkDoneProgressReport(message=phrase))
            if told:
                self._client.progress(token, types.WorkDoneProgressEnd())
        self._task = None
