"""What the host asks of the system about its children; on Linux from /proc, elsewhere less is known."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import List, Optional

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent ends (Linux; elsewhere end of input tells)."""
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before the line above
            os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose own parent ends, so that none escapes (Linux)."""
    if sys.platform == "linux":
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def anonymous_memory_mb(process: int) -> float:
    """Return a process's resident anonymous memory in MiB; 0 where that is not known.

    Pages of files are left out: a child maps the framework's libraries anew after the fork, which costs no memory.
    """
    try:
        with open(f"/proc/{process}/status", "rb") as status:
            for line in status:
                if line.startswith(b"RssAnon:"):
                    return int(line.split()[1]) / 1024
    except (OSError, ValueError):
        pass
    return 0.0


def children_of(process: int) -> List[int]:
    """Return the direct children of a process's main thread (Linux; needs CONFIG_PROC_CHILDREN)."""
    try:
        with open(f"/proc/{process}/task/{process}/children", "rb") as children:
            return [int(child) for child in children.read().split()]
    except (OSError, ValueError):
        return []


def descendants_of(process: int, most: int) -> List[int]:
    """Return children, grandchildren and so on, until there are more than ``most``."""
    found: List[int] = []
    waiting = [process]
    while waiting and len(found) <= most:
        children = children_of(waiting.pop())
        found += children
        waiting += children
    return found


def kill_group(leader: int, number: int) -> None:
    """Send a signal to a child and everything in its process group."""
    for send in (os.killpg, os.kill):
        try:
            send(leader, number)
        except (ProcessLookupError, PermissionError):
            continue


def reap(process: int) -> Optional[int]:
    """Return the wait status of a child that has ended, or None while it runs; -1 if it is nobody's child."""
    try:
        ended, status = os.waitpid(process, os.WNOHANG)
    except ChildProcessError:
        return -1
    return status if ended else None
