"""The states of a host, as the server sees it."""

from __future__ import annotations

import enum


class HostState(enum.Enum):
    """Where a host process stands; each transition is logged."""

    NEW = "new"
    STARTING = "starting"
    READY = "ready"
    SPENT = "spent"  # it was good for one evaluation and has had it
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"
