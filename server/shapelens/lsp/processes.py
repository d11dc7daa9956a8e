"""Whether another process is still there."""

from __future__ import annotations

import asyncio
import os
import sys

_EVERY = 2.0
"""Seconds between two looks; the connection's end is noticed at once and usually comes first."""


async def wait_for_end(process_id: int | None) -> None:
    """Return when the process is gone; never where there is none to watch.

    An editor in another container names a number that means nothing here: what is not there now is not watched.
    """
    if process_id is None or not is_alive(process_id):
        await asyncio.Event().wait()
        return
    # There is no event to wait for: the process is no child of this one.
    while is_alive(process_id):  # noqa: ASYNC110
        await asyncio.sleep(_EVERY)


if sys.platform == "win32":
    import ctypes

    _QUERY_LIMITED_INFORMATION = 0x1000
    _STILL_ACTIVE = 259

    def is_alive(process_id: int) -> bool:
        """Return whether the process runs."""
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(_QUERY_LIMITED_INFORMATION, False, process_id)
        if not handle:
            return False
        code = ctypes.c_ulong()
        kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        kernel.CloseHandle(handle)
        return code.value == _STILL_ACTIVE

else:

    def is_alive(process_id: int) -> bool:
        """Return whether the process runs."""
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True
