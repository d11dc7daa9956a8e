"""The kinds of values that settings take: how each is read, and how JSON Schema describes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shapelens.diagnostics.model import Severity
from shapelens.diagnostics.registry import RULES


class Bad(ValueError):
    """A value that is not of the kind that its key takes; the text says which kind."""


@dataclass(frozen=True)
class Kind:
    """What a key takes."""

    read: Callable[[Any], Any]
    """Returns the value as the program uses it; raises Bad."""
    schema: Mapping[str, Any]
    """Describes it for editors, without the default."""
    members: Mapping[str, Kind] | None = None
    """What each name of an object takes. They are read one by one, so that a mistake in one costs no other."""


def text() -> Kind:
    """Return the kind of texts; an empty one counts as left out."""

    def read(value: Any) -> str | None:
        if not isinstance(value, str):
            raise Bad("a text")
        # Editors send an empty text for a field that was cleared.
        return value.strip() or None

    return Kind(read, {"type": "string"})


def flag() -> Kind:
    """Return the kind of true and false."""

    def read(value: Any) -> bool:
        if not isinstance(value, bool):
            raise Bad("true or false")
        return value

    return Kind(read, {"type": "boolean"})


def number(least: float, most: float) -> Kind:
    """Return the kind of numbers within bounds, both included."""

    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
            raise Bad(f"a number from {least:g} to {most:g}")
        return float(value)

    return Kind(read, {"type": "number", "minimum": least, "maximum": most})


def whole(least: int, most: int) -> Kind:
    """Return the kind of whole numbers within bounds, both included."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value % 1 or not least <= value <= most:
            raise Bad(f"a whole number from {least} to {most}")
        return int(value)

    return Kind(read, {"type": "integer", "minimum": least, "maximum": most})


def one_of(**meanings: str) -> Kind:
    """Return the kind of a few words, each with what it means."""

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in meanings:
            raise Bad("one of " + ", ".join(meanings))
        return value

    return Kind(read, {"type": "string", "enum": list(meanings), "markdownEnumDescriptions": list(meanings.values())})


def severities() -> Kind:
    """Return the kind of objects that give codes of diagnostics a severity, or turn them off, which is None."""
    levels: dict[str, Severity | None] = {**{level.value: level for level in Severity}, "off": None}

    def read(value: Any) -> Severity | None:
        if not isinstance(value, str) or value not in levels:
            raise Bad("one of " + ", ".join(levels))
        return levels[value]

    def refuse(value: Any) -> None:
        raise Bad("an object of codes, each with one of " + ", ".join(levels))

    level = {"type": "string", "enum": list(levels)}
    rules = sorted(RULES, key=lambda rule: rule.code)
    properties = {
        rule.code: {**level, "markdownDescription": " ".join(rule.documentation.what.split())} for rule in rules
    }
    schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return Kind(refuse, schema, {rule.code: Kind(read, level) for rule in rules})
