"""How each root stands, for a client that shows it: ``shapelens/status``."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from shapelens.evaluation.evaluator import HostKey, OnStage
from shapelens.evaluation.interpreters import Interpreter
from shapelens.lsp.client import Client
from shapelens.lsp.documents import Documents
from shapelens.lsp.roots import Root, Roots
from shapelens.worker.contract import Ready

METHOD = "shapelens/status"

_EVERY = 0.1
"""Seconds that changes are gathered for; most evaluations are over sooner, and then never show as work."""

_GRACE = 2.0
"""Seconds that a host counts as starting after the last evaluation that waited for it was given up.

An edit stops the waiting evaluation and starts the next one a moment later, while the host goes on starting.
"""


@dataclass(eq=False)
class _Waiting:
    """One evaluation that runs, or waits for its host."""

    stage: str | None = None
    """What the host said it is doing; None before it said anything, empty once it is ready."""
    ready: asyncio.Handle | None = None

    def take(self, stage: str) -> None:
        """Take what the host says."""
        self.forget_ready()
        if stage:
            self.stage = stage
        else:
            # Also said by an evaluation that is being cancelled: it stops waiting, which makes no host ready.
            self.ready = asyncio.get_running_loop().call_soon(setattr, self, "stage", "")

    def forget_ready(self) -> None:
        """Note that the host was not ready."""
        if self.ready is not None:
            self.ready.cancel()
            self.ready = None


@dataclass
class _Environment:
    """What is known of the environment of a root."""

    interpreter: Interpreter | None = None
    key: HostKey | None = None
    ready: Ready | None = None
    """What its host said of itself; None before anything was evaluated."""
    waiting: list[_Waiting] = field(default_factory=list)
    lingering: str = ""
    """The stage of a host that goes on starting while no evaluation waits for it."""
    timer: asyncio.TimerHandle | None = None


class Status:
    """Gathers what changes and tells the client how its roots stand, at most ten times a second."""

    def __init__(self, client: Client, shown: bool, roots: Roots, documents: Documents, grace: float = _GRACE) -> None:
        self._client = client
        self.shown = shown
        self._roots = roots
        self._documents = documents
        self._grace = grace
        self._environments: dict[str | None, _Environment] = {}
        self._told: dict[str, Any] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    def changed(self) -> None:
        """Note that something may stand otherwise now."""
        if self.shown and self._timer is None and not self._closed:
            self._timer = asyncio.get_running_loop().call_later(_EVERY, self._tell)

    def chosen(self, root: Root, interpreter: Interpreter, key: HostKey) -> None:
        """Note the interpreter of a root; of another one than before nothing is known yet."""
        environment = self._of(root)
        if environment.key != key:
            environment.ready = None
        environment.interpreter, environment.key = interpreter, key
        self.changed()

    @contextlib.contextmanager
    def evaluating(self, root: Root, on_stage: OnStage | None) -> Iterator[OnStage]:
        """Note an evaluation while it goes on; yields what takes the stages of its host and passes them on."""
        environment, waiting = self._of(root), _Waiting()

        def take(stage: str) -> None:
            waiting.take(stage)
            self.changed()
            if on_stage is not None:
                on_stage(stage)

        environment.waiting.append(waiting)
        self._stop_lingering(environment)
        self.changed()
        try:
            yield take
        except asyncio.CancelledError:
            waiting.forget_ready()
            if waiting.stage and len(environment.waiting) == 1:
                environment.lingering = waiting.stage
                loop = asyncio.get_running_loop()
                environment.timer = loop.call_later(self._grace, self._stop_lingering, environment)
            raise
        finally:
            environment.waiting.remove(waiting)
            self.changed()

    def evaluated(self, root: Root, ready: Ready) -> None:
        """Note what the host of a root said of itself, now that it has evaluated something."""
        self._of(root).ready = ready
        self.changed()

    def forget(self) -> None:
        """Note that every host is being stopped."""
        for environment in self._environments.values():
            environment.ready = None
            self._stop_lingering(environment)
        self.changed()

    def close(self) -> None:
        """Tell no more."""
        self._closed = True
        timers = [self._timer, *(environment.timer for environment in self._environments.values())]
        for timer in filter(None, timers):
            timer.cancel()

    def _of(self, root: Root) -> _Environment:
        return self._environments.setdefault(root.uri, _Environment())

    def _stop_lingering(self, environment: _Environment) -> None:
        if environment.timer is not None:
            environment.timer.cancel()
            environment.timer = None
        environment.lingering = ""
        self.changed()

    def _tell(self) -> None:
        self._timer = None
        present = {"roots": [self._plain(root) for root in self._roots if self._counts(root)]}
        if present != self._told:
            self._told = present
            self._client.notify(METHOD, present)

    def _counts(self, root: Root) -> bool:
        """Return whether a root is worth showing: that for files outside of every folder only where one is open."""
        if root.uri is not None or len(list(self._roots)) == 1:
            return True
        return any(self._roots.of(source.path) is root for source in self._documents)

    def _plain(self, root: Root) -> dict[str, Any]:
        environment = self._of(root)
        interpreter, ready = environment.interpreter, environment.ready
        state, stage = self._state(root, environment)
        problem = root.problem if state == "problem" else None
        return {
            "uri": root.uri or "",
            "state": state,
            "interpreter": str(interpreter.path) if interpreter else None,
            "why": interpreter.origin if interpreter else "",
            "python": ready.python if ready else None,
            "keras": ready.keras if ready else None,
            "backend": ready.backend if ready else None,
            "tensorflow": ready.tensorflow if ready else None,
            "device": ready.device if ready else None,
            "sandbox": ready.sandbox.value if ready else None,
            "sandboxDetail": ready.sandbox_detail if ready else "",
            "stage": stage,
            "problem": problem.problem if problem else "",
            "advice": problem.advice if problem else "",
            "problemKind": problem.kind.value if problem else "",
        }

    def _state(self, root: Root, environment: _Environment) -> tuple[str, str]:
        """Return the state of a root, and what its host is doing where it is starting."""
        if not root.settings.trusted:
            return "untrusted", ""
        if self._roots.paused:
            return "paused", ""
        if root.problem is not None:
            return "problem", ""
        stages = [waiting.stage for waiting in environment.waiting]
        stage = next(filter(None, stages), environment.lingering)
        if stage:
            return "starting", stage
        if environment.ready is None:
            # Before its host says anything, the interpreter is asked what it has installed.
            if None in stages:
                return "starting", ""
            return ("busy" if stages else "cold"), ""
        return ("busy" if stages else "warm"), ""
