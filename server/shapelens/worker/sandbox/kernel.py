"""System calls of Linux that Python does not offer, through the C library."""

from __future__ import annotations

import ctypes
import functools
import os
import struct
import sys
from typing import Any, Callable, Optional

PR_SET_NO_NEW_PRIVS = 38

MACHINES = ("x86_64", "aarch64")


def machine() -> Optional[str]:
    """Return the instruction set if system calls can be made and filtered by number here, else None."""
    if not sys.platform.startswith("linux") or struct.calcsize("P") != 8 or sys.byteorder != "little":
        return None
    name = os.uname().machine
    return name if name in MACHINES else None


def load() -> None:
    """Find the functions of the C library ahead, in the process that will fork."""
    _function("syscall", 7)
    _function("prctl", 5)


@functools.cache
def _function(name: str, arguments: int) -> Callable[..., int]:
    function: Any = getattr(ctypes.CDLL(None, use_errno=True), name)
    function.restype = ctypes.c_long if name == "syscall" else ctypes.c_int
    # Without types ctypes passes 32-bit integers, and the upper half of the register is then undefined.
    first = ctypes.c_long if name == "syscall" else ctypes.c_int
    function.argtypes = [first] + [ctypes.c_ulong] * (arguments - 1)
    return function  # type: ignore[no-any-return]


def call(number: int, *arguments: int) -> int:
    """Make a system call with up to six arguments; addresses are integers. Raises OSError."""
    padded = arguments + (0,) * (6 - len(arguments))
    return _checked(_function("syscall", 7)(number, *padded))


def prctl(option: int, *arguments: int) -> int:
    """Control this process in one of the ways of prctl, with up to four further arguments. Raises OSError."""
    padded = arguments + (0,) * (4 - len(arguments))
    return _checked(_function("prctl", 5)(option, *padded))


def forbid_new_privileges() -> None:
    """Keep this process and its children from gaining privileges by execve; Landlock and seccomp ask for it."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)


def _checked(result: int) -> int:
    if result == -1:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
