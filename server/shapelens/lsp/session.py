"""One connection to one client: all that the handlers of its messages work with."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable

from lsprotocol import types

from shapelens.evaluation.evaluator import Evaluator
from shapelens.lsp.activity import Activity
from shapelens.lsp.capabilities import CapabilitiesOfClient
from shapelens.lsp.client import Client
from shapelens.lsp.documents import Document, Documents, Source
from shapelens.lsp.evaluations import Evaluations, View
from shapelens.lsp.fixes import FindsFixes, Fixes
from shapelens.lsp.progress import Progress
from shapelens.lsp.publish import Publisher
from shapelens.lsp.refresh import Refresh
from shapelens.lsp.roots import Roots
from shapelens.lsp.scheduler import Scheduler
from shapelens.lsp.settings import SECTION, Options, Settings, parse

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
        view = View(client, self.publisher, self.refresh, progress)
        self.evaluations = Evaluations(evaluator, self.documents, self.roots, view)
        activity = Activity()
        self.fixes = Fixes(repairer, self.documents, activity)
        # One at a time, so that callers never keep a document waiting that someone types in.
        self._asking = Scheduler(self.evaluations.ask_callers, 1, self.fixes.jobs, activity)
        self.scheduler = Scheduler(self._evaluate, _SLOTS, self._asking, activity)
        self._configured = asyncio.Event()
        self._pulls = 0
        self._complaints: set[str] = set()
        self._held: tuple[str, ...] = ()

    def settings_of(self, of: Document | Source) -> Settings:
        """Return the settings of the root that a document or source lies in."""
        source = of.source if isinstance(of, Document) else of
        return self.roots.of(source.path).settings

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
        self.complain(complaints)
        return options

    def complain(self, complaints: Iterable[str]) -> None:
        """Tell the user about mistakes in the settings, each once."""
        for complaint in complaints:
            if complaint not in self._complaints:
                self._complaints.add(complaint)
                self.client.log(complaint)

    def hold_complaints(self, complaints: tuple[str, ...]) -> None:
        """Keep mistakes in the first settings for when the client may be told of them."""
        self._held = complaints

    def tell_complaints(self) -> None:
        """Tell the mistakes that were kept."""
        self.complain(self._held)

    async def configure(self) -> None:
        """Put the settings of every root in force, as far as the client answers, and evaluate with them."""
        self._pulls += 1
        number = self._pulls
        roots = list(self.roots)
        if self.capabilities.answers_configuration:
            answers = await self.client.configuration(SECTION, [root.uri for root in roots])
            if number != self._pulls:
                return
            # A client that fails to answer has no settings; one that takes its time may yet deny trust.
            given = list(answers or ()) + [None] * len(roots)
            for root, answer in zip(roots, given, strict=False):
                self.roots.configure(root, self.take_options(answer))
        self.client.set_trace(roots[0].settings.trace)
        self._configured.set()
        self.evaluate_all()

    async def close(self) -> None:
        """Stop everything; the evaluator's hosts are gone when this returns."""
        await self.scheduler.close()
        await self._asking.close()
        await self.fixes.close()
        await self.evaluator.close()

    async def _evaluate(self, uri: str) -> None:
        # Not asyncio.wait_for: before Python 3.12 it loses a cancellation that comes together with the event.
        await self._configured.wait()
        await self.evaluations.run(uri)
        delay = self.evaluations.has_landed(uri)
        if delay is not None:
            self._asking.schedule(uri, delay)
        self.fixes.landed(uri)
