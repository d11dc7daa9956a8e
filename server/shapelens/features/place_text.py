"""Places in words."""

from __future__ import annotations

from pathlib import PurePath

from shapelens.source.notebook import same_notebook
from shapelens.worker.contract import Location


def line_text(location: Location, here: str) -> str:
    """Return the line that a place begins on, counted from one, and its file where that is not ``here``."""
    line = f"line {location.span.line + 1}"
    if location.path == here:
        return line
    if same_notebook(location.path, here):
        return f"{line} of another cell"
    return f"{PurePath(location.path).name}, {line}"
