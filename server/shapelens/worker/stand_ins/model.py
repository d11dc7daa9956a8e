"""What a stand-in is."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any, Callable, Optional


@dataclass(frozen=True)
class StandIn:
    """What takes the place of a module, or of parts of it."""

    module: str
    """The full name of the module."""
    apply: Callable[[Any], None]
    """Called with the module once it is imported, and only in the process of an evaluation."""
    substitute: Optional[Callable[[str], ModuleType]] = None
    """Makes a module for this name, or one below it, in the real one's place, whether that is installed or not.

    For libraries without influence on shapes, such as plotting; their real import may take half a second.
    """
    needed: bool = True
    """Whether a plain run needs the package to be installed: then its absence is said, once, at the import."""
