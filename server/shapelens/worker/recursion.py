"""Room for trees that are nested deeper than Python's usual limit of recursion."""

from __future__ import annotations

import contextlib
import sys
from typing import Iterator

_DEEP = 20_000 if sys.version_info >= (3, 11) else 5_000
"""Frames of Python; from 3.11 on they take nothing of the C stack, before that some 500 bytes each."""


@contextlib.contextmanager
def deep_recursion() -> Iterator[None]:
    """Allow for trees as deep as a chain of a few hundred operators, which plain Python runs without ado."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _DEEP))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
