"""Objects that a failed statement may have left without some of their attributes."""

from __future__ import annotations

from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Dict, Iterable, Mapping, Optional, Tuple

from .contract import Location
from .positions import Positions, walk
from .unknown import Unknown

_COMPLETE = (ModuleType, type, FunctionType, BuiltinFunctionType, MethodType, int, float, str, tuple, list, dict)
"""What no method gives attributes; all else may be waiting for some."""


_UNBUILT = ("not yet been built", "has never been called", "has not been built")
"""Of Keras' messages about models and layers without weights."""


class HalfDone:
    """Remembers objects that failed statements worked on, so that what they then lack is no fault of its own."""

    def __init__(self, positions: Positions) -> None:
        self._positions = positions
        self._objects: Dict[int, Tuple[Any, Location]] = {}

    def remember(
        self, error: BaseException, names: Iterable[str], namespace: Mapping[str, Any], origin: Location
    ) -> None:
        """Note the objects that a statement named, and those whose methods the exception passed through."""
        for name in names:
            self._add(namespace.get(name), origin)
        for entry in walk(error.__traceback__):
            if self._positions.is_user(entry.tb_frame):
                self._add(entry.tb_frame.f_locals.get("self"), origin)

    def forget_results(self, places: Iterable[str], namespace: Mapping[str, Any], origin: Optional[Location]) -> None:
        """Make unknown what the last call of a layer left in its attributes, as attention scores.

        ``places`` are the names and dotted names in a statement that did not finish; only layers of the program's own
        classes keep such results.
        """
        for place in places:
            first, *rest = place.split(".")
            found: Any = namespace.get(first)
            for attribute in rest:
                found = getattr(found, "__dict__", {}).get(attribute)
            # Asked of the class: an object of the program's own may run code when it is asked.
            if hasattr(type(found), "_flatten_layers"):
                for layer in found._flatten_layers():
                    _forget_tensors(layer, origin)

    def waits(self, value: Any, origin: Location) -> None:
        """Note one object that lacks what a call would have given it."""
        self._add(value, origin)

    def waiting(self, error: BaseException, objects: Iterable[Any]) -> Optional[Location]:
        """Return the failed statement that would have built a model which is now said to be unbuilt."""
        if not isinstance(error, ValueError) or not any(phrase in str(error) for phrase in _UNBUILT):
            return None
        return next((self._objects[id(item)][1] for item in objects if id(item) in self._objects), None)

    def _add(self, value: Any, origin: Location) -> None:
        if value is not None and not isinstance(value, _COMPLETE):
            self._objects.setdefault(id(value), (value, origin))

    def origin(self, error: AttributeError) -> Optional[Location]:
        """Return the failed statement that would have given the attribute, as far as that can be known."""
        known = self._objects.get(id(getattr(error, "obj", None)))  # from Python 3.10 on
        return known[1] if known is not None else None


def _forget_tensors(layer: Any, origin: Optional[Location]) -> None:
    if type(layer).__module__.startswith(("keras.", "tf_keras.")):
        return
    for name, value in list(vars(layer).items()):
        if hasattr(value, "shape") and hasattr(value, "dtype") and not hasattr(value, "assign"):
            vars(layer)[name] = Unknown(name, origin)
