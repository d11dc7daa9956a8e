"""The filter of system calls on both machines; a small interpreter runs it for the one that is not here."""

from __future__ import annotations

import errno
import re
import signal
import struct
from pathlib import Path

import pytest

from shapelens.worker.sandbox import bpf, seccomp, syscalls

ALLOWED, KILLED = "allowed", "killed"
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}


def judge(program: bytes, architecture: int, number: int, *arguments: int) -> str:
    """Run classic BPF over the data that the kernel gives a filter; return the verdict in words."""
    padded = [argument & 0xFFFFFFFFFFFFFFFF for argument in (*arguments, *[0] * (6 - len(arguments)))]
    data = struct.pack("<IIQ6Q", number, architecture, 0, *padded)
    instructions = [struct.unpack_from("=HBBI", program, at) for at in range(0, len(program), 8)]
    position, accumulator = 0, 0
    while True:
        code, then, otherwise, operand = instructions[position]
        position += 1
        if code == 0x20:
            accumulator = struct.unpack_from("<I", data, operand)[0]
        elif code == 0x54:
            accumulator &= operand
        elif code == 0x05:
            position += operand
        elif code == 0x06:
            return {0x7FFF0000: ALLOWED, 0x80000000: KILLED}.get(operand) or errno.errorcode[operand & 0xFFFF]
        else:
            holds = {0x15: accumulator == operand, 0x35: accumulator >= operand, 0x45: accumulator & operand != 0}
            position += then if holds[code] else otherwise


@pytest.fixture(params=list(ARCHITECTURES))
def machine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def verdict(machine: str, name: str, *arguments: int, abi: int = 7, gpu: bool = False) -> str:
    program = seccomp.build(machine, abi, gpu)
    return judge(program, ARCHITECTURES[machine], syscalls.numbers(machine)[name], *arguments)


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("execve", (), "EPERM"),
        ("ptrace", (), "EPERM"),
        ("socket", (1, 1), "EPERM"),
        ("socketpair", (1, 1), ALLOWED),
        ("socketpair", (1, 1 | 0o2000000 | 0o4000), ALLOWED),
        ("socketpair", (1, 5), ALLOWED),
        ("socketpair", (1, 2), "EPERM"),
        ("socketpair", (1, 3), "EPERM"),
        ("socketpair", (2, 1), "EPERM"),
        ("clone", (0x003D0F00,), ALLOWED),  # a thread
        ("clone", (0x01200011,), ALLOWED),  # a fork
        ("clone", (0x10000011,), "EPERM"),
        ("clone", (0x00008011,), "EPERM"),
        ("clone3", (), "ENOSYS"),
        ("prctl", (15, 0), ALLOWED),  # a name for a thread
        ("prctl", (1, signal.SIGKILL), ALLOWED),
        ("prctl", (1, 0), "EPERM"),
        ("prlimit64", (0, 7), ALLOWED),
        ("prlimit64", (1, 7), "EPERM"),
        ("setpriority", (0, 0, 5), ALLOWED),
        ("setpriority", (0, 1, 5), "EPERM"),
        ("setpriority", (2, 0, 5), "EPERM"),
        ("sched_setaffinity", (0,), ALLOWED),
        ("sched_setaffinity", (77,), "EPERM"),
        ("ioctl", (0, 0x5401), ALLOWED),
        ("ioctl", (0, 0x5412), "EPERM"),
        ("ioctl", (0, 0xC0304627), "EPERM"),
        ("fcntl", (0, 1), ALLOWED),
        ("fcntl", (0, 8, 1), "EPERM"),
        ("kill", (1, 9), ALLOWED),  # Landlock's business
        ("openat", (0, 0, 0o1000), ALLOWED),
    ],
)
def test_verdicts(machine: str, name: str, arguments: tuple[int, ...], expected: str) -> None:
    assert verdict(machine, name, *arguments) == expected


def test_devices_of_drivers_answer_with_a_gpu(machine: str) -> None:
    assert verdict(machine, "ioctl", 0, 0xC0304627, gpu=True) == ALLOWED
    assert verdict(machine, "ioctl", 0, 0x5412, gpu=True) == "EPERM"
    assert verdict(machine, "ioctl", 0, 0x50009401, gpu=True) == "EPERM"  # a snapshot of a Btrfs folder


def test_old_landlocks_get_help(machine: str) -> None:
    read_and_truncate, write_and_truncate = 0o1000, 0o1001
    assert verdict(machine, "openat", 0, 0, read_and_truncate, abi=2) == "EPERM"
    assert verdict(machine, "openat", 0, 0, write_and_truncate, abi=2) == ALLOWED
    assert verdict(machine, "openat", 0, 0, 0, abi=2) == ALLOWED
    assert verdict(machine, "openat2", abi=2) == "ENOSYS"
    assert verdict(machine, "truncate", abi=2) == "EPERM"
    assert verdict(machine, "truncate", abi=3) == ALLOWED
    assert verdict(machine, "pidfd_send_signal", abi=5) == "EPERM"
    assert verdict(machine, "pidfd_send_signal", abi=6) == ALLOWED


def test_every_other_call_is_allowed(machine: str) -> None:
    program = seccomp.build(machine, 7, False)
    special = set(syscalls.numbers(machine).values())
    for number in range(syscalls.LAST_KNOWN + 1):
        if number not in special:
            assert judge(program, ARCHITECTURES[machine], number) == ALLOWED, number


def test_unknown_numbers_and_other_architectures(machine: str) -> None:
    program = seccomp.build(machine, 7, False)
    own, foreign = ARCHITECTURES[machine], 0x40000003
    assert judge(program, own, syscalls.LAST_KNOWN + 1) == "ENOSYS"
    assert judge(program, own, 0x40000000 | 39) == "EPERM"
    assert judge(program, own, 0xFFFFFFFF) == "EPERM"
    assert judge(program, foreign, 0) == KILLED


def test_the_kernel_takes_programs_of_this_length(machine: str) -> None:
    most = 4096
    assert len(seccomp.build(machine, 2, True)) // 8 < most


def test_far_verdicts_are_reached() -> None:
    """A jump reaches 255 instructions at most; past that a longer one is needed."""
    long_block = bpf.if_one_of(0, range(200), bpf.ALLOW, bpf.fail(errno.EACCES))
    other_block = bpf.if_one_of(1, range(200), bpf.ALLOW, bpf.fail(errno.EACCES))
    program = bpf.program(1, {10: long_block, 20: other_block, 30: bpf.fail(errno.EPERM)}, ())
    assert judge(program, 1, 10, 199) == ALLOWED
    assert judge(program, 1, 10, 200) == "EACCES"
    assert judge(program, 1, 20, 0, 7) == ALLOWED
    assert judge(program, 1, 30) == "EPERM"
    assert [judge(program, 1, number) for number in (0, 9, 11, 19, 21, 29, 31)] == [ALLOWED] * 7


HEADERS = {
    "x86_64": (Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), Path("/usr/include/asm/unistd_64.h")),
    "aarch64": (Path("/usr/include/asm-generic/unistd.h"),),
}


def test_numbers_are_those_of_the_headers(machine: str) -> None:
    header = next((path for path in HEADERS[machine] if path.exists()), None)
    if header is None:
        pytest.skip("the kernel's headers are not installed")
    found = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", header.read_text())
    official = {name: int(number) for name, number in found}
    for name, number in syscalls.numbers(machine).items():
        # Newer calls than the headers know have the same number everywhere.
        assert official.get(name, number) == number, name
        assert name in official or number > 449, name
