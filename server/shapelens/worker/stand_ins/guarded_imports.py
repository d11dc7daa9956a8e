"""Imports by which a program asks whether a package is there: ``try: import x`` with a handler."""

from __future__ import annotations

import ast
import linecache
from types import FrameType
from typing import Optional


def is_guarded(frame: Optional[FrameType]) -> bool:
    """Tell whether the user's statement that imports, up the stack from a frame, stands in a ``try`` with handlers."""
    ours = __name__.rpartition(".stand_ins")[0]
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if not name.startswith((ours, "importlib")):
            break
        frame = frame.f_back
    if frame is None:
        return False
    text = "".join(linecache.getlines(frame.f_code.co_filename, frame.f_globals))
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    line = frame.f_lineno
    tries = (node for node in ast.walk(tree) if isinstance(node, ast.Try) and node.handlers)
    return any(node.body[0].lineno <= line <= (node.body[-1].end_lineno or 0) for node in tries)
