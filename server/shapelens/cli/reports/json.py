"""The JSON report: the contract that other programs rely on (README, "JSON report")."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from shapelens.cli.reports.model import FileReport, Report
from shapelens.cli.reports.places import Places
from shapelens.diagnostics.model import Diagnostic, Related
from shapelens.features.fixes import FoundFix
from shapelens.features.shape_text import dtype_text
from shapelens.source.lines import Unit
from shapelens.worker.contract import Items, Location, Observation, Structure, TensorSpec

VERSION = 1
"""Raised whenever a reader of the report would have to change."""


def json_report(report: Report) -> str:
    """Return the report as JSON in ASCII, which every terminal and file can take."""
    return json.dumps(as_plain(report))


def as_plain(report: Report) -> dict[str, Any]:
    """Return the report as objects, lists and values of JSON, keys in the order of the contract."""
    environment = report.environment
    places = Places(report.files)
    return {
        "version": VERSION,
        "environment": {
            "python": environment.python,
            "keras": environment.keras,
            "backend": environment.backend,
            "tensorflow": environment.tensorflow,
            "device": environment.device,
            "sandbox": environment.sandbox,
        },
        "files": [_file(file, places) for file in report.files],
    }


def _file(file: FileReport, places: Places) -> dict[str, Any]:
    observations = file.analysis.observations if file.analysis else ()
    own = {part.path for part in file.parts}
    return {
        "path": file.shown,
        "status": file.status.value,
        "elapsed_ms": round(file.seconds * 1000),
        "diagnostics": [_diagnostic(item, file.fixes.get(item, ()), places) for item in file.diagnostics],
        "shapes": [_shape(item, places) for item in observations if item.location.path in own],
    }


def _diagnostic(item: Diagnostic, fixes: Sequence[FoundFix], places: Places) -> dict[str, Any]:
    return {
        "code": item.code,
        "severity": item.severity.value,
        **_place(item.location, places),
        "message": item.message,
        "related": [_related(related, places) for related in item.related],
        "fixes": [_fix(fix, places) for fix in sorted(fixes, key=lambda fix: not fix.verified)],
    }


def _fix(fix: FoundFix, places: Places) -> dict[str, Any]:
    return {
        "title": fix.title,
        "verified": fix.verified,
        "preferred": fix.preferred,
        "edits": [
            {
                "path": places.shown(edit.location.path),
                **_place(edit.location, places),
                "newText": edit.text,
            }
            for edit in fix.edits
        ],
    }


def _related(related: Related, places: Places) -> dict[str, Any]:
    return {
        "path": places.shown(related.location.path),
        **_place(related.location, places),
        "message": related.message,
    }


def _shape(item: Observation, places: Places) -> dict[str, Any]:
    return {
        **_place(item.location, places),
        "name": item.name,
        "kind": item.kind.value,
        "input": _structure(item.input),
        "shape": _structure(item.output),
        "dtype": dtype_text(item.output) or None,
        "params": item.parameters,
        "count": item.count,
    }


def _structure(structure: Structure | None) -> Any:
    if structure is None:
        return None
    if isinstance(structure, TensorSpec):
        return None if structure.shape is None else list(structure.shape)
    if isinstance(structure, Items):
        return [_structure(item) for item in structure.items]
    return {key: _structure(item) for key, item in structure.entries.items()}


def _place(location: Location, places: Places) -> Mapping[str, Any]:
    """Return the range, and in a notebook the cell that its lines are counted in; null stands for the whole file."""
    cell = {"cell": places.cell(location.path)} if places.is_notebook(location.path) else {}
    return {**cell, "range": _range(location, places)}


def _range(location: Location, places: Places) -> Mapping[str, Any]:
    lines, span = places.lines(location.path), location.span
    return {
        "start": {"line": span.line, "character": lines.column_to(Unit.UTF16, span.line, span.column)},
        "end": {"line": span.end_line, "character": lines.column_to(Unit.UTF16, span.end_line, span.end_column)},
    }
