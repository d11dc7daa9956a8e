"""No program is started, no other process is touched, and no descendant gets away."""

# The deeds are written as the system calls that they are.
# ruff: noqa: PTH123

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
import struct
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from security.jail import SECONDS, Ground, Jail
from shapelens.worker.sandbox import kernel, landlock, seccomp, syscalls

TRUE = "/bin/true"
SIGCHLD = int(signal.SIGCHLD)
NEW_NAMESPACES = {
    "mount": 0x00020000,
    "cgroup": 0x02000000,
    "host name": 0x04000000,
    "IPC": 0x08000000,
    "user": 0x10000000,
    "process": 0x20000000,
    "network": 0x40000000,
}


def number(name: str) -> int:
    return syscalls.numbers(os.uname().machine)[name]


def address(data: object) -> int:
    return ctypes.addressof(data)  # type: ignore[arg-type]


def in_a_fork(deed: Callable[[], object]) -> int:
    """Do it in a child of the child; return its exit status, which is the errno where it failed."""
    process = os.fork()
    if process == 0:
        try:
            deed()
            os._exit(0)
        except OSError as error:
            os._exit(error.errno or 255)
        finally:
            os._exit(255)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def raise_status(status: int) -> None:
    if status:
        raise OSError(status, os.strerror(status)) if status > 0 else AssertionError(f"signal {-status}")


def execute(ground: Ground) -> None:
    raise_status(in_a_fork(lambda: os.execv(TRUE, ["true"])))


def execute_by_shell(ground: Ground) -> None:
    status = os.waitstatus_to_exitcode(os.system(TRUE))
    raise_status(errno.EPERM if status == 127 else status)


def spawn(ground: Ground) -> None:
    process = os.posix_spawn(TRUE, ["true"], {})
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    raise_status(errno.EPERM if status == 127 else status)


def run(ground: Ground) -> None:
    subprocess.run([TRUE], check=True)


def execute_what_is_open(ground: Ground) -> None:
    descriptor = os.open(TRUE, os.O_RDONLY)
    raise_status(in_a_fork(lambda: os.execve(descriptor, ["true"], {})))


def execute_what_is_in_memory(ground: Ground) -> None:
    descriptor = os.memfd_create("program")
    os.write(descriptor, Path(TRUE).read_bytes())
    raise_status(in_a_fork(lambda: os.execve(descriptor, ["true"], {})))


def execute_by_number(ground: Ground) -> None:
    path = ctypes.create_string_buffer(os.fsencode(TRUE))
    arguments = (ctypes.c_char_p * 2)(b"true", None)
    nothing = (ctypes.c_char_p * 1)(None)
    raise_status(in_a_fork(lambda: kernel.call(number("execve"), address(path), address(arguments), address(nothing))))


def execute_by_number_and_folder(ground: Ground) -> None:
    path = ctypes.create_string_buffer(os.fsencode(TRUE))
    arguments = (ctypes.c_char_p * 2)(b"true", None)
    nothing = (ctypes.c_char_p * 1)(None)
    raise_status(
        in_a_fork(lambda: kernel.call(number("execveat"), -100, address(path), address(arguments), address(nothing), 0))
    )


@pytest.mark.parametrize(
    "deed",
    [
        execute,
        execute_by_shell,
        spawn,
        run,
        execute_what_is_open,
        execute_what_is_in_memory,
        execute_by_number,
        execute_by_number_and_folder,
    ],
    ids=lambda deed: deed.__name__,
)
def test_no_program_is_started(jail: Jail, deed: Callable[[Ground], None]) -> None:
    jail.assert_denied(deed)


def test_landlock_alone_starts_no_program(jail: Jail) -> None:
    def under_landlock_alone(ground: Ground) -> None:
        kernel.forbid_new_privileges()
        landlock.restrict([("/", landlock.READ)], landlock.abi())
        os.execv(TRUE, ["true"])

    assert jail.free(under_landlock_alone).errno == errno.EACCES


def attach(process: int) -> None:
    attach_, detach = 16, 17
    kernel.call(number("ptrace"), attach_, process)
    os.waitpid(process, 0x40000000)  # __WALL
    kernel.call(number("ptrace"), detach, process)


def look_into_memory(process: int) -> None:
    here = ctypes.create_string_buffer(8)
    vector = ctypes.create_string_buffer(struct.pack("PN", address(here), 8), 16)
    try:
        kernel.call(number("process_vm_readv"), process, address(vector), 1, address(vector), 1)
    except OSError as error:
        # Reading got past the permission check, and the address is not one of the other process's.
        if error.errno != errno.EFAULT:
            raise


def kill(process: int) -> None:
    os.kill(process, signal.SIGURG)


def kill_thread(process: int) -> None:
    kernel.call(number("tgkill"), process, process, signal.SIGURG)


def kill_any_thread(process: int) -> None:
    kernel.call(number("tkill"), process, signal.SIGURG)


def kill_group(process: int) -> None:
    os.killpg(process, signal.SIGURG)


def kill_by_descriptor(process: int) -> None:
    descriptor = os.pidfd_open(process)
    signal.pidfd_send_signal(descriptor, signal.SIGURG)


def kill_with_a_value(process: int) -> None:
    information = ctypes.create_string_buffer(struct.pack("iii", signal.SIGURG, 0, -1), 128)
    kernel.call(number("rt_sigqueueinfo"), process, signal.SIGURG, address(information))


def limit(process: int) -> None:
    resource.prlimit(process, resource.RLIMIT_CORE, (0, 0))


def slow_down(process: int) -> None:
    os.setpriority(os.PRIO_PROCESS, process, 19)


def move_to_a_processor(process: int) -> None:
    os.sched_setaffinity(process, os.sched_getaffinity(process))


def change_the_schedule(process: int) -> None:
    os.sched_setscheduler(process, os.SCHED_BATCH, os.sched_param(0))


def compare(process: int) -> None:
    kernel.call(number("kcmp"), process, process, 0, 0, 0)


FOREIGN = [
    attach,
    look_into_memory,
    kill,
    kill_thread,
    kill_any_thread,
    kill_group,
    kill_by_descriptor,
    kill_with_a_value,
    limit,
    slow_down,
    move_to_a_processor,
    change_the_schedule,
    compare,
]


@pytest.mark.parametrize("deed", FOREIGN, ids=lambda deed: deed.__name__)
def test_other_processes_are_left_alone(jail: Jail, victim: int, deed: Callable[[int], None]) -> None:
    jail.assert_denied(lambda ground: deed(victim))


def test_the_parent_is_not_killed(jail: Jail) -> None:
    assert jail.locked(lambda ground: os.kill(os.getppid(), signal.SIGKILL)).denied


@pytest.mark.parametrize(
    "deed",
    [kill, kill_thread, kill_any_thread, kill_group, kill_by_descriptor, kill_with_a_value],
    ids=lambda deed: deed.__name__,
)
def test_no_signal_leaves_where_landlock_cannot_see_to_it(jail: Jail, victim: int, deed: Callable[[int], None]) -> None:
    """Before its sixth version Landlock lets signals pass; the filter stands in."""

    def under_an_old_kernel(ground: Ground) -> None:
        kernel.forbid_new_privileges()
        seccomp.install(5, False)
        os.kill(os.getpid(), 0)
        os.kill(os.getpid(), signal.SIGURG)
        deed(victim)

    outcome = jail.free(under_an_old_kernel)
    assert outcome.denied, outcome


def test_signals_within_the_evaluation_work(jail: Jail) -> None:
    def stop_a_child(ground: Ground) -> int:
        process = os.fork()
        if process == 0:
            time.sleep(SECONDS)
            os._exit(0)
        os.kill(process, signal.SIGTERM)
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])

    assert jail.assert_works(stop_a_child) == -signal.SIGTERM


@pytest.mark.parametrize("deed", [os.setsid, lambda: os.setpgid(0, 0)], ids=["session", "group"])
def test_no_descendant_leaves_the_group(jail: Jail, deed: Callable[[], None]) -> None:
    jail.assert_denied(lambda ground: raise_status(in_a_fork(deed)))


def test_killing_the_group_ends_every_descendant(jail: Jail) -> None:
    """A process that makes itself an orphan holds the pipe until it is killed with the others."""

    def leave_an_orphan(ground: Ground) -> int:
        reading, writing = os.pipe()
        if os.fork() == 0:
            if os.fork() == 0:
                try:
                    os.setsid()
                except OSError:
                    pass
                os.write(writing, str(os.getpid()).encode())
                time.sleep(SECONDS)
            os._exit(0)
        os.wait()
        return int(os.read(reading, 32))

    orphan = jail.assert_works(leave_an_orphan)
    assert isinstance(orphan, int)
    deadline = time.monotonic() + SECONDS / 3
    while _alive(orphan) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _alive(orphan)


def _alive(process: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_no_sibling_is_born(jail: Jail) -> None:
    """With CLONE_PARENT the host, not the evaluation, would be the parent."""

    def be_born(ground: Ground) -> None:
        clone_parent = 0x00008000
        if kernel.call(number("clone"), clone_parent | SIGCHLD, 0, 0, 0, 0) == 0:
            os._exit(0)

    assert jail.locked(be_born).errno == errno.EPERM


@pytest.mark.parametrize("name", NEW_NAMESPACES)
def test_no_new_namespace(jail: Jail, name: str) -> None:
    flag = NEW_NAMESPACES[name]

    def clone(ground: Ground) -> None:
        if kernel.call(number("clone"), flag | SIGCHLD, 0, 0, 0, 0) == 0:
            os._exit(0)
        os.wait()

    def leave(ground: Ground) -> None:
        kernel.call(number("unshare"), flag)

    for deed in (clone, leave):
        outcome = jail.locked(deed)
        assert outcome.errno == errno.EPERM, outcome
        if jail.user is None and os.getuid() == 0:
            assert jail.free(deed).worked


def test_the_new_clone_is_absent_so_that_the_old_one_is_used(jail: Jail) -> None:
    assert jail.locked(lambda ground: kernel.call(number("clone3"), 0, 0)).errno == errno.ENOSYS
    assert jail.free(lambda ground: kernel.call(number("clone3"), 0, 0)).errno == errno.EINVAL


def test_dying_with_the_parent_is_not_taken_back(jail: Jail) -> None:
    set_pdeathsig = 1
    jail.assert_denied(lambda ground: kernel.prctl(set_pdeathsig, 0))
    jail.assert_works(lambda ground: kernel.prctl(set_pdeathsig, signal.SIGKILL))


def test_a_fork_bomb_ends(jail: Jail) -> None:
    if jail.user is None:
        pytest.skip("the system does not count the processes of root, and those of this user are too many to fork")
    with open("/proc/loadavg") as file:
        tasks = int(file.read().split()[3].partition("/")[2])
    most = tasks + 2000

    def fork_on(ground: Ground) -> int:
        for count in range(most):
            try:
                if os.fork() == 0:
                    signal.pause()
            except BlockingIOError:
                return count
        return most

    count = jail.with_policy(processes=1).assert_works(fork_on)
    assert isinstance(count, int)
    assert 0 < count < most


def test_limits_are_in_force(jail: Jail) -> None:
    def limits(ground: Ground) -> object:
        names = ("RLIMIT_CORE", "RLIMIT_FSIZE", "RLIMIT_CPU")
        return [resource.getrlimit(getattr(resource, name)) for name in names]

    assert jail.with_policy(file_size_mb=3, cpu_seconds=7).assert_works(limits) == [(1, 1), (3 << 20, 3 << 20), (7, 8)]


def test_processor_time_ends_a_busy_loop(jail: Jail) -> None:
    def turn(ground: Ground) -> None:
        while True:
            pass

    assert jail.with_policy(cpu_seconds=1).locked(turn).signal == signal.SIGXCPU


def test_no_capability_is_left(jail: Jail) -> None:
    def capabilities(ground: Ground) -> list[str]:
        lines = Path("/proc/self/status").read_text().splitlines()
        kinds = ("CapInh", "CapPrm", "CapEff", "CapAmb", "NoNewPrivs", "Seccomp:")
        return [line.split()[1].lstrip("0") or "0" for line in lines if line.startswith(kinds)]

    assert jail.assert_works(capabilities) == ["0", "0", "0", "0", "1", "2"]
