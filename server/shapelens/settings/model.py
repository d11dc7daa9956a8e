"""Settings as one source gives them, and as they are in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from shapelens.diagnostics.model import Severity
from shapelens.evaluation.evaluator import HostKey
from shapelens.worker.contract import Limits

SECTION = "shapelens"


@dataclass(frozen=True)
class Options:
    """What one source gave; None is a key that it left out."""

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
    """What is in force, for a workspace root or for one file."""

    interpreter: str | None = None
    """A path, a command or the folder of an environment; None leaves the choice to the workspace."""
    cwd: str | None = None
    """The working folder of programs; None is the root."""
    device: str = "cpu"
    sandbox: str = "auto"
    debounce_ms: int = 120
    budget_seconds: float = Limits().seconds
    budget_memory_mb: int = Limits().memory_mb
    inlay_hints: bool = True
    code_lens: bool = True
    diagnostics: bool = True
    severities: Mapping[str, Severity | None] = field(default_factory=dict)
    """The choice by code; None turns a code off."""
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
    """Return the settings in force; a later source wins, but one that denies trust is not overruled.

    What sources say of the severities of different codes is taken together.
    """
    values: dict[str, Any] = {}
    for source in sources:
        for item in fields(Options):
            value = getattr(source, item.name)
            if isinstance(value, Mapping):
                values[item.name] = {**values.get(item.name, {}), **value}
            elif value is not None:
                values[item.name] = value
    if any(source.trusted is False for source in sources):
        # A workspace must not be able to declare itself safe against what the editor says of it.
        values["trusted"] = False
    return Settings(**values)
