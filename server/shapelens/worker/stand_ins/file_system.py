"""Writing, removing and looking at files: ``open``, ``os``, ``shutil``, ``pathlib``, and most libraries through them.

Replaced: the files that are written, see ``file_overlay``. Kept true: what a program wrote it can read back, list,
rename and remove, and a path that does not exist raises what the system raises. Files on the disk are read as they are.
"""

from __future__ import annotations

import functools
import os
import stat as modes
import sys
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from .file_overlay import FileOverlay, overlay
from .model import StandIn

_LARGEST_UNPACKED = 64 << 20

Function = Callable[..., Any]


def _is_path(value: Any) -> bool:
    return isinstance(value, (str, bytes)) or hasattr(value, "__fspath__")


def opening(original: Function) -> Function:
    """Return an ``open`` that writes to, and first reads from, the overlay."""

    @functools.wraps(original)
    def open(file: Any, mode: Any = "r", *arguments: Any, **keywords: Any) -> Any:
        # An opener is given the path and calls ``os.open``, which looks into the overlay too.
        if not _is_path(file) or not isinstance(mode, str) or keywords.get("opener") is not None:
            return original(file, mode, *arguments, **keywords)
        files = overlay()
        if not set("wax+").isdisjoint(mode):
            if "r" in mode and not files.exists(files.absolute(file)):
                return original(file, "r")  # raises what it raises
            file = files.writing(file, keep="w" not in mode, must_be_new="x" in mode)
            return original(file, mode.replace("x", "w"), *arguments, **keywords)
        return original(files.reading(file), mode, *arguments, **keywords)

    return open


class _Entry:
    """What ``os.scandir`` yields for a path of the overlay."""

    def __init__(self, folder: Any, name: str, files: FileOverlay) -> None:
        self.name = name
        self.path = os.path.join(folder, name)
        self._full = files.absolute(self.path)
        self._files = files

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        return self._files.is_folder(self._full)

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        return self._files.exists(self._full) and not self.is_dir()

    def is_symlink(self) -> bool:
        return False

    def is_junction(self) -> bool:
        return False

    def stat(self, *, follow_symlinks: bool = True) -> Any:
        return os.stat(self.path)

    def inode(self) -> int:
        return int(self.stat().st_ino)

    def __fspath__(self) -> Any:
        return self.path


class _Entries:
    """An iterator and context manager like that of ``os.scandir``."""

    def __init__(self, entries: List[_Entry]) -> None:
        self._entries = iter(entries)

    def __iter__(self) -> Iterator[_Entry]:
        return self._entries

    def __next__(self) -> _Entry:
        return next(self._entries)

    def __enter__(self) -> _Entries:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def close(self) -> None:
        """Release nothing."""


class _System:
    """The functions of ``os`` that look at files or change them."""

    def replaced(self) -> Dict[str, Function]:
        """Return the functions by their names."""
        made: Dict[str, Function] = {}
        names = "stat lstat listdir scandir mkdir rmdir remove unlink rename replace access open truncate link symlink"
        same = {"lstat": "stat", "unlink": "remove", "replace": "rename"}
        for name in names.split():
            if hasattr(os, name):
                made[name] = self._called(getattr(os, name), getattr(self, f"_{same.get(name, name)}"))
        for name in "chmod lchmod chown lchown utime chflags setxattr removexattr".split():
            if hasattr(os, name):
                made[name] = self._called(getattr(os, name), self._unchanged)
        return made

    def _called(self, original: Function, function: Function) -> Function:
        @functools.wraps(original)
        def call(*arguments: Any, **keywords: Any) -> Any:
            first = arguments[0] if arguments else keywords.get("path", ".")
            if isinstance(first, int) or keywords.get("dir_fd") is not None or keywords.get("src_dir_fd") is not None:
                return original(*arguments, **keywords)
            return function(original, *arguments, **keywords)

        return call

    # --- looking ------------------------------------------------------------------------------------------

    def _stat(self, original: Function, path: Any, **keywords: Any) -> Any:
        return original(overlay().looking(path), **keywords)

    def _access(self, original: Function, path: Any, mode: int, **keywords: Any) -> Any:
        files = overlay()
        if mode & os.W_OK:
            return files.exists(files.absolute(path))
        try:
            return original(files.looking(path), mode, **keywords)
        except FileNotFoundError:
            return False

    def _listdir(self, original: Function, path: Any = ".") -> Any:
        files = overlay()
        if files.is_empty or not files.has_entries(files.absolute(path)):
            return original(path)
        names = files.entries(files.absolute(path))
        return [os.fsencode(name) for name in names] if isinstance(path, bytes) else names

    def _scandir(self, original: Function, path: Any = ".") -> Any:
        files = overlay()
        if files.is_empty or not files.has_entries(files.absolute(path)):
            return original(path)
        text = os.fsdecode(path)
        return _Entries([_Entry(text, name, files) for name in files.entries(files.absolute(path))])

    # --- changing -----------------------------------------------------------------------------------------

    def _open(self, original: Function, path: Any, flags: int, mode: int = 0o777, **keywords: Any) -> Any:
        files = overlay()
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND):
            exists = files.exists(files.absolute(path))
            if exists or flags & os.O_CREAT:
                new = bool(flags & os.O_EXCL)
                path = files.writing(path, keep=not flags & os.O_TRUNC, must_be_new=new)
                flags |= os.O_CREAT
            return original(path, flags, mode, **keywords)
        return original(files.reading(path), flags, mode, **keywords)

    def _mkdir(self, original: Function, path: Any, mode: int = 0o777, **keywords: Any) -> None:
        files = overlay()
        if files.is_private(files.absolute(path)):
            original(path, mode, **keywords)
        else:
            files.make_folder(path)

    def _remove(self, original: Function, path: Any, **keywords: Any) -> None:
        files = overlay()
        if files.is_private(files.absolute(path)):
            original(path, **keywords)
        else:
            files.remove(path)

    def _rmdir(self, original: Function, path: Any, **keywords: Any) -> None:
        files = overlay()
        if files.is_private(files.absolute(path)):
            original(path, **keywords)
        else:
            files.remove(path, folder=True)

    def _rename(self, original: Function, src: Any, dst: Any, **keywords: Any) -> None:
        files = overlay()
        if files.is_private(files.absolute(src)) and files.is_private(files.absolute(dst)):
            original(src, dst, **keywords)
        else:
            files.rename(src, dst)

    def _link(self, original: Function, src: Any, dst: Any, **keywords: Any) -> None:
        overlay().alias(dst, src)

    def _symlink(self, original: Function, src: Any, dst: Any, *_: Any, **__: Any) -> None:
        target = os.path.join(os.path.dirname(os.fsdecode(dst)), os.fsdecode(src))
        overlay().alias(dst, target)

    def _truncate(self, original: Function, path: Any, length: int) -> None:
        original(overlay().writing(path, keep=True), length)

    def _unchanged(self, original: Function, path: Any, *arguments: Any, **keywords: Any) -> None:
        """Leave rights, owners and times as they are: no program of ours depends on them."""
        os.stat(path)


def _copying(original: Function) -> Function:
    @functools.wraps(original)
    def copyfile(src: Any, dst: Any, *, follow_symlinks: bool = True) -> Any:
        files = overlay()
        target = files.absolute(dst)
        if files.is_private(target) or modes.S_ISFIFO(os.stat(src).st_mode):
            return original(src, dst, follow_symlinks=follow_symlinks)
        files.alias(dst, src)
        return dst

    return copyfile


def _removing_trees(original: Function) -> Function:
    @functools.wraps(original)
    def rmtree(path: Any, ignore_errors: bool = False, *arguments: Any, **keywords: Any) -> None:
        files = overlay()
        if files.is_private(files.absolute(path)):
            original(path, ignore_errors, *arguments, **keywords)
            return
        try:
            files.remove_tree(path)
        except OSError:
            if not ignore_errors and not any(keywords.values()) and not any(arguments):
                raise

    return rmtree


def _apply_shutil(shutil: Any) -> None:
    shutil.copyfile = _copying(shutil.copyfile)
    shutil.rmtree = _removing_trees(shutil.rmtree)


def _apply_open(builtins: Any) -> None:
    import io

    builtins.open = io.open = opening(builtins.open)
    # These took it over when they were imported.
    for module, name in (("tarfile", "bltn_open"), ("bz2", "_builtin_open")):
        if module in sys.modules:
            setattr(sys.modules[module], name, builtins.open)


def _apply_pathlib(pathlib: Any) -> None:
    # Until Python 3.10 paths go through an object that has taken the functions over.
    accessor = getattr(pathlib, "_NormalAccessor", None)
    for name in "stat lstat open listdir scandir chmod mkdir unlink rmdir rename replace".split():
        if accessor is not None and hasattr(accessor, name):
            setattr(accessor, name, staticmethod(getattr(os, name)))


_REPLACED = _System().replaced()
"""Made when this module is imported, in the host: in a child it would take a millisecond."""


def _apply_os(system: Any) -> None:
    for name, function in _REPLACED.items():
        setattr(system, name, function)


def _limited(original: Function, size: Callable[[Any, Optional[Any]], int]) -> Function:
    @functools.wraps(original)
    def extractall(archive: Any, path: Any = None, members: Any = None, *arguments: Any, **keywords: Any) -> Any:
        from ..contract import SkipReason
        from ..unknown import NotEvaluated

        if size(archive, members) > _LARGEST_UNPACKED:
            raise NotEvaluated(SkipReason.FORBIDDEN, "This archive is too large to be unpacked in an evaluation.")
        return original(archive, "." if path is None else path, members, *arguments, **keywords)

    return extractall


def _apply_zipfile(zipfile: Any) -> None:
    def size(archive: Any, members: Any) -> int:
        return sum(info.file_size for info in archive.infolist())

    zipfile.ZipFile.extractall = _limited(zipfile.ZipFile.extractall, size)


def _apply_tarfile(tarfile: Any) -> None:
    def size(archive: Any, members: Any) -> int:
        return sum(info.size for info in archive.getmembers())

    tarfile.TarFile.extractall = _limited(tarfile.TarFile.extractall, size)


STAND_INS: Tuple[StandIn, ...] = (
    StandIn("os", _apply_os),
    StandIn("builtins", _apply_open),
    StandIn("pathlib", _apply_pathlib),
    StandIn("shutil", _apply_shutil),
    StandIn("zipfile", _apply_zipfile),
    StandIn("tarfile", _apply_tarfile),
)
