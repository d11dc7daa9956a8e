"""From what somebody wrote to options, with a sentence for each mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from shapelens.settings.keys import GROUPS, KEYS, Key
from shapelens.settings.kinds import Bad, Kind
from shapelens.settings.model import SECTION, Options

TABLE = f"tool.{SECTION}"
"""The table of a project's ``pyproject.toml``."""


def parse(sent: object) -> tuple[Options, tuple[str, ...]]:
    """Return what an editor sent as options, and one sentence for each key that is unknown or has a bad value.

    The object may be the section itself or hold it under its name; keys may be nested or joined by dots.
    """
    if sent is None:
        return Options(), ()
    if not isinstance(sent, Mapping):
        return Options(), (f"The settings must be an object, not {type(sent).__name__}; they are ignored.",)
    section = sent.get(SECTION)
    reader = _Reader(SECTION)
    for key, name, value in reader.known(section if isinstance(section, Mapping) else sent):
        if key.attribute != "trusted":
            reader.take(key, key.kind, name, value, "its default is kept")
        elif not reader.take(key, key.kind, name, value, "nothing is evaluated"):
            # Whoever says anything of trust does not mean that all is well.
            reader.values["trusted"] = False
    return Options(**reader.values), tuple(reader.complaints)


def parse_project(table: object) -> tuple[Options, tuple[str, ...]]:
    """Return what the table of a project says, and one sentence for each mistake in it.

    What chooses an executable or weakens the sandbox is refused: a project may come from anywhere.
    """
    if not isinstance(table, Mapping):
        return Options(), (f"{TABLE} must be a table, not {type(table).__name__}; it is ignored.",)
    reader = _Reader(TABLE)
    for key, name, value in reader.known(table):
        if key.of_project is None:
            reader.complaints.append(
                f"{TABLE}.{name} is not a project's to choose, only its user's (in the editor's settings, or on the "
                "command line); it is ignored."
            )
        else:
            reader.take(key, key.of_project, name, value, "it is ignored")
    return Options(**reader.values), tuple(reader.complaints)


class _Reader:
    """Collects values and complaints; ``place`` is what stands before each key's name."""

    def __init__(self, place: str) -> None:
        self._place = place
        self.values: dict[str, Any] = {}
        self.complaints: list[str] = []

    def known(self, written: Mapping[Any, Any]) -> Iterator[tuple[Key, str, Any]]:
        """Yield each key that there is, with its value."""
        for name, value in _flat(written):
            key = KEYS.get(name)
            if key is None:
                self._unknown(name)
            elif value is not None:
                yield key, name, value

    def take(self, key: Key, kind: Kind, name: str, value: Any, otherwise: str) -> bool:
        """Take a value; return False where it is of another kind and ``otherwise`` holds."""
        if kind.members is not None and isinstance(value, Mapping):
            self._take_members(key, kind.members, name, value, otherwise)
            return True
        try:
            self.values[key.attribute] = kind.read(value)
        except Bad as bad:
            self._bad(name, bad, value, otherwise)
            return False
        return True

    def _take_members(
        self, key: Key, members: Mapping[str, Kind], name: str, value: Mapping[Any, Any], otherwise: str
    ) -> None:
        taken = self.values.setdefault(key.attribute, {})
        for member, item in value.items():
            kind = members.get(member)
            if kind is None:
                self._unknown(f"{name}.{member}")
            elif item is not None:
                try:
                    taken[member] = kind.read(item)
                except Bad as bad:
                    self._bad(f"{name}.{member}", bad, item, otherwise)

    def _unknown(self, name: str) -> None:
        self.complaints.append(f"Unknown setting {self._place}.{name}.")

    def _bad(self, name: str, bad: Bad, value: Any, otherwise: str) -> None:
        self.complaints.append(f"The setting {self._place}.{name} must be {bad}, not {value!r}; {otherwise}.")


def _flat(written: Mapping[Any, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the leaves with their full names; an object under a name that is no group is a value.

    The name of a member may be joined to that of its key, too: ``diagnostics.severity.unbuilt-model``.
    """
    for key, value in written.items():
        name = f"{prefix}{key}"
        owner = next((each for each in _WITH_MEMBERS if name.startswith(f"{each}.")), None)
        if owner is not None:
            yield owner, {name[len(owner) + 1 :]: value}
        elif isinstance(value, Mapping) and name in GROUPS:
            yield from _flat(value, f"{name}.")
        else:
            yield name, value


_WITH_MEMBERS = tuple(key.name for key in KEYS.values() if key.kind.members is not None)
