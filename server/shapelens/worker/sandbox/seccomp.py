"""seccomp: which system calls an evaluation may make.

Everything is allowed but what leads out of the sandbox, so that frameworks with their threads, forks and
memory tricks work unchanged. What is denied fails with EPERM, which Python turns into PermissionError.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import signal
import struct
from typing import Dict

from . import bpf, kernel, syscalls

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000

_DENIED = bpf.fail(errno.EPERM)
_ABSENT = bpf.fail(errno.ENOSYS)

_NAMESPACES = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
_CLONE_PARENT = 0x00008000

_AF_UNIX, _SOCK_TYPE, _SOCK_STREAM, _SOCK_SEQPACKET = 1, 0xF, 1, 5

_PR_SET_PDEATHSIG = 1
_F_SETOWN, _F_SETOWN_EX = 8, 15
_O_ACCMODE, _O_TRUNC = 0o3, 0o1000

# Terminal size and settings (read only), close-on-exec, bytes waiting, non-blocking, reading of a file's
# flags, and the copies of a file's blocks that shutil makes.
_HARMLESS_IOCTLS = (0x5401, 0x802C542A, 0x5413, 0x5450, 0x5451, 0x541B, 0x5421, 0x80086601, 0x40049409, 0x4020940D)
# Typing into a terminal (two ways), owners of signals (two ways) and flags of files (two ways).
_HARMFUL_IOCTLS = (0x5412, 0x541C, 0x8901, 0x8902, 0x40086602, 0x401C5820)
_IOCTL_TYPE, _BTRFS = 0xFF00, 0x9400

# Treated below by their arguments, or only for kernels whose Landlock lacks the right.
_CONDITIONAL = frozenset(
    "clone clone3 socketpair prctl prlimit64 setpriority sched_setaffinity sched_setscheduler sched_setparam "
    "sched_setattr ioctl fcntl kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_send_signal open openat "
    "openat2 truncate".split()
)


def install(landlock_abi: int, gpu: bool) -> None:
    """Filter the system calls of this process and its descendants, for ever.

    ``landlock_abi`` is the version of Landlock in force (0 for none): what it cannot restrict yet is denied here.
    Needs ``forbid_new_privileges`` first. Raises OSError, also on a machine without a table of numbers.
    """
    machine = kernel.machine()
    if machine is None:
        raise OSError(errno.ENOSYS, "no table of system calls for this machine")
    if landlock_abi < 6:
        _load(_signals_program(machine, os.getpid(), os.getpgrp()))
    _load(build(machine, landlock_abi, gpu))


def prepare(landlock_abi: int, gpu: bool) -> None:
    """Build the filter ahead, in the process that will fork, so that ``install`` finds it ready."""
    machine = kernel.machine()
    if machine is not None:
        build(machine, landlock_abi, gpu)


@functools.cache
def build(machine: str, landlock_abi: int, gpu: bool) -> bytes:
    """Return the filter for a machine and a version of Landlock (0 for none), with or without a GPU's devices."""
    numbers = syscalls.numbers(machine)
    verdicts = {name: _DENIED for name in numbers if name not in _CONDITIONAL}
    # The flags of clone3 lie behind a pointer, where a filter cannot look; the C library then uses clone.
    verdicts["clone3"] = _ABSENT
    # A sibling of the child would have the host for parent, which does not know of it.
    verdicts["clone"] = bpf.if_any_bit(0, _NAMESPACES | _CLONE_PARENT, _DENIED, bpf.ALLOW)
    # A pair of datagram sockets could still send to any named socket of the system, connected or not.
    pair = bpf.if_masked(1, _SOCK_TYPE, (_SOCK_STREAM, _SOCK_SEQPACKET), bpf.ALLOW, _DENIED)
    verdicts["socketpair"] = bpf.if_one_of(0, (_AF_UNIX,), pair, _DENIED)
    # Dying with the parent may be asked for, but not be taken back.
    dies = bpf.if_one_of(1, (signal.SIGKILL,), bpf.ALLOW, _DENIED)
    verdicts["prctl"] = bpf.if_one_of(0, (_PR_SET_PDEATHSIG,), dies, bpf.ALLOW)
    for name in ("prlimit64", "sched_setaffinity", "sched_setscheduler", "sched_setparam", "sched_setattr"):
        verdicts[name] = bpf.if_one_of(0, (0,), bpf.ALLOW, _DENIED)  # Only the caller itself.
    own = bpf.if_one_of(1, (0,), bpf.ALLOW, _DENIED)
    verdicts["setpriority"] = bpf.if_one_of(0, (0,), own, _DENIED)  # PRIO_PROCESS
    verdicts["fcntl"] = bpf.if_one_of(1, (_F_SETOWN, _F_SETOWN_EX), _DENIED, bpf.ALLOW)
    if gpu:  # Drivers have ioctls of their own, too many to name.
        rest = bpf.if_masked(1, _IOCTL_TYPE, (_BTRFS,), _DENIED, bpf.ALLOW)
        verdicts["ioctl"] = bpf.if_one_of(1, _HARMFUL_IOCTLS, _DENIED, rest)
    else:
        verdicts["ioctl"] = bpf.if_one_of(1, _HARMLESS_IOCTLS, bpf.ALLOW, _DENIED)
    if landlock_abi < 6:
        verdicts["pidfd_send_signal"] = _DENIED
    if 0 < landlock_abi < 3:
        verdicts.update(_without_truncation(numbers))
    return bpf.program(
        _AUDIT_ARCH[machine],
        {numbers[name]: block for name, block in verdicts.items() if name in numbers},
        # Numbers of the x32 calls on x86_64, which are 64-bit calls under other numbers, begin at _X32.
        ((syscalls.LAST_KNOWN + 1, _ABSENT), (_X32, _DENIED)),
    )


def _without_truncation(numbers: Dict[str, int]) -> Dict[str, bpf.Block]:
    # Landlock cannot keep files from being truncated before version 3: neither by truncate, nor by opening
    # for reading with O_TRUNC. Opening for writing is within its reach.
    def judged(flags: int) -> bpf.Block:
        truncating = bpf.if_any_bit(flags, _O_TRUNC, _DENIED, bpf.ALLOW)
        return bpf.if_masked(flags, _O_ACCMODE, (1, 2), bpf.ALLOW, truncating)

    return {"truncate": _DENIED, "openat2": _ABSENT, "open": judged(1), "openat": judged(2)}


def _signals_program(machine: str, process: int, group: int) -> bytes:
    # Before version 6 Landlock lets signals pass. Then only signals to the evaluation's first process and to
    # its group are left, and signal 0, which asks whether a process exists.
    numbers = syscalls.numbers(machine)

    def judged(targets: tuple[int, ...], signal_argument: int) -> bpf.Block:
        probing = bpf.if_one_of(signal_argument, (0,), bpf.ALLOW, _DENIED)
        return bpf.if_one_of(0, tuple(target & 0xFFFFFFFF for target in targets), bpf.ALLOW, probing)

    blocks = {
        "kill": judged((process, 0, -group), 1),
        "tkill": judged((process,), 1),
        "tgkill": judged((process,), 2),
        "rt_sigqueueinfo": judged((process,), 1),
        "rt_tgsigqueueinfo": judged((process,), 2),
    }
    return bpf.program(_AUDIT_ARCH[machine], {numbers[name]: block for name, block in blocks.items()}, ())


def _load(program: bytes) -> None:
    instructions = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions))
    descriptor = ctypes.create_string_buffer(header, len(header))
    kernel.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(descriptor))
