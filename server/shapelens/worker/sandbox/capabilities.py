"""Capabilities of Linux: root inside an evaluation is an ordinary user who owns root's files."""

from __future__ import annotations

import ctypes
import struct

from . import kernel

_CAPSET = {"x86_64": 126, "aarch64": 91}
_VERSION_3 = 0x20080522
_PR_CAPBSET_DROP, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 24, 47, 4


def drop() -> None:
    """Give up every capability of this thread, for ever. Raises OSError."""
    machine = kernel.machine()
    if machine is None:
        raise OSError("no table of system calls for this machine")
    try:
        for capability in range(64):
            kernel.prctl(_PR_CAPBSET_DROP, capability)
    except OSError:
        pass  # Past the kernel's last capability, or not allowed, as is usual for those who have none.
    kernel.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = ctypes.create_string_buffer(struct.pack("=Ii", _VERSION_3, 0), 8)
    nothing = ctypes.create_string_buffer(24)
    kernel.call(_CAPSET[machine], ctypes.addressof(header), ctypes.addressof(nothing))
