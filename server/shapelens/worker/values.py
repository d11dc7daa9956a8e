"""Looking at objects of the program without harm."""

from __future__ import annotations

from typing import Any


def attribute(value: Any, name: str, default: Any) -> Any:
    """Return an attribute of an object of the program, or the default where looking at it fails."""
    try:
        return getattr(value, name, default)
    except Exception:  # a property of the program's own, or an endless __getattr__
        return default
