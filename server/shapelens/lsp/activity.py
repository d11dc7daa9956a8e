"""Whether anything runs that somebody waits for; what nobody waits for gives way to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class Activity:
    """Counts what is waited for."""

    def __init__(self) -> None:
        self._count = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._busy = asyncio.Event()

    def begin(self) -> None:
        """Note that somebody waits for something; whatever is done aside is stopped."""
        self._count += 1
        self._quiet.clear()
        self._busy.set()

    def end(self) -> None:
        """Note that it is over."""
        self._count -= 1
        if self._count == 0:
            self._busy.clear()
            self._quiet.set()

    async def aside(self, work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Return what a piece of work brings: begun while all is quiet, and given up and begun anew when it is not."""
        while True:
            await self._quiet.wait()
            working = asyncio.ensure_future(work())
            interrupted = asyncio.ensure_future(self._busy.wait())
            try:
                await asyncio.wait({working, interrupted}, return_when=asyncio.FIRST_COMPLETED)
                if working.done():
                    return working.result()
            finally:
                for task in (working, interrupted):
                    task.cancel()
                await asyncio.gather(working, interrupted, return_exceptions=True)
