"""Files that a program would have written: kept in the evaluation's private folder, seen only by the program itself.

What is written under any path goes to a file of our own, and reading under that path finds it. A *promised* file is one
that a plain run would have written and of which the evaluation has no content: it exists, and reading it raises
``NotEvaluated``. A path that the program removed does not exist any more. Files on the disk stay as they are.
"""

from __future__ import annotations

import errno
import functools
import os
import shutil
import tempfile
from typing import Any, Callable, Dict, List, Optional, Set, Union

from ..contract import SkipReason
from ..unknown import NotEvaluated

_UNTOUCHED = ("/dev/", "/proc/", "/sys/")
_PLACEHOLDER = b"\0" * 1024
"""Content of a promised file: nobody reads it, but its size is asked for, and divided by."""

_LARGEST_COPIED = 32 << 20

_STAT, _LISTDIR = os.stat, os.listdir
"""The functions before ``file_system`` replaces them: this module is imported first."""


Promise = Union[str, Callable[[], None]]
"""Why a file has no content here, or what writes it when it is read."""


class FileOverlay:
    """Says where a path leads for this evaluation; all paths given are absolute unless it says otherwise."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._private = os.path.join(folder, "")
        self._written: Optional[str] = None
        self._files: Dict[str, str] = {}
        """Where the content of a path is."""
        self._folders: Set[str] = set()
        self._removed: Set[str] = set()
        self._cleared: Set[str] = set()
        """Folders of which nothing on the disk is left."""
        self._number = 0
        self._promised: Dict[str, Promise] = {}
        self._values: Dict[str, Any] = {}

    @property
    def is_empty(self) -> bool:
        """Whether all paths lead where they always do."""
        return not (self._files or self._folders or self._removed)

    def absolute(self, path: Any) -> str:
        """Return a path of any kind as an absolute text; raises TypeError for what is no path."""
        text = os.fsdecode(path)  # also from bytes and pathlib
        return os.path.abspath(text)

    def is_private(self, path: str) -> bool:
        """Tell whether a path lies where the sandbox lets evaluations write, or is no file at all."""
        return path.startswith((self._private, *_UNTOUCHED)) or path == self._folder

    # --- reading ------------------------------------------------------------------------------------------

    def knows(self, path: str) -> bool:
        """Tell whether a path is other than on the disk."""
        return path in self._files or path in self._folders or self._hidden(path)

    def reading(self, path: Any) -> Any:
        """Return the path to read in the place of another; raises NotEvaluated for a promised file.

        Raises FileNotFoundError for a removed one.
        """
        if self.is_empty:
            return path
        full = self.absolute(path)
        while full in self._promised:
            promised = self._promised[full]
            if isinstance(promised, str):
                raise NotEvaluated(SkipReason.REPLACED_VALUES, promised)
            del self._promised[full]
            promised()
        return self.looking(path)

    def looking(self, path: Any) -> Any:
        """Return the path to ask the system about in the place of another; promised files count as files."""
        if self.is_empty:
            return path
        full = self.absolute(path)
        if full in self._files:
            return self._files[full]
        if full in self._folders:
            return self._folder
        if self._hidden(full):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return path

    def is_folder(self, path: str) -> bool:
        """Tell whether a path is a folder."""
        on_disk = path not in self._files and self._on_disk(path, folder=True) and not self._hidden(path)
        return path in self._folders or on_disk

    def exists(self, path: str) -> bool:
        """Tell whether anything has this path."""
        return path in self._files or path in self._folders or (self._on_disk(path) and not self._hidden(path))

    def entries(self, path: str) -> List[str]:
        """Return the names in a folder; raises what the system raises."""
        start = os.path.join(path, "")
        names: Set[str] = set()
        if path not in self._folders or self._on_disk(path, True):
            names = {name for name in _LISTDIR(path) if not self._hidden(start + name)}
        for full in (*self._files, *self._folders):
            if full.startswith(start):
                names.add(full[len(start) :].partition(os.sep)[0])
        return sorted(names)

    def has_entries(self, path: str) -> bool:
        """Tell whether the names in a folder are other than on the disk."""
        start = os.path.join(path, "")
        known = (*self._files, *self._folders, *self._removed)
        if path in self._cleared:
            return True
        return path in self._folders or any(full.startswith(start) for full in known)

    def _hidden(self, full: str) -> bool:
        """Tell whether what the disk has under a path was removed."""
        return full in self._removed or any(full.startswith(folder + os.sep) for folder in self._cleared)

    def _on_disk(self, path: str, folder: bool = False) -> bool:
        try:
            mode = _STAT(path).st_mode
        except (OSError, ValueError):
            return False
        return not folder or (mode & 0o170000) == 0o040000

    # --- writing ------------------------------------------------------------------------------------------

    def writing(self, path: Any, keep: bool = False, must_be_new: bool = False) -> str:
        """Return the path to write to in the place of another; ``keep`` takes the present content along.

        Raises FileNotFoundError where there is no such folder, FileExistsError and IsADirectoryError.
        """
        full = self.absolute(path)
        if self.is_private(full):
            return full
        if self.is_folder(full):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        self._need_parent(full, path)
        if must_be_new and self.exists(full):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
        present = self._files.get(full, full) if keep and self.exists(full) else None
        mine = self._own(full)
        if present is not None:
            if _STAT(present).st_size > _LARGEST_COPIED:
                message = f"The file {full!r} is too large to be changed in an evaluation."
                raise NotEvaluated(SkipReason.FORBIDDEN, message)
            shutil.copyfile(present, mine)
        self._files[full] = mine
        self._removed.discard(full)
        self._promised.pop(full, None)
        self._values.pop(full, None)
        return mine

    def keep(self, path: Any, value: Any, promise: Promise) -> None:
        """Let a file exist whose content is a value of the program, which ``kept`` returns; else it is promised."""
        self.promise(path, promise)
        self._values[self.absolute(path)] = value

    def kept(self, path: Any) -> Any:
        """Return the value that a file stands for, or None; what would write the file is called first."""
        full = self.absolute(path)
        promised = self._promised.get(full)
        if full not in self._values and callable(promised):
            del self._promised[full]
            promised()
        return self._values.get(full)

    def promise(self, path: Any, promise: Promise) -> None:
        """Let a file exist that cannot be read, or is written when it is; folders that are missing are made."""
        full = self.absolute(path)
        if self.is_private(full):
            return
        self.add_folder(os.path.dirname(full))
        mine = self._own(full)
        self._write_placeholder(mine)
        self._files[full] = mine
        self._removed.discard(full)
        self._values.pop(full, None)
        self._promised[full] = promise

    def alias(self, path: Any, content: str) -> None:
        """Let a path have the content of another, without copying it."""
        full = self.absolute(path)
        source = self.absolute(content)
        self._need_parent(full, path)
        self._files[full] = self._files.get(source, source)
        self._removed.discard(full)
        for known in (self._promised, self._values):
            if source in known:
                known[full] = known[source]

    def make_folder(self, path: Any) -> None:
        """Make one folder; raises FileExistsError and FileNotFoundError as the system does."""
        full = self.absolute(path)
        if self.exists(full):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path)
        self._need_parent(full, path)
        self._folders.add(full)
        self._removed.discard(full)

    def add_folder(self, full: str) -> None:
        """Make a folder and those above it, where they are missing."""
        while full and not self.exists(full):
            self._folders.add(full)
            self._removed.discard(full)
            full = os.path.dirname(full)

    def remove(self, path: Any, folder: bool = False) -> None:
        """Remove a file, or an empty folder; raises what the system raises where there is none."""
        full = self.absolute(path)
        if not self.exists(full):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        if folder and self.entries(full):
            raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), path)
        self._forget(full)

    def remove_tree(self, path: Any) -> None:
        """Remove a folder with all beneath it."""
        full = self.absolute(path)
        if not self.is_folder(full):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        start = os.path.join(full, "")
        for known in [known for known in (*self._files, *self._folders) if known.startswith(start)]:
            self._forget(known)
        self._forget(full)
        self._cleared.add(full)

    def rename(self, source: Any, target: Any) -> None:
        """Give a file or folder another path."""
        old, new = self.absolute(source), self.absolute(target)
        if not self.exists(old):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), source)
        self._need_parent(new, target)
        if self.is_folder(old):
            for name in self.entries(old):
                self.add_folder(new)
                self.rename(os.path.join(old, name), os.path.join(new, name))
            self.add_folder(new)
        else:
            self.alias(new, old)
        self._forget(old)

    def _forget(self, full: str) -> None:
        self._files.pop(full, None)
        self._folders.discard(full)
        self._promised.pop(full, None)
        self._values.pop(full, None)
        self._removed.add(full)

    def _need_parent(self, full: str, path: Any) -> None:
        if not self.is_folder(os.path.dirname(full)):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)

    def _own(self, full: str) -> str:
        if self._written is None:
            self._written = tempfile.mkdtemp(prefix="written-", dir=self._folder)
        self._number += 1
        # The ending stays, since libraries go by it.
        return os.path.join(self._written, f"{self._number}-{os.path.basename(full)[-80:]}")

    def _write_placeholder(self, path: str) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        try:
            os.write(descriptor, _PLACEHOLDER)
        finally:
            os.close(descriptor)


@functools.cache
def overlay() -> FileOverlay:
    """Return the overlay of this evaluation; to be called in its process only."""
    return FileOverlay(tempfile.gettempdir())
