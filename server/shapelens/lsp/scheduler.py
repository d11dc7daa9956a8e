"""Which document is evaluated when: the last text of each wins, and only some run at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from shapelens.lsp.activity import Activity

logger = logging.getLogger(__name__)


class Scheduler:
    """Runs one job for each key; a newer call for a key stops the older one, waiting or running.

    Where all slots are taken, the key that was asked for last goes first: it is the one that the user looks at. What a
    follower does for a key stops with the job for the key. Where an activity is given, jobs count as such from the call
    on: what is done aside has ended when they begin.
    """

    def __init__(
        self,
        run: Callable[[str], Awaitable[None]],
        slots: int,
        follower: Scheduler | None = None,
        activity: Activity | None = None,
    ) -> None:
        self._run = run
        self._follower = follower
        self._activity = activity
        self._free = slots
        self._waiting: list[asyncio.Future[None]] = []
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._closed = False

    def schedule(self, key: str, delay: float = 0.0) -> None:
        """Run the job for the key after the delay in seconds, counted anew from each call."""
        self.cancel(key)
        if self._closed:
            return
        task = asyncio.get_running_loop().create_task(self._job(key, delay), name=f"evaluate {key}")
        self._tasks[key] = task
        if self._activity is not None:
            self._activity.begin()
        task.add_done_callback(lambda done: self._forget(key, done))

    def cancel(self, key: str) -> None:
        """Stop the job for the key."""
        if self._follower is not None:
            self._follower.cancel(key)
        task = self._tasks.pop(key, None)
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        """Stop every job and wait until all have ended; nothing runs afterwards."""
        self._closed = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _job(self, key: str, delay: float) -> None:
        if delay > 0:
            await asyncio.sleep(delay)
        await self._acquire()
        try:
            await self._run(key)
        finally:
            self._release()

    async def _acquire(self) -> None:
        if self._free > 0:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                # Cancelled in the same turn of the loop in which the slot was handed over.
                self._release()
            elif turn in self._waiting:
                self._waiting.remove(turn)
            raise

    def _release(self) -> None:
        while self._waiting:
            turn = self._waiting.pop()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1

    def _forget(self, key: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(key) is task:
            del self._tasks[key]
        if self._activity is not None:
            self._activity.end()
        if not task.cancelled() and task.exception() is not None:
            logger.error("The evaluation of %s failed in the server.", key, exc_info=task.exception())
