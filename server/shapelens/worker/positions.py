"""The one place that maps frames of the user's code to expressions.

From Python 3.11 on a code object knows the columns of each instruction (PEP 657). Before that, and in code
that AutoGraph made from the user's, the recorder marks each call before it is made.
"""

from __future__ import annotations

import sys
from types import CodeType, FrameType, TracebackType
from typing import Dict, Iterator, List, Optional, Set, Tuple

from .contract import Frame, Location, Span
from .sites import Site
from .source_file import SourceFile

_OUTERMOST, _INNERMOST = 5, 15
"""Frames kept of a deep recursion; all of them, for each value, would cost the square of its depth."""

_MOST_LEFT = 200
"""Frames remembered; an exception passes through few that are ours to watch, and each keeps its variables alive."""

HAS_COLUMNS = sys.version_info >= (3, 11)


class Positions:
    """Where the user's frames are at; holds the instrumented files and sites of one evaluation."""

    def __init__(self, columns: bool = HAS_COLUMNS) -> None:
        self.columns = columns
        """Whether code objects are asked for columns; where not, calls have to be marked."""
        self.sources: Dict[str, SourceFile] = {}
        self.sites: List[Site] = []
        self.unparsable: Set[str] = set()
        """Local modules that the program tried to import and that do not parse."""
        self.marks: List[Tuple[int, int]] = []
        """(identity of the frame, number of the site) of expressions that were begun and not finished."""
        self.extra_calls: Dict[CodeType, Location] = {}
        """Where calls are shown that are no part of the program's text."""
        self._left: Dict[FrameType, int] = {}
        self._columns: Dict[CodeType, Tuple[Tuple[Optional[int], ...], ...]] = {}

    def is_user(self, frame: FrameType) -> bool:
        """Tell whether the frame runs a file of the user."""
        return frame.f_code.co_filename in self.sources

    def of_frame(self, frame: FrameType, instruction: int, line: int) -> Location:
        """Return the expression that a user's frame is at."""
        path = frame.f_code.co_filename
        extra = self.extra_calls.get(frame.f_code) if self.extra_calls else None
        if extra is not None:
            return extra
        if self.columns:
            positions = self._positions(frame.f_code)[instruction // 2]
            first, last, column, end_column = positions
            if first is not None and last is not None and column is not None and end_column is not None:
                return Location(path, self.sources[path].span(first, column, last, end_column))
        for identity, site in reversed(self.marks):
            location = self.sites[site].location
            covers = location.path == path and location.span.line <= line - 1 <= location.span.end_line
            if covers and identity == id(frame):
                return location
        return self.whole_line(path, line)

    def of_name(self, around: Location, name: str) -> Location:
        """Return where a name is used within an expression or line; names are too many to be marked each time."""
        if self.columns:
            return around
        lines = range(around.span.line, around.span.end_line + 1)
        for site in self.sites:
            inside = site.location.path == around.path and site.location.span.line in lines
            if inside and site.node == "Name" and site.text == name:
                return site.location
        return around

    def _positions(self, code: CodeType) -> Tuple[Tuple[Optional[int], ...], ...]:
        found = self._columns.get(code)
        if found is None:
            found = self._columns[code] = tuple(code.co_positions())  # type: ignore[attr-defined, unused-ignore]
        return found

    def whole_line(self, path: str, line: int) -> Location:
        """Return the text of a line, without the blanks around it."""
        text = self.sources[path].lines[line - 1] if line <= len(self.sources[path].lines) else ""
        start = len(text) - len(text.lstrip())
        return Location(path, Span(line - 1, start, line - 1, max(start, len(text.rstrip()))))

    def stack(self, frame: Optional[FrameType]) -> List[Frame]:
        """Return the user's running calls from the frame outwards, outermost first; of very many some."""
        found = []
        while frame is not None:
            if self.is_user(frame):
                found.append((frame, frame.f_lasti, frame.f_lineno))
            frame = frame.f_back
        found.reverse()
        return self._frames(found)

    def innermost(self, frame: Optional[FrameType]) -> Optional[Location]:
        """Return the innermost expression of the user's code that is running."""
        stack = self.stack(frame)
        return stack[-1].location if stack else None

    def left(self, frame: FrameType, instruction: int) -> None:
        """Note where an exception left a frame that goes on to a handler of ours.

        Keras makes tracebacks anew from where their frames are by then (traceback_utils, _process_traceback_frames).
        """
        self._left[frame] = instruction
        if len(self._left) > _MOST_LEFT:
            del self._left[next(iter(self._left))]

    def traceback(self, traceback: Optional[TracebackType]) -> List[Frame]:
        """Return the user's frames that an exception left, outermost first; of very many some."""
        entries = [
            (item.tb_frame, self._left.get(item.tb_frame, item.tb_lasti), item.tb_lineno) for item in walk(traceback)
        ]
        return self._frames([entry for entry in entries if self.is_user(entry[0])])

    def _frames(self, entries: List[Tuple[FrameType, int, int]]) -> List[Frame]:
        if len(entries) > _OUTERMOST + _INNERMOST:
            entries = [*entries[:_OUTERMOST], *entries[-_INNERMOST:]]
        return [Frame(self.of_frame(*entry), entry[0].f_code.co_name) for entry in entries]

    def text(self, location: Location) -> str:
        """Return the first line of an expression's text."""
        source = self.sources.get(location.path)
        return source.lines[location.span.line][location.span.column :] if source is not None else ""

    def forget_marks(self, frame: Optional[FrameType]) -> None:
        """Drop the marks of calls that an exception, caught in the frame, has left unfinished."""
        if not self.marks:
            return
        running = set()
        while frame is not None:
            frame = frame.f_back
            running.add(id(frame))
        while self.marks and self.marks[-1][0] not in running:
            self.marks.pop()

    def deepest_mark(self) -> Optional[Location]:
        """Return the last expression that was begun and not finished, where calls are marked."""
        return self.sites[self.marks[-1][1]].location if self.marks else None


def walk(traceback: Optional[TracebackType]) -> Iterator[TracebackType]:
    """Yield the entries of a traceback, outermost first."""
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next
