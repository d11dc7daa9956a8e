"""Lists and dictionaries that a loop fills are looked at once, and not each time round."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, Tuple

from .contract import Location
from .describe import LARGEST_NEST

_SMALL = 4
_IN_FULL = 16
"""Larger ones that are looked at each time at one expression; of those that follow only the last of each top-level
statement is: each costs as much as it has members."""

_PLAIN = (list, dict)

Calls = Callable[[], Tuple[Location, ...]]


class HeldNests:
    """Holds the last nest of each expression that gave many."""

    def __init__(self) -> None:
        self._seen: Dict[int, int] = {}
        self._last: Dict[int, Tuple[Any, Tuple[Location, ...]]] = {}

    def takes(self, site: int, value: Any, via: Calls) -> bool:
        """Tell whether a nest is held, or none of anybody's business; ``via`` returns the calls that led to it."""
        if type(value) not in _PLAIN or len(value) <= _SMALL:
            return False
        seen = self._seen[site] = self._seen.get(site, 0) + 1
        if seen <= _IN_FULL:
            return False
        if len(value) <= LARGEST_NEST:
            self._last[site] = (value.copy(), via())  # the program may change it before it is looked at
        return True

    def release(self) -> Iterator[Tuple[int, Any, Calls]]:
        """Yield what was held: site, value and the calls that led to it."""
        held, self._last = self._last, {}
        for site, (value, calls) in held.items():
            yield site, value, _known(calls)


def _known(calls: Tuple[Location, ...]) -> Calls:
    return lambda: calls
