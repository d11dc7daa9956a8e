"""Fixes and reports made by hand."""

from __future__ import annotations

from pathlib import Path

from shapelens.cli.reports.model import EnvironmentReport, FileReport, Part, Report
from shapelens.cli.reports.places import by_place
from shapelens.diagnostics import diagnose
from shapelens.diagnostics.model import Diagnostic
from shapelens.evaluation.analysis import Status
from shapelens.features.fixes import FoundFix, LocatedEdit
from shapelens.worker.contract import Fault, Location, Span
from support.made import READY, Source

RANK = "Input 0 of layer 'lstm' is incompatible with the layer: expected ndim=3, found ndim=2."


def change(source: Source, piece: str, text: str) -> LocatedEdit:
    """Return an edit that puts a text in the place of a piece."""
    return LocatedEdit(source.place(piece), text)


def insertion(source: Source, before: str, text: str) -> LocatedEdit:
    """Return an edit that puts a text in front of a piece."""
    span = source.span(before)
    return LocatedEdit(Location(source.path, Span(span.line, span.column, span.line, span.column)), text)


def fix(title: str, *edits: LocatedEdit, preferred: bool = True, verified: bool = True) -> FoundFix:
    """Return a fix."""
    return FoundFix("made", title, edits, preferred, verified)


def rank_fault(source: Source, piece: str) -> Fault:
    """Return what an LSTM says of a tensor of rank 2."""
    return Fault(source.place(piece), "ValueError", RANK, origin="keras", layer="LSTM", layer_name="lstm")


def broken_file(source: Source, piece: str, *fixes: FoundFix, shown: str = "model.py") -> FileReport:
    """Return the report of a file with one error, and its fixes."""
    analysis = source.analysis(faults=(rank_fault(source, piece),))
    (error,) = diagnose(analysis)
    found = {error: fixes} if fixes else {}
    return FileReport(Path(source.path), shown, source.text, analysis.status, (error,), analysis, fixes=found)


def broken_notebook(cell: Source, index: int, error: Diagnostic, *fixes: FoundFix) -> FileReport:
    """Return the report of a notebook with one code cell, which has an error."""
    path = Path(cell.path.rpartition("#")[0])
    parts = (Part(cell.path, cell.text, index),)
    return FileReport(path, path.name, "", Status.PARTIAL, (error,), None, parts, {error: fixes})


def report_of(*files: FileReport) -> Report:
    """Return the report of a command."""
    return Report(EnvironmentReport.of(READY), by_place(files), 1.0)
