"""The report as SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format), for code scanning.

Lines and columns count from one, columns in UTF-16 code units; the end of a region lies behind its last character.
Places in the current folder are relative to ``%SRCROOT%``, as GitHub's code scanning wants them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from shapelens import __version__
from shapelens.cli.reports.model import FileReport, Report
from shapelens.cli.reports.places import Places, shown_path
from shapelens.diagnostics import RULES
from shapelens.diagnostics.model import Diagnostic, Related, Severity
from shapelens.diagnostics.rule import Rule
from shapelens.evaluation.problem import EnvironmentProblem
from shapelens.features.fixes import FoundFix, LocatedEdit
from shapelens.source.lines import Unit
from shapelens.worker.contract import Location

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_ROOT = "%SRCROOT%"
_LEVELS = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFORMATION: "note",
    Severity.HINT: "note",
}


def sarif_report(report: Report, problem: EnvironmentProblem | None = None) -> str:
    """Return the report as JSON in ASCII; ``problem`` says why nothing could be evaluated."""
    return json.dumps(as_sarif(report, problem))


def as_sarif(report: Report, problem: EnvironmentProblem | None = None) -> dict[str, Any]:
    """Return the report as objects, lists and values of JSON."""
    places = Places(report.files)
    indices = {rule.code: index for index, rule in enumerate(RULES)}
    invocation: dict[str, Any] = {"executionSuccessful": problem is None}
    if problem is not None:
        invocation["toolExecutionNotifications"] = [{"level": "error", "message": {"text": str(problem)}}]
    run = {
        "tool": {
            "driver": {
                "name": "ShapeLens",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(rule) for rule in RULES],
            }
        },
        "invocations": [invocation],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder that shapelens was started in."}}},
        "columnKind": "utf16CodeUnits",
        "results": [_result(item, file, places, indices) for file in report.files for item in file.diagnostics],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    told = rule.documentation
    what, why, keras = (" ".join(text.split()) for text in (told.what, told.why, told.keras))
    markdown = (
        f"{what}\n\n{why}\n\n**Example**\n\n```python\n{told.example.rstrip()}\n```\n\n{keras}\n\n"
        f"**Use instead**\n\n```python\n{told.instead.rstrip()}\n```\n"
    )
    return {
        "id": rule.code,
        "shortDescription": {"text": _first_sentence(what)},
        "fullDescription": {"text": f"{what} {why}"},
        "help": {"text": f"{what} {why} {keras}", "markdown": markdown},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(item: Diagnostic, file: FileReport, places: Places, indices: Mapping[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": item.code,
        "level": _LEVELS[item.severity],
        "message": {"text": _in_cell(item.location, places) + item.message},
        "locations": [_location(item.location, file.path, places)],
    }
    if item.code in indices:
        result["ruleIndex"] = indices[item.code]
    if item.related:
        result["relatedLocations"] = _unique([_related(related, places) for related in item.related])
    # A notebook's edits lie in texts within its JSON, for which SARIF has no region.
    fixes = [] if file.is_notebook else [_fix(fix, places) for fix in file.fixes.get(item, ())]
    if fixes:
        result["fixes"] = _unique(fixes)
    return result


def _fix(fix: FoundFix, places: Places) -> dict[str, Any]:
    by_path: dict[str, list[LocatedEdit]] = {}
    for edit in fix.edits:
        by_path.setdefault(edit.location.path, []).append(edit)
    changes = [
        {
            "artifactLocation": _artifact(Path(path)),
            "replacements": [
                {"deletedRegion": _region(edit.location, places), "insertedContent": {"text": edit.text}}
                for edit in edits
            ],
        }
        for path, edits in by_path.items()
    ]
    return {"description": {"text": fix.title}, "artifactChanges": changes}


def _related(related: Related, places: Places) -> dict[str, Any]:
    location = related.location
    message = _in_cell(location, places) + related.message
    return {**_location(location, places.file(location.path), places), "message": {"text": message}}


def _location(location: Location, path: Path, places: Places) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": _artifact(path)}
    if not places.is_notebook(location.path):
        physical["region"] = _region(location, places)
    return {"physicalLocation": physical}


def _region(location: Location, places: Places) -> dict[str, int]:
    lines, span = places.lines(location.path), location.span
    return {
        "startLine": span.line + 1,
        "startColumn": lines.column_to(Unit.UTF16, span.line, span.column) + 1,
        "endLine": span.end_line + 1,
        "endColumn": lines.column_to(Unit.UTF16, span.end_line, span.end_column) + 1,
    }


def _artifact(path: Path) -> dict[str, str]:
    shown = Path(shown_path(path))
    if shown.is_absolute():
        return {"uri": shown.as_uri()}
    return {"uri": quote(shown.as_posix().encode("utf-8", "surrogateescape")), "uriBaseId": _ROOT}


def _in_cell(location: Location, places: Places) -> str:
    cell = places.cell(location.path)
    return "" if cell is None else f"Cell {cell + 1}, line {location.span.line + 1}: "


def _unique(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the items, each once: the schema allows no equal ones in these lists."""
    return list({json.dumps(item): item for item in items}.values())


def _first_sentence(text: str) -> str:
    return text.split(". ", 1)[0].removesuffix(".") + "."
