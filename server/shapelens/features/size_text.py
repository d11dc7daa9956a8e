"""Numbers of operations and bytes, written for people."""

from __future__ import annotations

from shapelens.features.shape_text import count_text

_EXACT = 10_000_000
"""Numbers of operations below this are written in full."""


_UNITS = ("k", "M", "G", "T", "P")


def flops_text(number: int) -> str:
    """Return a number of operations: ``411,008``, ``3.87 G``."""
    if number < _EXACT:
        return count_text(number)
    power = min((len(str(number)) - 1) // 3, len(_UNITS))
    return f"{number / 1000**power:,.4g} {_UNITS[power - 1]}"


def bytes_text(number: int) -> str:
    """Return a size for people: ``136.0 KiB``, as Keras' own summary counts."""
    size = float(number)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{number} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
