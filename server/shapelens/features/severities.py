"""What the user's settings make of the severity of a diagnostic."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from shapelens.diagnostics.model import Diagnostic, Severity


def with_severities(
    diagnostics: Iterable[Diagnostic], severities: Mapping[str, Severity | None]
) -> tuple[Diagnostic, ...]:
    """Return the diagnostics with the severities that the user chose for their codes; None leaves a code out."""
    chosen = ((item, severities.get(item.code, item.severity)) for item in diagnostics)
    return tuple(replace(item, severity=severity) for item, severity in chosen if severity is not None)
