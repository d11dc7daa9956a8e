"""What the instrumenter knows of each recorded expression and statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple, Union

from .contract import Location, Role, Span


@dataclass(frozen=True)
class Target:
    """A variable that an assignment binds; ``position`` is its place in an unpacked sequence."""

    name: str
    span: Span
    position: Optional[int] = None


@dataclass(frozen=True)
class Site:
    """One recorded expression."""

    location: Location
    role: Role
    node: str
    text: str
    called_at_once: bool = False
    """True for the ``Dense(3)`` of ``Dense(3)(x)``."""
    targets: Tuple[Target, ...] = ()


@dataclass(frozen=True)
class Place:
    """A place in an object that a top-level name holds: ``name.attribute`` or ``name[key]``."""

    name: str
    attribute: Optional[str] = None
    key: Union[str, int, None] = None


@dataclass(frozen=True)
class Statement:
    """One isolated statement: what becomes unknown when it does not finish."""

    location: Location
    binds: Tuple[str, ...]
    """Names it assigns, and names of objects that it may have left half changed."""
    places: Tuple[Place, ...] = ()
    uses: Tuple[str, ...] = ()
    """Names it reads: what it did to the objects of these is unknown when it does not finish."""
    reaches: Tuple[str, ...] = ()
    """Names and dotted names it reads: calls of layers among them left no new results in the layers' attributes."""
    managers: Tuple[int, ...] = ()
    """Numbers of the ``with`` statements around it, whose managers may swallow an exception themselves."""
