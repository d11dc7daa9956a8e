"""A page of memory shared with the host, in which a child says what it is evaluating.

It survives the child's death by a signal, so a crash can be shown at its statement.
"""

from __future__ import annotations

import mmap
import struct
from typing import Optional

from .contract import Location, Span

_LAYOUT = struct.Struct("=?4i")


class StatementSlot:
    """Made by the host before a fork, written by the child, read by the host."""

    def __init__(self) -> None:
        self._page = mmap.mmap(-1, mmap.PAGESIZE)

    def write(self, location: Location) -> None:
        """Note the statement that is being evaluated now."""
        span = location.span
        _LAYOUT.pack_into(self._page, 0, True, span.line, span.column, span.end_line, span.end_column)

    def read(self, path: str) -> Optional[Location]:
        """Return the last statement that was begun."""
        written, *numbers = _LAYOUT.unpack_from(self._page, 0)
        return Location(path, Span(*numbers)) if written else None

    def close(self) -> None:
        """Give the page back."""
        self._page.close()
