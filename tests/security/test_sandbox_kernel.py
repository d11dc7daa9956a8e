"""Seldom used doors of the kernel stay shut, whichever way they are knocked at."""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import signal

import pytest

from security.jail import Ground, Jail
from shapelens.worker.sandbox import kernel, syscalls

# Arguments with which each call fails harmlessly where it is allowed, or does nothing.
CALLS: dict[str, tuple[int, ...]] = {
    "io_uring_setup": (0, 0),
    "io_uring_enter": (-1, 0, 0, 0),
    "io_uring_register": (-1, 0, 0, 0),
    "bpf": (9999, 0, 0),
    "perf_event_open": (0, 0, -1, -1, 0),
    "userfaultfd": (0xFFFF,),
    "keyctl": (0, -5, 0),
    "add_key": (0, 0, 0, 0, 0),
    "request_key": (0, 0, 0, 0),
    "mount": (0, 0, 0, 0, 0),
    "umount2": (0, 0xFFFF),
    "pivot_root": (0, 0),
    "chroot": (0,),
    "fsopen": (0, 0),
    "fsconfig": (-1, 0, 0, 0, 0),
    "fsmount": (-1, 0, 0),
    "fspick": (-1, 0, 0xFFFF),
    "open_tree": (-1, 0, 0xFFFF),
    "move_mount": (-1, 0, -1, 0, 0xFFFF),
    "mount_setattr": (-1, 0, 0, 0, 0),
    "setns": (-1, 0),
    "unshare": (0,),
    "kexec_load": (0, 0, 0, 0xFFFF),
    "init_module": (0, 0, 0),
    "finit_module": (-1, 0, 0),
    "delete_module": (0, 0),
    "reboot": (0, 0, 0),
    "swapon": (0, 0),
    "swapoff": (0,),
    "settimeofday": (1, 1),
    "clock_settime": (-1, 0),
    "adjtimex": (0,),
    "clock_adjtime": (-1, 0),
    "acct": (1,),
    "quotactl": (0, 0, 0, 0),
    "syslog": (10, 0, 0),
    "sethostname": (0, -1),
    "setdomainname": (0, -1),
    "personality": (0xFFFFFFFF,),
    "ptrace": (9999, 0, 0, 0),
    "process_vm_writev": (0, 0, 0, 0, 0, 0xFFFF),
    "pidfd_getfd": (-1, 0, 0),
    "move_pages": (0, 0, 0, 0, 0, 0),
    "shmget": (0, 0, 0),
    "shmctl": (-1, 0, 0),
    "semget": (0, -1, 0),
    "msgget": (0x7FFFFFFF, 0),
    "mq_open": (0, 0, 0, 0),
    "fanotify_init": (0xFFFFFFFF, 0),
    "inotify_init1": (0xFFFF,),
    "socket": (9999, 0, 0),
    "accept": (-1, 0, 0),
    "bind": (-1, 0, 0),
    "listen": (-1, 0),
    "connect": (-1, 0, 0),
}


def number(name: str) -> int:
    return syscalls.numbers(os.uname().machine)[name]


@pytest.mark.parametrize("name", CALLS)
def test_the_call_is_refused(jail: Jail, name: str) -> None:
    def make(ground: Ground) -> object:
        return kernel.call(number(name), *CALLS[name])

    control = jail.free(make)
    assert jail.locked(make).errno == errno.EPERM
    if control.errno in (errno.EPERM, errno.ENOSYS):
        pytest.skip(f"refused here without the sandbox too: {control.error}")


def test_calls_of_the_future_are_absent(jail: Jail) -> None:
    assert jail.locked(lambda ground: kernel.call(syscalls.LAST_KNOWN + 1)).errno == errno.ENOSYS


@pytest.mark.parametrize("request_", [0x5412, 0x541C], ids=["TIOCSTI", "TIOCLINUX"])
def test_nothing_is_typed_into_the_terminal(jail: Jail, request_: int) -> None:
    def type_(ground: Ground) -> object:
        return kernel.call(number("ioctl"), -1, request_, 0)

    assert jail.locked(type_).errno == errno.EPERM
    assert jail.free(type_).errno == errno.EBADF
    with_gpu = jail.with_policy(device_gpu=True)
    assert with_gpu.locked(type_).errno == errno.EPERM


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="only x86-64 has a second set of numbers")
def test_the_second_set_of_numbers_is_refused(jail: Jail) -> None:
    x32 = 0x40000000
    getpid = 39
    assert jail.locked(lambda ground: kernel.call(x32 | getpid)).errno == errno.EPERM


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the machine code is for x86-64")
def test_32_bit_calls_kill(jail: Jail) -> None:
    def call(ground: Ground) -> object:
        getpid = bytes((0xB8, 20, 0, 0, 0, 0xCD, 0x80, 0xC3))  # mov eax, 20; int 0x80; ret
        memory = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        memory.write(getpid)
        function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(memory)))
        return function() == os.getpid()

    assert jail.locked(call).signal == signal.SIGSYS
    if jail.free(call).value is not True:
        pytest.skip("this kernel has no 32-bit calls")


def test_a_second_filter_cannot_loosen_the_first(jail: Jail) -> None:
    def install(ground: Ground) -> object:
        allow_all = ctypes.create_string_buffer(b"\x06\0\0\0\0\0\xff\x7f", 8)
        header = (ctypes.c_uint64 * 2)(1, ctypes.addressof(allow_all))
        kernel.prctl(22, 2, ctypes.addressof(header))
        return kernel.call(number("socket"), 2, 1, 0)

    assert jail.locked(install).errno == errno.EPERM
    assert jail.free(lambda ground: kernel.forbid_new_privileges() or install(ground)).worked
