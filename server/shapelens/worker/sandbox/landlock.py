"""Landlock: which files, TCP ports, abstract sockets and processes can be reached.

Numbers and structures are those of ``linux/landlock.h``; what each version of the interface added is told in
https://docs.kernel.org/userspace-api/landlock.html.
"""

from __future__ import annotations

import ctypes
import enum
import errno
import os
import stat
import struct
from typing import Iterable, Tuple

from . import kernel
from .policy import SandboxUnavailable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_CREATE_RULESET_VERSION = 1
_RULE_PATH_BENEATH = 1
_RESTRICT_SELF_LOG_SAME_EXEC_OFF = 1

_NET_BIND_AND_CONNECT_TCP = 0b11
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11


class Access(enum.IntFlag):
    """Rights on files and folders."""

    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15


# Plain integers: combining members of an IntFlag costs a microsecond each time.
READ = int(Access.READ_FILE | Access.READ_DIR)
READ_FILE = int(Access.READ_FILE)
LIST = int(Access.READ_DIR)
WRITE = READ | int(
    Access.WRITE_FILE
    | Access.TRUNCATE
    | Access.REMOVE_DIR
    | Access.REMOVE_FILE
    | Access.MAKE_DIR
    | Access.MAKE_REG
    | Access.MAKE_SYM
    | Access.MAKE_FIFO
    | Access.REFER
)
SINK = int(Access.READ_FILE | Access.WRITE_FILE | Access.TRUNCATE)
DEVICE = SINK | int(Access.READ_DIR | Access.IOCTL_DEV)

_ON_FILES = int(Access.EXECUTE | Access.WRITE_FILE | Access.READ_FILE | Access.TRUNCATE | Access.IOCTL_DEV)
_UP_TO_MAKE_SYM = (1 << 13) - 1

Rule = Tuple[str, int]
"""A path and the rights on it and on all that is beneath it."""


def abi() -> int:
    """Return the version of Landlock's interface; raises SandboxUnavailable where there is none."""
    try:
        return kernel.call(_CREATE_RULESET, 0, 0, _CREATE_RULESET_VERSION)
    except OSError as error:
        if error.errno == errno.EOPNOTSUPP:
            reason = "Landlock is switched off in this kernel's boot parameters (lsm=)"
        elif error.errno == errno.ENOSYS:
            reason = "this kernel has no Landlock (it came with Linux 5.13)"
        else:
            reason = f"Landlock cannot be used here ({error.strerror}), perhaps because a container forbids it"
        raise SandboxUnavailable(reason) from None


def restrict(rules: Iterable[Rule], version: int) -> None:
    """Allow this process and its descendants what the rules name, for ever, and nothing else.

    Executing is a right like others, so without a rule for it nothing can be executed. Raises OSError.
    """
    handled = _handled(version)
    ruleset = _create(handled, version)
    try:
        for path, access in rules:
            _add(ruleset, path, access & handled)
        # Denials are part of the day's work; from version 7 on they would fill the audit log.
        kernel.call(_RESTRICT_SELF, ruleset, _RESTRICT_SELF_LOG_SAME_EXEC_OFF if version >= 7 else 0)
    finally:
        os.close(ruleset)


def _handled(version: int) -> int:
    handled = _UP_TO_MAKE_SYM
    if version >= 2:
        handled |= int(Access.REFER)
    if version >= 3:
        handled |= int(Access.TRUNCATE)
    if version >= 5:
        handled |= int(Access.IOCTL_DEV)
    return handled


def _create(handled: int, version: int) -> int:
    attributes = struct.pack("=Q", handled)
    if version >= 4:
        attributes += struct.pack("=Q", _NET_BIND_AND_CONNECT_TCP)
    if version >= 6:
        attributes += struct.pack("=Q", _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS)
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    return kernel.call(_CREATE_RULESET, ctypes.addressof(buffer), len(attributes), 0)


def _add(ruleset: int, path: str, access: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # What is not there, or cannot be reached, needs no right.
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            access &= _ON_FILES
        if access:
            beneath = ctypes.create_string_buffer(struct.pack("=Qi", access, descriptor), 12)
            kernel.call(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.addressof(beneath), 0)
    finally:
        os.close(descriptor)
