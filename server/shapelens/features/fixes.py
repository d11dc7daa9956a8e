"""Repairs with the places that an editor or a report shows, those of a notebook in its cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shapelens.diagnostics import diagnose
from shapelens.diagnostics.model import Diagnostic, Severity
from shapelens.evaluation.analysis import Analysis
from shapelens.repairs.model import Fix, TextEdit
from shapelens.source.lines import Lines
from shapelens.source.notebook import NotebookCode
from shapelens.worker.contract import Location

Fixes = Mapping[Diagnostic, tuple[Fix, ...]]
"""Repairs by the diagnostics that they mend, both with the places of the program's text."""

_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class LocatedEdit:
    """A piece of a file or of a notebook's cell, and what stands in its place."""

    location: Location
    text: str


@dataclass(frozen=True)
class FoundFix:
    """A repair as it is shown and applied."""

    kind: str
    title: str
    edits: tuple[LocatedEdit, ...]
    """In the order of the text; they do not overlap."""
    preferred: bool = False
    verified: bool = True


def repairable(analysis: Analysis) -> tuple[Diagnostic, ...]:
    """Return the errors and warnings of the program's own file, with the places of the program's text."""
    return tuple(
        item
        for item in diagnose(analysis)
        if item.location.path == analysis.program.path and item.severity in (Severity.ERROR, Severity.WARNING)
    )


def shown_fixes(
    fixes: Fixes, shown: Iterable[Diagnostic], notebook: NotebookCode | None = None
) -> dict[Diagnostic, tuple[FoundFix, ...]]:
    """Return the fixes by the diagnostics that are shown, in the order of these.

    ``fixes`` has the diagnostics with the places of the program, and so do its edits; ``shown`` are those that
    ``examine`` returns for the same analysis. In a notebook a fix with an edit that does not lie in one cell, or that
    stands where the program is not the cell's own text, is left out.
    """
    places = {(item.code, _located(item.location, notebook), item.message): found for item, found in fixes.items()}
    result: dict[Diagnostic, tuple[FoundFix, ...]] = {}
    for item in shown:
        found = places.get((item.code, item.location, item.message), ())
        # A copy of a diagnostic, as from a second caller, has the same fixes.
        located = tuple(fix for each in found if (fix := _fix(each, item, notebook)) is not None)
        if located:
            result[item] = located
    return result


def _located(location: Location, notebook: NotebookCode | None) -> Location | None:
    return location if notebook is None else notebook.located(location)


def _fix(fix: Fix, shown: Diagnostic, notebook: NotebookCode | None) -> FoundFix | None:
    if notebook is None:
        edits = [LocatedEdit(Location(shown.location.path, edit.span), edit.text) for edit in fix.edits]
    else:
        edits = []
        for edit in fix.edits:
            moved = edit_in_cell(edit, notebook)
            if moved is None:
                return None
            edits.append(moved)
    return FoundFix(fix.kind, fix.title, tuple(edits), fix.preferred, fix.verified)


def edit_in_cell(edit: TextEdit, notebook: NotebookCode) -> LocatedEdit | None:
    """Return an edit of a notebook's program as an edit of a cell; None where no cell has that text."""
    found = notebook.to_cell(edit.span)
    if found is None:
        return None
    index, span = found
    cell = notebook.cells[index]
    if cell.is_broken or notebook.to_program(index, span) != edit.span:
        return None
    program, shifts = Lines(notebook.text), cell.python.shifts
    for number in range(span.line, span.end_line + 1):
        start = edit.span.column if number == span.line else 0
        # What stands for a magic, or for an import from __future__, is nowhere in the notebook.
        if program[edit.span.line + number - span.line][start:] != cell.lines[number][shifts[number] + start :]:
            return None
    # IPython takes a common margin off, and lines that come new need it as well.
    margin = cell.lines[span.line][: shifts[span.line]]
    text = _LINE_END.sub(lambda end: end[0] + margin, edit.text) if margin else edit.text
    return LocatedEdit(Location(cell.path, span), text)
