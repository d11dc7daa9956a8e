"""Nothing is written outside the private folder, and nothing is read that is none of the program's business."""

# The deeds are written as the system calls that they are.
# ruff: noqa: PTH101, PTH102, PTH104, PTH106, PTH108, PTH115, PTH123, PTH208, PTH211

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import socket
import stat
import struct
from pathlib import Path
from typing import cast

import pytest

from security.jail import Deed, Ground, Jail, Outcome
from shapelens.worker.sandbox import kernel, landlock, roots, seccomp, syscalls

AT_EMPTY_PATH, AT_FDCWD = 0x1000, -100


def write(path: Path | str) -> None:
    with open(path, "w") as file:
        file.write("written")


def write_in_home(ground: Ground) -> None:
    write(ground.home / "new.txt")


def write_in_workspace(ground: Ground) -> None:
    write(ground.workspace / "new.txt")


def write_over_the_program(ground: Ground) -> None:
    write(ground.workspace / "model.py")


def append_to_the_program(ground: Ground) -> None:
    with open(ground.workspace / "model.py", "a") as file:
        file.write("import os\n")


def write_by_a_relative_path(ground: Ground) -> None:
    write("new.txt")


def write_by_a_path_out_of_the_private_folder(ground: Ground) -> None:
    write(f"{ground.private}/../outside/new.txt")


def write_beside_the_private_folder(ground: Ground) -> None:
    write(f"{ground.private}-too.txt")
    Path(f"{ground.private}-too.txt").unlink()


def write_in_the_temporary_folder(ground: Ground) -> None:
    path = f"/tmp/sandbox-{os.getpid()}"
    write(path)
    os.unlink(path)


def write_in_shared_memory(ground: Ground) -> None:
    path = f"/dev/shm/sandbox-{os.getpid()}"
    write(path)
    os.unlink(path)


def write_through_a_link_to_a_file(ground: Ground) -> None:
    os.symlink(ground.outside / "file.txt", ground.private / "link")
    try:
        write(ground.private / "link")
    finally:
        os.unlink(ground.private / "link")


def write_through_a_link_to_a_folder(ground: Ground) -> None:
    os.symlink(ground.outside, ground.private / "folder")
    try:
        write(ground.private / "folder" / "new.txt")
    finally:
        os.unlink(ground.private / "folder")


def write_by_opening_again_what_is_read(ground: Ground) -> None:
    with open(ground.workspace / "model.py") as file:
        write(f"/proc/self/fd/{file.fileno()}")


def write_by_the_root_of_the_process(ground: Ground) -> None:
    write(f"/proc/self/root{ground.outside}/new.txt")


def write_relative_to_an_open_folder(ground: Ground) -> None:
    folder = os.open(ground.workspace, os.O_RDONLY)
    os.close(os.open("new.txt", os.O_WRONLY | os.O_CREAT, dir_fd=folder))


def truncate_by_path(ground: Ground) -> None:
    os.truncate(ground.workspace / "model.py", 0)


def truncate_while_opening_to_read(ground: Ground) -> None:
    os.close(os.open(ground.workspace / "model.py", os.O_RDONLY | os.O_TRUNC))


def delete(ground: Ground) -> None:
    os.unlink(ground.workspace / "data" / "points.csv")


def delete_a_folder(ground: Ground) -> None:
    os.rmdir(ground.home / "empty")


def make_a_folder(ground: Ground) -> None:
    os.mkdir(ground.workspace / "folder")


def make_a_link(ground: Ground) -> None:
    os.symlink("model.py", ground.workspace / "link")


def make_a_pipe(ground: Ground) -> None:
    os.mkfifo(ground.workspace / "pipe")


def rename_within_the_workspace(ground: Ground) -> None:
    os.rename(ground.workspace / "model.py", ground.workspace / "other.py")


def hang_a_nameless_file_in(ground: Ground) -> None:
    descriptor = os.open(ground.outside, os.O_TMPFILE | os.O_RDWR)
    os.close(descriptor)


def change_the_mode(ground: Ground) -> None:
    os.chmod(ground.workspace / "model.py", 0o777)


def change_the_mode_of_what_is_read(ground: Ground) -> None:
    with open(ground.workspace / "model.py") as file:
        os.fchmod(file.fileno(), 0o777)


def change_the_owner(ground: Ground) -> None:
    os.chown(ground.workspace / "model.py", os.getuid(), os.getgid())


def change_the_times(ground: Ground) -> None:
    os.utime(ground.workspace / "model.py", (0, 0))


def change_the_flags_of_what_is_read(ground: Ground) -> None:
    get_flags, set_flags = 0x80086601, 0x40086602
    with open(ground.workspace / "model.py") as file:
        flags = ctypes.create_string_buffer(8)
        number = syscalls.numbers(os.uname().machine)["ioctl"]
        kernel.call(number, file.fileno(), get_flags, ctypes.addressof(flags))
        kernel.call(number, file.fileno(), set_flags, ctypes.addressof(flags))


WRITING = [
    write_in_home,
    write_in_workspace,
    write_over_the_program,
    append_to_the_program,
    write_by_a_relative_path,
    write_by_a_path_out_of_the_private_folder,
    write_beside_the_private_folder,
    write_in_the_temporary_folder,
    write_in_shared_memory,
    write_through_a_link_to_a_file,
    write_through_a_link_to_a_folder,
    write_by_opening_again_what_is_read,
    write_by_the_root_of_the_process,
    write_relative_to_an_open_folder,
    truncate_by_path,
    truncate_while_opening_to_read,
    delete,
    delete_a_folder,
    make_a_folder,
    make_a_link,
    make_a_pipe,
    rename_within_the_workspace,
    hang_a_nameless_file_in,
    change_the_mode,
    change_the_mode_of_what_is_read,
    change_the_owner,
    change_the_times,
]


@pytest.mark.parametrize("deed", WRITING, ids=lambda deed: deed.__name__)
def test_nothing_is_written_outside(jail: Jail, deed: Deed) -> None:
    jail.assert_denied(deed)


def test_a_refused_write_leaves_everything_as_it_was(jail: Jail) -> None:
    before = _inventory(jail.ground)
    for deed in WRITING:
        jail.locked(deed)
    assert _inventory(jail.ground) == before


def test_flags_of_files_stay(jail: Jail) -> None:
    control = jail.free(change_the_flags_of_what_is_read)
    if control.errno == errno.ENOTTY or control.errno == errno.EOPNOTSUPP:
        pytest.skip("the temporary folder's file system has no flags")
    assert control.worked, control
    assert jail.locked(change_the_flags_of_what_is_read).denied


def test_extended_attributes_stay(jail: Jail) -> None:
    def mark(ground: Ground) -> None:
        os.setxattr(ground.workspace / "model.py", "user.note", b"mine")

    control = jail.free(mark)
    if control.errno == errno.EOPNOTSUPP:
        pytest.skip("the temporary folder's file system has no extended attributes")
    assert control.worked, control
    assert jail.locked(mark).denied


def test_a_hard_link_does_not_make_a_file_writable(jail: Jail) -> None:
    def link_and_write(ground: Ground) -> None:
        os.link(ground.workspace / "model.py", ground.private / "model.py")
        write(ground.private / "model.py")

    jail.assert_denied(link_and_write, (errno.EXDEV, errno.EACCES, errno.EPERM))


def test_a_hard_link_does_not_make_a_file_readable(jail: Jail) -> None:
    def link_and_read(ground: Ground) -> str:
        os.link(ground.home / ".ssh" / "id_rsa", ground.private / "key")
        return (ground.private / "key").read_text()

    jail.assert_denied(link_and_read, (errno.EXDEV, errno.EACCES, errno.EPERM))


def test_nothing_is_moved_out_of_the_private_folder(jail: Jail) -> None:
    def move(ground: Ground) -> None:
        write(ground.private / "mine.txt")
        os.rename(ground.private / "mine.txt", ground.outside / "mine.txt")

    jail.assert_denied(move, (errno.EXDEV, errno.EACCES, errno.EPERM))


def test_nothing_is_moved_into_the_private_folder(jail: Jail) -> None:
    def move(ground: Ground) -> None:
        os.rename(ground.outside / "file.txt", ground.private / "file.txt")

    jail.assert_denied(move, (errno.EXDEV, errno.EACCES, errno.EPERM))


def test_no_device_is_made_in_the_private_folder(jail: Jail) -> None:
    if jail.user is not None or os.getuid() != 0:
        pytest.skip("only root makes devices")

    def make(ground: Ground) -> None:
        path = ground.private / "null"
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
        path.unlink()

    jail.assert_denied(make)


def test_a_file_has_a_largest_size(jail: Jail) -> None:
    small = jail.with_policy(file_size_mb=1)

    def fill(ground: Ground) -> None:
        with open(ground.private / "large", "wb", buffering=0) as file:
            for _ in range(3):
                file.write(bytes(1 << 20))

    assert jail.assert_works(fill) is None
    assert small.locked(fill).errno == errno.EFBIG


def read_a_key(ground: Ground) -> object:
    return (ground.home / ".ssh" / "id_rsa").read_text()


def read_in_home(ground: Ground) -> object:
    return (ground.home / "diary.txt").read_text()


def read_outside(ground: Ground) -> object:
    return (ground.outside / "file.txt").read_text()


def read_by_a_relative_path(ground: Ground) -> object:
    return Path("../diary.txt").read_text()


def read_through_a_link(ground: Ground) -> object:
    os.symlink(ground.home / "diary.txt", ground.private / "diary")
    try:
        return (ground.private / "diary").read_text()
    finally:
        os.unlink(ground.private / "diary")


def read_by_the_root_of_the_process(ground: Ground) -> object:
    return Path(f"/proc/self/root{ground.home}/diary.txt").read_text()


def list_home(ground: Ground) -> object:
    return os.listdir(ground.home)


def list_the_temporary_folder(ground: Ground) -> object:
    return os.listdir("/tmp")


def list_the_root_folder(ground: Ground) -> object:
    return os.listdir("/")


def list_processes(ground: Ground) -> object:
    return os.listdir("/proc")


def copy_home_to_the_private_folder(ground: Ground) -> object:
    return shutil.copyfile(ground.home / "diary.txt", ground.private / "copy")


@pytest.mark.parametrize(
    "deed",
    [
        read_a_key,
        read_in_home,
        read_outside,
        read_by_a_relative_path,
        read_through_a_link,
        read_by_the_root_of_the_process,
        list_home,
        list_the_temporary_folder,
        list_the_root_folder,
        list_processes,
        copy_home_to_the_private_folder,
    ],
    ids=lambda deed: deed.__name__,
)
def test_nothing_foreign_is_read(jail: Jail, deed: Deed) -> None:
    jail.assert_denied(deed)


@pytest.mark.parametrize("name", ["environ", "mem", "maps", "smaps", "auxv", "io", "personality"])
def test_memory_of_others_is_not_read(jail: Jail, victim: int, name: str) -> None:
    def read(ground: Ground) -> None:
        with open(f"/proc/{victim}/{name}", "rb", buffering=0) as file:
            if name != "mem":  # Its first page belongs to nobody; to open it is enough.
                file.read(16)

    jail.assert_denied(read)


@pytest.mark.parametrize("name", ["exe", "cwd", "root", "fd/1"])
def test_files_of_others_are_not_reached(jail: Jail, victim: int, name: str) -> None:
    jail.assert_denied(lambda ground: os.readlink(f"/proc/{victim}/{name}"))


@pytest.mark.parametrize("name", ["fd", "task", "map_files"])
def test_folders_of_others_are_not_listed(jail: Jail, victim: int, name: str) -> None:
    jail.assert_denied(lambda ground: os.listdir(f"/proc/{victim}/{name}"))


def test_in_a_home_folder_as_workspace_hidden_files_stay_hidden(jail: Jail) -> None:
    home = str(jail.ground.home)
    at_home = jail.with_policy(readable=roots.readable_roots(home, home))
    at_home.assert_denied(read_a_key)
    assert at_home.assert_works(read_in_home) == "dear diary"
    assert ".ssh" in cast("list[str]", at_home.assert_works(list_home))


def test_in_the_root_folder_as_workspace_everything_stays_closed(jail: Jail) -> None:
    at_root = jail.with_policy(readable=roots.readable_roots("/", str(jail.ground.workspace)))
    for deed in (read_a_key, read_in_home, read_outside, list_home, list_the_root_folder):
        at_root.assert_denied(deed)


def test_passwords_of_the_system_are_not_read(jail: Jail) -> None:
    if jail.user is not None or os.getuid() != 0:
        pytest.skip("only root reads /etc/shadow")
    jail.assert_denied(lambda ground: Path("/etc/shadow").read_text())


def test_a_file_is_not_opened_by_its_handle(jail: Jail) -> None:
    if jail.user is not None or os.getuid() != 0:
        pytest.skip("opening by handle takes privileges")

    def open_by_handle(ground: Ground) -> None:
        numbers = syscalls.numbers(os.uname().machine)
        name_to_handle_at = {"x86_64": 303, "aarch64": 264}[os.uname().machine]
        path = ctypes.create_string_buffer(os.fsencode(ground.home / "diary.txt"))
        handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0), 136)
        mount = ctypes.create_string_buffer(4)
        kernel.call(
            name_to_handle_at,
            AT_FDCWD,
            ctypes.addressof(path),
            ctypes.addressof(handle),
            ctypes.addressof(mount),
            0,
        )
        folder = os.open(ground.workspace, os.O_RDONLY)
        os.close(kernel.call(numbers["open_by_handle_at"], folder, ctypes.addressof(handle), os.O_RDONLY))

    jail.assert_denied(open_by_handle)


def test_folders_are_not_watched(jail: Jail) -> None:
    def watch(ground: Ground) -> None:
        numbers = syscalls.numbers(os.uname().machine)
        path = ctypes.create_string_buffer(os.fsencode(ground.home))
        descriptor = kernel.call(numbers["inotify_init1"], 0)
        kernel.call(numbers["inotify_add_watch"], descriptor, ctypes.addressof(path), 0x100)

    jail.assert_denied(watch)


@pytest.mark.parametrize("deed", [truncate_by_path, truncate_while_opening_to_read], ids=lambda deed: deed.__name__)
def test_nothing_is_truncated_where_landlock_cannot_see_to_it(jail: Jail, deed: Deed) -> None:
    """The second version of Landlock lets files be truncated; the filter stands in."""

    def under_an_old_kernel(ground: Ground) -> object:
        kernel.forbid_new_privileges()
        landlock.restrict([("/", landlock.READ)], 2)
        seccomp.install(2, False)
        return deed(ground)

    def under_landlock_alone(ground: Ground) -> object:
        kernel.forbid_new_privileges()
        landlock.restrict([("/", landlock.READ)], 2)
        return deed(ground)

    outcome: Outcome = jail.free(under_an_old_kernel)
    assert outcome.denied, outcome
    assert jail.free(under_landlock_alone).worked


def test_a_socket_is_not_left_in_the_private_folder(jail: Jail) -> None:
    def leave(ground: Ground) -> None:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(ground.private / "socket"))

    jail.assert_denied(leave)


def _inventory(ground: Ground) -> dict[str, tuple[int, int, int, float, bytes]]:
    found = {}
    for folder in (ground.home, ground.outside):
        for path in sorted(folder.rglob("*")):
            status = path.lstat()
            text = path.read_bytes() if path.is_file() else b""
            found[str(path)] = (status.st_mode, status.st_uid, status.st_nlink, status.st_mtime, text)
    return found
