"""What a ``pyproject.toml`` holds."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

NAME = "pyproject.toml"

MOST_BYTES = 1 << 20
"""A larger file is no configuration that someone wrote."""


def parsed(text: str) -> Mapping[str, Any]:
    """Return the tables of a file; raises ValueError, which says where the text is no TOML."""
    tables: dict[str, Any] = tomllib.loads(text)
    return tables


def table(value: Any, *names: str) -> Mapping[str, Any]:
    """Return the table that the names lead to, one inside the other; an empty one where there is none."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}
