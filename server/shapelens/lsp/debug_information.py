"""The state of a session as text."""

from __future__ import annotations

import dataclasses
import platform

import shapelens
from shapelens.lsp.documents import Source
from shapelens.lsp.roots import Root
from shapelens.lsp.session import Session


def debug_information(session: Session) -> str:
    """Return versions, capabilities, and the state of each root and document."""
    lines = [
        f"ShapeLens {shapelens.__version__}",
        f"server: Python {platform.python_version()} on {platform.platform()}",
        f"client: {_fields(session.capabilities)}",
    ]
    for root in session.roots:
        lines += ["", *_root(root)]
    for source in session.documents:
        lines += ["", *_source(source)]
    return "\n".join(lines)


def _root(root: Root) -> list[str]:
    problem = [f"  problem: {root.problem} {root.problem.detail}".rstrip()] if root.problem else []
    return [f"root {root.path or '(files outside of every folder)'}", *problem, f"  settings: {_fields(root.settings)}"]


def _source(source: Source) -> list[str]:
    lines = [f"document {source.path}, version {source.version}"]
    if source.shown is None:
        return [*lines, "  nothing is shown"]
    analysis = source.shown.analysis
    finished = analysis.finished
    outcome = finished.outcome.value if finished else "running"
    lines.append(
        f"  shown: version {analysis.version}, {analysis.status.value}, {outcome}, {analysis.seconds * 1000:.0f} ms,"
        f" {len(analysis.observations)} observations, {len(analysis.faults)} faults, {len(analysis.skips)} skips,"
        f" {len(source.shown.diagnostics)} diagnostics"
    )
    if finished and finished.detail:
        lines.append(f"  {finished.detail}")
    lines.append(f"  environment: {_fields(analysis.environment)}")
    return lines


def _fields(value: object) -> str:
    assert dataclasses.is_dataclass(value)
    pairs = ((item.name, getattr(value, item.name)) for item in dataclasses.fields(value))
    return ", ".join(f"{name} {getattr(each, 'value', each)}" for name, each in pairs)
