"""The user's settings: as an editor sends them, and as they are in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Generic, TypeVar

from shapelens.diagnostics.model import Severity
from shapelens.evaluation.evaluator import HostKey
from shapelens.worker.contract import Limits

SECTION = "shapelens"

Value = TypeVar("Value")


class _Bad(ValueError):
    """A value that is not of the kind that its key takes; the text says which kind."""


@dataclass(frozen=True)
class Options:
    """What one source sent; None is a key that it left out."""

    interpreter: str | None = None
    cwd: str | None = None
    device: str | None = None
    sandbox: str | None = None
    debounce_ms: int | None = None
    budget_seconds: float | None = None
    budget_memory_mb: int | None = None
    inlay_hints: bool | None = None
    code_lens: bool | None = None
    diagnostics: bool | None = None
    severities: Mapping[str, Severity | None] | None = None
    cache: bool | None = None
    trusted: bool | None = None
    trace: str | None = None


@dataclass(frozen=True)
class Settings:
    """What is in force for one workspace root."""

    interpreter: str | None = None
    """A path, a command or the folder of an environment; None leaves the choice to the workspace."""
    cwd: str | None = None
    """The working folder of programs; None is the root."""
    device: str = "cpu"
    sandbox: str = "auto"
    debounce_ms: int = 120
    budget_seconds: float = 10.0
    budget_memory_mb: int = 2048
    inlay_hints: bool = True
    code_lens: bool = True
    diagnostics: bool = True
    severities: Mapping[str, Severity | None] = field(default_factory=dict)
    """The user's choice by code; None turns a code off."""
    cache: bool = True
    trusted: bool = True
    trace: str = "off"

    @property
    def limits(self) -> Limits:
        """The budgets of one evaluation."""
        return Limits(seconds=self.budget_seconds, memory_mb=self.budget_memory_mb)

    def directory(self, root: Path) -> Path:
        """Return the working folder of programs of a root."""
        return root if self.cwd is None else root / Path(expand_folder(self.cwd, root)).expanduser()

    def host_key(self, interpreter: Path) -> HostKey:
        """Return what a host for programs in an interpreter is started for."""
        return HostKey(interpreter, self.device, self.sandbox)


def expand_folder(text: str, root: Path) -> str:
    """Return the text with ``${workspaceFolder}``, which only some editors fill in themselves, replaced by the root."""
    return text.replace("${workspaceFolder}", str(root))


def resolve(*sources: Options) -> Settings:
    """Return the settings in force; a later source wins, but one that denies trust is not overruled."""
    values: dict[str, Any] = {}
    for source in sources:
        for item in fields(Options):
            value = getattr(source, item.name)
            if value is not None:
                values[item.name] = value
    if any(source.trusted is False for source in sources):
        # A workspace must not be able to declare itself safe against what the editor says of it.
        values["trusted"] = False
    return Settings(**values)


def parse(sent: object) -> tuple[Options, tuple[str, ...]]:
    """Return what an editor sent as options, and one sentence for each key that is unknown or has a bad value.

    The object may be the section itself or hold it under its name; keys may be nested or joined by dots.
    """
    if sent is None:
        return Options(), ()
    if not isinstance(sent, Mapping):
        return Options(), (f"The settings must be an object, not {type(sent).__name__}; they are ignored.",)
    section = sent.get(SECTION)
    values: dict[str, Any] = {}
    complaints: list[str] = []
    for name, value in _flat(section if isinstance(section, Mapping) else sent):
        key = _KEYS.get(name)
        if key is None:
            complaints.append(f"Unknown setting {SECTION}.{name}.")
        elif value is not None:
            try:
                values[key.attribute] = key.read(value)
            except _Bad as bad:
                kept = "its default is kept"
                if key.attribute == "trusted":
                    values[key.attribute], kept = False, "nothing is evaluated"
                complaints.append(f"The setting {SECTION}.{name} must be {bad}, not {value!r}; {kept}.")
    return Options(**values), tuple(complaints)


@dataclass(frozen=True)
class _Key(Generic[Value]):
    attribute: str
    read: Callable[[Any], Value]


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        raise _Bad("a text")
    # Editors send an empty text for a field that was cleared.
    return value.strip() or None


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Bad("true or false")
    return value


def _number(least: float, most: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
            raise _Bad(f"a number from {least:g} to {most:g}")
        return float(value)

    return read


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value % 1 or not least <= value <= most:
            raise _Bad(f"a whole number from {least} to {most}")
        return int(value)

    return read


def _one_of(*choices: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in choices:
            raise _Bad("one of " + ", ".join(choices))
        return str(value)

    return read


def _severities(value: Any) -> Mapping[str, Severity | None]:
    levels: dict[str, Severity | None] = {level.value: level for level in Severity}
    levels["off"] = None
    if not isinstance(value, Mapping) or not all(
        isinstance(level, str) and level in levels for level in value.values()
    ):
        raise _Bad("an object of codes, each with one of " + ", ".join(levels))
    return {str(code): levels[level] for code, level in value.items()}


_DAY_MS = 86_400_000

_KEYS: Mapping[str, _Key[Any]] = {
    "interpreter": _Key("interpreter", _text),
    "cwd": _Key("cwd", _text),
    "device": _Key("device", _one_of("cpu", "gpu")),
    "sandbox": _Key("sandbox", _one_of("auto", "strict", "off")),
    "debounceMs": _Key("debounce_ms", _whole(0, _DAY_MS)),
    "budget.seconds": _Key("budget_seconds", _number(0.1, 3600)),
    "budget.memoryMb": _Key("budget_memory_mb", _whole(64, 1 << 20)),
    "inlayHints.enable": _Key("inlay_hints", _flag),
    "codeLens.enable": _Key("code_lens", _flag),
    "diagnostics.enable": _Key("diagnostics", _flag),
    "diagnostics.severity": _Key("severities", _severities),
    "cache.enable": _Key("cache", _flag),
    "trusted": _Key("trusted", _flag),
    "trace.server": _Key("trace", _one_of("off", "messages", "verbose")),
}

_GROUPS = {name.rpartition(".")[0] for name in _KEYS} - {""}


def _flat(sent: Mapping[Any, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the leaves with their full names; an object under a name that is no group is a value."""
    for key, value in sent.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and name in _GROUPS:
            yield from _flat(value, f"{name}.")
        else:
            yield name, value
