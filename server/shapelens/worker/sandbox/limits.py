"""Resource limits, where the system has them."""

from __future__ import annotations

import os
import sys
from typing import Optional

from .policy import Policy

if sys.platform != "win32":
    # Here rather than where it is used: loading it takes a millisecond, in every child.
    import resource

_MIB = 1024 * 1024
_TASKS_PER_PROCESS = 32
"""Threads of a process with a framework in it; the system counts each as a task."""


def apply(policy: Policy) -> None:
    """Limit core dumps, file size, processor time and, short of a fork bomb, tasks; harmless where impossible."""
    if sys.platform == "win32":
        return
    # A core dump of 0 bytes is still handed to a crash reporter; 1 is the kernel's sign for not even that.
    _lower(resource.RLIMIT_CORE, 1)
    _lower(resource.RLIMIT_FSIZE, policy.file_size_mb * _MIB)
    if policy.cpu_seconds is not None:
        # SIGXCPU at the first, SIGKILL at the second.
        _lower(resource.RLIMIT_CPU, policy.cpu_seconds, policy.cpu_seconds + 1)
    tasks = _tasks()
    if tasks is not None:
        # The limit counts all tasks of the user, in containers too, so the number of all tasks is a safe base.
        # It stops a fork bomb before the machine stands still; the budget of an evaluation is the host's watch.
        _lower(resource.RLIMIT_NPROC, tasks + policy.processes * _TASKS_PER_PROCESS)


def _tasks() -> Optional[int]:
    """Return the number of tasks on the whole system; None where it is unknown."""
    try:
        descriptor = os.open("/proc/loadavg", os.O_RDONLY)
        try:
            return int(os.read(descriptor, 256).split()[3].partition(b"/")[2])
        finally:
            os.close(descriptor)
    except (OSError, ValueError, IndexError):
        return None


def _lower(limit: int, soft: int, hard: Optional[int] = None) -> None:
    if sys.platform == "win32":
        return
    hard = soft if hard is None else hard
    _, current = resource.getrlimit(limit)
    if current != resource.RLIM_INFINITY:
        soft, hard = min(soft, current), min(hard, current)
    try:
        resource.setrlimit(limit, (soft, hard))
    except (OSError, ValueError):
        pass  # A system that refuses a lower limit has its own.
