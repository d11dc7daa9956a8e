"""The Python files of a workspace, and the words that each of them holds."""

from __future__ import annotations

import os
import re
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path

SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages", "dist-packages", "build", "dist"})

_WORD = re.compile(r"[^\W\d]\w*")

_MOST_FILES = 3000
_MOST_BYTES = 300_000
"""A larger file is data, or was generated."""


class WorkspaceFiles:
    """Looks through folders; a file is read again when it has changed."""

    def __init__(self) -> None:
        self._words: dict[str, tuple[tuple[int, int], frozenset[str]]] = {}

    def with_words(self, root: Path, wanted: frozenset[str], unsaved: Mapping[str, str]) -> Iterator[str]:
        """Yield the paths of the files below a root that hold one of the words, those that an editor holds included."""
        for path in sorted(unsaved):
            if root in Path(path).parents and wanted & frozenset(_WORD.findall(unsaved[path])):
                yield path
        for path in self._paths(root):
            if path not in unsaved and wanted & self._words_of(path):
                yield path

    def _words_of(self, path: str) -> frozenset[str]:
        try:
            status = Path(path).stat()
        except OSError:
            return frozenset()
        stamp = (status.st_mtime_ns, status.st_size)
        known = self._words.get(path)
        if known is None or known[0] != stamp:
            text = read_text(path) if status.st_size <= _MOST_BYTES else ""
            known = self._words[path] = stamp, frozenset(_WORD.findall(text))
        return known[1]

    @staticmethod
    def _paths(root: Path) -> Iterator[str]:
        left = _MOST_FILES
        # Links to folders are not followed, so that no loop of links can hold the walk.
        for place, folders, files in os.walk(root):
            folders[:] = sorted(name for name in folders if not _is_left_out(place, name))
            for name in sorted(files):
                path = os.path.join(place, name)  # noqa: PTH118 - thousands of them
                if name.endswith(".py") and os.path.isfile(path):
                    yield path
                    left -= 1
                    if not left:
                        return


def read_text(path: str) -> str:
    """Return the text of a Python file, empty where it cannot be read."""
    try:
        with tokenize.open(path) as file:
            return file.read()
    except (OSError, SyntaxError, UnicodeDecodeError):
        return ""


def _is_left_out(place: str, name: str) -> bool:
    if name.startswith(".") or name in SKIPPED_FOLDERS:
        return True
    return os.path.exists(Path(place, name, "pyvenv.cfg"))
