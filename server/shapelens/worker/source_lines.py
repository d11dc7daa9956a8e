"""Shows ``linecache``, and so inspect, tracebacks and AutoGraph, the text that is evaluated.

An entry without modification time is kept, newer than the disk or not. AutoGraph however reads files anew
whenever a function has ``__module__`` (autograph/pyct/inspect_utils.py, _fix_linecache_record), so that way is
taken over too: a text that was never saved has no file at all.
"""

from __future__ import annotations

import linecache
from typing import Any, Callable, Dict, List, Optional, Tuple

from .source_file import SourceFile

_Entry = Tuple[int, Optional[float], List[str], str]


class SourceLines:
    """The lines of the evaluated files, in place of what the disk says."""

    def __init__(self) -> None:
        self._entries: Dict[str, _Entry] = {}

    def install(self) -> None:
        """Answer for the evaluated files whenever ``linecache`` would read one again."""
        original: Callable[..., List[str]] = linecache.updatecache

        def updatecache(filename: str, module_globals: Optional[Dict[str, Any]] = None) -> List[str]:
            entry = self._entries.get(filename)
            if entry is None:
                return original(filename, module_globals)
            linecache.cache[filename] = entry
            return entry[2]

        linecache.updatecache = updatecache

    def add(self, source: SourceFile) -> None:
        """Take in one file's text."""
        lines = [line + "\n" for line in source.lines]
        self._entries[source.path] = (len(source.text), None, lines, source.path)
        linecache.cache[source.path] = self._entries[source.path]
