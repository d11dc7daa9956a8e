"""Workflow commands of GitHub Actions, which become annotations of the lines in a pull request.

The syntax and its escapes are those of ``actions/toolkit``, packages/core/src/command.ts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from shapelens.cli.reports.model import FileReport, Report
from shapelens.cli.reports.places import Places, shown_path
from shapelens.diagnostics.model import Diagnostic, Severity
from shapelens.source.lines import Unit
from shapelens.worker.contract import Location

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFORMATION: "notice"}
"""Hints are left out: GitHub shows ten annotations of a kind, and they would take the place of others."""


def github_report(report: Report) -> str:
    """Return the report as one command a line, an empty text where there is nothing to annotate."""
    return "\n".join(github_lines(report))


def github_lines(report: Report) -> Iterator[str]:
    """Yield the commands: one for each diagnostic, and one for its fixes where it has any."""
    places = Places(report.files)
    for file in report.files:
        for item in file.diagnostics:
            if item.severity in _COMMANDS:
                yield from _diagnostic(item, file, places)


def command(name: str, message: str, properties: Mapping[str, object]) -> str:
    """Return a workflow command; in properties colons and commas are escaped too."""
    written = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{name} {written}::{_data(message)}" if written else f"::{name}::{_data(message)}"


def _diagnostic(item: Diagnostic, file: FileReport, places: Places) -> Iterator[str]:
    place = _place(item.location, file, places)
    where = _in_cell(item.location, places)
    yield command(_COMMANDS[item.severity], f"{where}{item.message}", {**place, "title": item.code})
    fixes = file.fixes.get(item, ())
    if fixes:
        first, *others = [fix.title for fix in fixes]
        text = "\n".join([f"{where}{first}", *(f"or: {title}" for title in others)])
        yield command("notice", text, {**place, "title": f"Fix of {item.code}"})


def _place(location: Location, file: FileReport, places: Places) -> dict[str, object]:
    path = shown_path(file.path)
    if file.is_notebook:  # its lines are those of JSON
        return {"file": path}
    span = location.span
    place: dict[str, object] = {"file": path, "line": span.line + 1, "endLine": span.end_line + 1}
    # GitHub takes columns only where an annotation lies in one line, and drops them elsewhere.
    if span.line == span.end_line:
        lines = places.lines(location.path)
        place["col"] = lines.column_to(Unit.UTF16, span.line, span.column) + 1
        place["endColumn"] = lines.column_to(Unit.UTF16, span.line, span.end_column) + 1
    return place


def _in_cell(location: Location, places: Places) -> str:
    cell = places.cell(location.path)
    return "" if cell is None else f"cell {cell + 1}, line {location.span.line + 1}: "


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
