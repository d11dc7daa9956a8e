"""What rules say of an analysis, free of any editor protocol."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from shapelens.worker.contract import Location, Span


class Severity(str, enum.Enum):
    """How grave a diagnostic is: errors are raised by Keras, warnings run but not as meant."""

    ERROR = "error"
    WARNING = "warning"
    INFORMATION = "information"
    HINT = "hint"


@dataclass(frozen=True)
class Related:
    """Another place that has to do with a diagnostic."""

    location: Location
    message: str


@dataclass(frozen=True)
class Diagnostic:
    """One finding at a span of a file."""

    code: str
    severity: Severity
    location: Location
    message: str
    related: tuple[Related, ...] = ()
    detail: str = ""
    """Keras' own text where the message does not contain it."""

    @property
    def span(self) -> Span:
        """The marked piece of the file."""
        return self.location.span
