"""Tells whether someone up the stack waits for an exception: then no statement may keep it for itself."""

from __future__ import annotations

import ast
import os
from types import FrameType
from typing import Dict, List, Optional, Tuple

from .positions import Positions
from .source_file import SourceFile

_OURS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "")

_CALL_THROUGH = tuple(
    os.path.join(_OURS, *parts) for parts in (("stand_ins", ""), ("loops.py",), ("local_modules.py",))
)
"""Code of ours that calls the program as a plain run would; all else only looks at its objects, and waits."""

_IMPORTING = "<frozen importlib"

_WAITING_MANAGERS = frozenset(("suppress", "raises", "assertRaises", "assertRaisesRegex", "warns"))
"""Of contextlib, pytest and unittest."""


class Callers:
    """Knows the regions of the user's files where exceptions are waited for."""

    def __init__(self, positions: Positions) -> None:
        self._positions = positions
        self._regions: Dict[str, List[Tuple[int, int]]] = {}

    def nobody_waits(self, frame: FrameType) -> bool:
        """Tell whether an exception that leaves the frame would reach the top level unseen.

        A library that called the user's code may wait for any exception, or adds to its message.
        """
        current: Optional[FrameType] = frame
        while current is not None:
            path = current.f_code.co_filename
            if path in self._positions.sources:
                if self._waits(path, current.f_lineno):
                    return False
            elif path.startswith(_OURS) and current.f_code.co_name == "_run_statement":
                return True
            elif not path.startswith((*_CALL_THROUGH, _IMPORTING)):
                return False
            current = current.f_back
        return True

    def _waits(self, path: str, line: int) -> bool:
        regions = self._regions.get(path)
        if regions is None:
            source = self._positions.sources[path]
            # Parsed again: the tree of the evaluation has handlers of our own by now.
            regions = self._regions[path] = _regions(SourceFile(path, source.text).tree)
        return any(first <= line <= last for first, last in regions)


def _regions(tree: ast.AST) -> List[Tuple[int, int]]:
    found = []
    for node in ast.walk(tree):
        managers = [_manager(item.context_expr) for item in node.items] if isinstance(node, ast.With) else []
        if not _WAITING_MANAGERS.isdisjoint(managers) or getattr(node, "handlers", None):
            body: List[ast.stmt] = node.body  # type: ignore[attr-defined]
            found.append((body[0].lineno, body[-1].end_lineno or body[-1].lineno))
    return found


def _manager(expression: ast.expr) -> str:
    function = expression.func if isinstance(expression, ast.Call) else expression
    return str(getattr(function, "attr", None) or getattr(function, "id", ""))
