"""Choices that a program makes by the values of training, such as the best of several models.

An evaluation has no such values. It goes on with one of the two ways, and what follows from names that were bound there
is marked as assumed. Only choices at the top level are followed: nothing tells when a statement of a function begins.
"""

from __future__ import annotations

import ast
import dis
import sys
from types import FrameType
from typing import Any, Callable, Dict, FrozenSet, Mapping, Optional

from .bindings import Bindings
from .positions import Positions
from .sites import Statement
from .source_file import SourceFile


class MetricValue(float):
    """Stands for a loss or a metric; tells when the program asks whether it is larger than something."""

    asked: Callable[[FrameType], None]

    def __new__(cls, value: float, asked: Callable[[FrameType], None]) -> MetricValue:
        """Return the value; ``asked`` is told the frame of each comparison."""
        made = super().__new__(cls, value)
        made.asked = asked
        return made

    def __lt__(self, other: Any) -> bool:
        self.asked(sys._getframe(1))
        return float.__lt__(self, other)

    def __le__(self, other: Any) -> bool:
        self.asked(sys._getframe(1))
        return float.__le__(self, other)

    def __gt__(self, other: Any) -> bool:
        self.asked(sys._getframe(1))
        return float.__gt__(self, other)

    def __ge__(self, other: Any) -> bool:
        self.asked(sys._getframe(1))
        return float.__ge__(self, other)

    def __reduce__(self) -> Any:
        return float, (float(self),)


# What programs print of its type is what a plain run prints.
MetricValue.__name__ = MetricValue.__qualname__ = "float"


class Decisions:
    """Knows which names hold what was chosen."""

    def __init__(self, positions: Positions) -> None:
        self._positions = positions
        self._chosen: Dict[str, str] = {}
        """Why the value of each name is assumed."""
        self._bound: Dict[object, FrozenSet[str]] = {}

    def value(self, number: float) -> MetricValue:
        """Return what stands for a metric."""
        return MetricValue(number, self._asked)

    def assumed(self, statement: Callable[[], Statement], namespace: Mapping[str, Any]) -> str:
        """Return why what a statement shows is assumed, the empty string where it is not."""
        if not self._chosen:
            return ""
        held = (name for name in statement().uses if not isinstance(namespace.get(name), MetricValue))
        return next((self._chosen[name] for name in held if name in self._chosen), "")

    def follows(self, statement: Callable[[], Statement], assumed: str) -> None:
        """Note what a statement bound whose own values are assumed, or no longer are."""
        if assumed:
            self._chosen.update(dict.fromkeys(statement().binds, assumed))

    def _asked(self, frame: FrameType) -> None:
        if not self._positions.is_user(frame) or frame.f_locals is not frame.f_globals:
            return
        if not dis.opname[frame.f_code.co_code[frame.f_lasti]].startswith("COMPARE"):
            return  # ``max(scores)`` has the same shape whichever it is
        path, line = frame.f_code.co_filename, frame.f_lineno
        if (path, line) not in self._bound:
            self._bound[path, line] = self._bound_at(path, line)
        reason = f"Assumed: line {line} compares a result of training, which is not known."
        self._chosen.update(dict.fromkeys(self._bound[path, line], reason))

    def _bound_at(self, path: str, line: int) -> FrozenSet[str]:
        """Return the names that the branches of the ``if`` around a line bind."""
        # Parsed again: the tree of the evaluation has code of our own by now.
        source = SourceFile(path, self._positions.sources[path].text)
        found: Optional[ast.If] = None
        for node in ast.walk(source.tree):
            if isinstance(node, ast.If) and node.test.lineno <= line <= (node.test.end_lineno or 0):
                found = node
        if found is None:
            return frozenset()
        bindings = Bindings(source.text)
        stored = (item for part in (*found.body, *found.orelse) for item in bindings.stored(part))
        return frozenset(item for item in stored if isinstance(item, str))
