"""One connection to one client: all that the handlers of its messages work with."""

from __future__ import annotations

import asyncio
import os

from lsprotocol import types

from shapelens.evaluation.evaluator import Evaluator
from shapelens.lsp.activity import Activity
from shapelens.lsp.capabilities import CapabilitiesOfClient
from shapelens.lsp.client import Client
from shapelens.lsp.complaints import Complaints
from shapelens.lsp.documents import Document, Documents, Source
from shapelens.lsp.evaluations import Evaluations, View
from shapelens.lsp.fixes import FindsFixes, Fixes
from shapelens.lsp.progress import Progress
from shapelens.lsp.publish import Publisher
from shapelens.lsp.refresh import Refresh
from shapelens.lsp.roots import Roots
from shapelens.lsp.scheduler import Scheduler
from shapelens.lsp.status import Status
from shapelens.settings.model import SECTION, Options, Settings
from shapelens.settings.reading import parse

_SLOTS = max(2, min(4, os.cpu_count() or 2))
"""Evaluations at once: each is one busy process, and the editor wants a core as well."""


class Session:
    """The parts, put together, and the few steps that several messages have in common."""

    def __init__(
        self,
        client: Client,
        capabilities: CapabilitiesOfClient,
        evaluator: Evaluator,
        repairer: FindsFixes,
        options: Options,
        folders: tuple[types.WorkspaceFolder, ...],
    ) -> None:
        self.client = client
        self.capabilities = capabilities
        self.evaluator = evaluator
        self.documents = Documents()
        self.roots = Roots(options, folders, capabilities.answers_configuration)
        self.publisher = Publisher(client, capabilities, self.documents, self.roots)
        self.refresh = Refresh(client, capabilities)
        progress = Progress(client, capabilities.shows_progress)
        self.status = Status(client, capabilities.follows_status, self.roots, self.documents)
        self.complaints = Complaints(client)
        view = View(client, self.publisher, self.refresh, progress, self.status, self.complaints)
        self.evaluations = Evaluations(evaluator, self.documents, self.roots, view)
        activity = Activity()
        self.fixes = Fixes(repairer, self.documents, activity, lambda: self.roots.paused)
        # One at a time, so that callers never keep a document waiting that someone types in.
        self._asking = Scheduler(self.evaluations.ask_callers, 1, self.fixes.jobs, activity)
        self.scheduler = Scheduler(self._evaluate, _SLOTS, self._asking, activity)
        self._configured = asyncio.Event()
        self._pulls = 0

    def settings_of(self, of: Document | Source) -> Settings:
        """Return the settings of a document or source."""
        source = of.source if isinstance(of, Document) else of
        return self.roots.settings_of(source.path)

    def evaluate_all(self) -> None:
        """Evaluate every open source now."""
        for source in self.documents:
            self.scheduler.schedule(source.uri)

    def evaluate_with_importers(self, source: Source, delay: float = 0.0) -> None:
        """Evaluate a source, and the open ones that may import it or that it calls, after a delay in seconds."""
        for importer in self.evaluations.importers(source):
            self.scheduler.schedule(importer.uri, delay)
        for called in self.evaluations.called(source):
            self.scheduler.schedule(called.uri, delay)
        self.scheduler.schedule(source.uri, delay)

    def take_options(self, sent: object) -> Options:
        """Return what the client sent as options; each mistake in it is told once."""
        options, complaints = parse(sent)
        self.complaints.tell(complaints)
        return options

    async def configure(self) -> None:
        """Put the settings of every root in force, as far as the client answers, and evaluate with them."""
        self._pulls += 1
        number = self._pulls
        roots = list(self.roots)
        if self.capabilities.answers_configuration:
            answers = await self.client.configuration(SECTION, [root.uri for root in roots])
            if number != self._pulls:
                return
            # One that takes its time may yet deny trust; one that fails to answer has said before what it has to say.
            given = [*(answers or ()), *[None] * len(roots)]
            for root, answer in zip(roots, given, strict=False):
                if answers is None:
                    self.roots.settle(root)
                else:
                    self.roots.configure(root, self.take_options(answer))
        self.client.set_trace(roots[0].settings.trace)
        self._configured.set()
        self.status.changed()
        self.evaluate_all()

    def pause(self) -> None:
        """Evaluate nothing from now on, callers and fixes included; what is shown stays."""
        self.roots.paused = True
        for source in self.documents:
            self.scheduler.cancel(source.uri)
        self.status.changed()

    def resume(self) -> None:
        """Evaluate again, first of all what is open."""
        self.roots.paused = False
        self.status.changed()
        self.evaluate_all()

    async def close(self) -> None:
        """Stop everything; the evaluator's hosts are gone when this returns."""
        self.status.close()
        await self.scheduler.close()
        await self._asking.close()
        await self.fixes.close()
        await self.evaluator.close()

    async def _evaluate(self, uri: str) -> None:
        # Not asyncio.wait_for: before Python 3.12 it loses a cancellation that comes together with the event.
        await self._configured.wait()
        await self.evaluations.run(uri)
        if self.roots.paused:
            return
        delay = self.evaluations.has_landed(uri)
        if delay is not None:
            self._asking.schedule(uri, delay)
        self.fixes.landed(uri)
