"""What the reports of ``check`` show, whatever their format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shapelens.cli.notebook_file import SUFFIX
from shapelens.diagnostics.model import Diagnostic, Severity
from shapelens.evaluation.analysis import Analysis, Status
from shapelens.features.fixes import FoundFix
from shapelens.worker.contract import Kind, Ready


@dataclass(frozen=True)
class EnvironmentReport:
    """Where the files were evaluated; None is not known."""

    python: str | None = None
    keras: str | None = None
    backend: str | None = None
    tensorflow: str | None = None
    device: str | None = None
    sandbox: str | None = None

    @staticmethod
    def of(ready: Ready) -> EnvironmentReport:
        """Return what a host said of itself."""
        return EnvironmentReport(
            ready.python, ready.keras, ready.backend, ready.tensorflow, ready.device, ready.sandbox.value
        )


@dataclass(frozen=True)
class Part:
    """A text that places of a file lie in: the file's own, or a cell's."""

    path: str
    """What these places name."""
    text: str
    cell: int | None = None
    """The cell's index among all cells of the notebook, zero-based."""


@dataclass(frozen=True)
class FileReport:
    """What there is to say of one file."""

    path: Path
    """Absolute."""
    shown: str
    """The path as the report writes it."""
    text: str
    status: Status
    diagnostics: tuple[Diagnostic, ...] = ()
    """Those of this file, in the order of its text."""
    analysis: Analysis | None = None
    cells: tuple[Part, ...] = ()
    """The code cells of a notebook, in its order; ``text`` is empty then."""
    fixes: Mapping[Diagnostic, tuple[FoundFix, ...]] = field(default_factory=dict)
    """By those diagnostics that have any, in order of preference."""

    @property
    def is_notebook(self) -> bool:
        """Whether places lie in cells."""
        return self.path.suffix == SUFFIX

    @property
    def parts(self) -> tuple[Part, ...]:
        """The texts that places lie in."""
        return self.cells or (Part(str(self.path), self.text),)

    @property
    def layer_count(self) -> int:
        """How many layers the file itself creates."""
        if self.analysis is None:
            return 0
        own = {part.path for part in self.parts}
        # A layer that was called with several shapes is several observations.
        created = {
            (item.location, item.layer_name)
            for item in self.analysis.observations
            if item.kind is Kind.LAYER and item.created and item.location.path in own
        }
        return len(created)

    @property
    def seconds(self) -> float:
        """Wall time of the evaluation."""
        return self.analysis.seconds if self.analysis else 0.0


@dataclass(frozen=True)
class Report:
    """The result of one ``check``."""

    environment: EnvironmentReport
    files: tuple[FileReport, ...]
    seconds: float
    """Wall time of the whole command, the start of the hosts included."""

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Every diagnostic of every file."""
        return tuple(item for file in self.files for item in file.diagnostics)

    @property
    def has_errors(self) -> bool:
        """Whether there is a diagnostic of severity error."""
        return any(item.severity is Severity.ERROR for item in self.diagnostics)
