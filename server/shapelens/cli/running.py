"""Runs a command's coroutine so that nothing is left behind when the command is told to end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class Terminated(Exception):
    """The command was told to end by SIGTERM, and has cleared up after itself."""


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Return what the coroutine returns; raises Terminated after SIGTERM, once its hosts and folders are gone."""
    return asyncio.run(_terminable(work))


async def _terminable(work: Coroutine[Any, Any, Result]) -> Result:
    task = asyncio.ensure_future(work)
    terminated = False

    def end() -> None:
        nonlocal terminated
        terminated = True
        task.cancel()

    # Windows has no such signal for a loop; there a command is ended by Ctrl-C.
    with contextlib.suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end)
    try:
        return await task
    except asyncio.CancelledError:
        if terminated:
            raise Terminated from None
        raise
