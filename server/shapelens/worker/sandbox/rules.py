"""Turns a policy into rights for Landlock."""

from __future__ import annotations

import glob
from typing import Iterator

from . import landlock, roots
from .policy import Policy

_SINKS = ("/dev/null", "/dev/zero", "/dev/full")
_GPU_DEVICES = ("/dev/nvidia*", "/dev/dxg", "/dev/kfd", "/dev/dri")
_GPU_FILES = (
    "/proc/driver/nvidia",
    "/proc/devices",
    "/proc/modules",
    "/sys/module/nvidia*",
    "/sys/bus/pci",
    "/sys/devices/pci*",
    "/sys/class/kfd",
    "/sys/class/drm",
    "/sys/devices/virtual/kfd",
    "/opt/rocm*",
)


def landlock_rules(policy: Policy, readable: roots.Narrowed) -> Iterator[landlock.Rule]:
    """Yield path and rights of all that the policy and every program need."""
    yield from ((path, landlock.READ) for path in readable.opened)
    yield from ((path, landlock.LIST) for path in readable.listed)
    yield from ((path, landlock.SINK) for path in _SINKS)
    # A right for /proc/self is one for the number of this process, and does not hold for its forks. TensorFlow ends
    # a process that cannot read its own command line, so all numbers are opened. What holds memory, environment or
    # open files of another process stays shut: Landlock lets no one in who could not trace that process.
    yield "/proc", landlock.READ_FILE
    yield from ((path, landlock.WRITE) for path in policy.writable)
    if policy.device_gpu:
        for pattern in _GPU_DEVICES:
            yield from ((path, landlock.DEVICE) for path in glob.glob(pattern))
        for pattern in _GPU_FILES:
            yield from ((path, landlock.READ) for path in glob.glob(pattern))
