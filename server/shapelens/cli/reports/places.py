"""Paths and lines of the files that a report speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from shapelens.cli.reports.model import FileReport
from shapelens.cli.source_text import UnreadableSource, read_source
from shapelens.diagnostics.model import Diagnostic
from shapelens.evaluation.analysis import Status
from shapelens.source.lines import Lines


class Places:
    """Knows the reported files by their text as evaluated, and reads others when a diagnostic relates to them."""

    def __init__(self, files: Sequence[FileReport]) -> None:
        self._shown = {path: file.shown for file in files for path in _paths(file)}
        self._lines = {part.path: Lines(part.text) for file in files for part in file.parts}
        self._files = {path: file.path for file in files for path in _paths(file)}
        self._cells = {part.path: part.cell for file in files for part in file.parts if file.is_notebook}

    def lines(self, path: str) -> Lines:
        """Return the lines of a file; of one that cannot be read, a single empty line."""
        if path not in self._lines:
            self._lines[path] = Lines(_text(Path(path)))
        return self._lines[path]

    def shown(self, path: str) -> str:
        """Return how the report writes a path: as for the file itself, else relative to the current folder if below."""
        return self._shown.get(path) or shown_path(Path(path))

    def file(self, path: str) -> Path:
        """Return the file that a path names, or that has the cell which it names."""
        return self._files.get(path) or Path(path)

    def is_notebook(self, path: str) -> bool:
        """Return whether a path names a reported notebook or one of its cells."""
        return path in self._cells

    def cell(self, path: str) -> int | None:
        """Return the index of the cell that a path names, zero-based; None where it names none."""
        return self._cells.get(path)


def shown_path(path: Path) -> str:
    """Return a path relative to the current folder where it is below that, else as it is, slashes forward."""
    current = Path.cwd()
    return (path.relative_to(current) if current in path.parents else path).as_posix()


def by_place(files: Sequence[FileReport]) -> tuple[FileReport, ...]:
    """Return the files with each diagnostic moved to the file that it marks.

    A fault inside a local module belongs to that module, which follows with a report of its own where the
    command line did not name it. What several programs find at one place is one diagnostic.
    """
    reports = {str(file.path): file for file in files}
    owners = {path: str(file.path) for file in files for path in _paths(file)}
    order = {part.path: number for file in files for number, part in enumerate(file.parts)}
    found: dict[str, dict[tuple[object, ...], Diagnostic]] = {path: {} for path in reports}
    for file in files:
        for item in file.diagnostics:
            place = found.setdefault(owners.get(item.location.path, item.location.path), {})
            place.setdefault(_identity(item), item)
    for path in found:
        if path not in reports:
            module = Path(path)
            reports[path] = FileReport(module, shown_path(module), _text(module), Status.PARTIAL)

    def rank(item: Diagnostic) -> tuple[object, ...]:
        return order.get(item.location.path, 0), item.location.span, item.code

    def placed(report: FileReport, diagnostics: tuple[Diagnostic, ...]) -> FileReport:
        # The one that is kept may be that of a caller, which has other related places and no fixes.
        fixes = {_identity(item): found for item, found in report.fixes.items()}
        kept = {item: fixes[_identity(item)] for item in diagnostics if _identity(item) in fixes}
        return replace(report, diagnostics=diagnostics, fixes=kept)

    return tuple(placed(report, tuple(sorted(found[path].values(), key=rank))) for path, report in reports.items())


def _identity(item: Diagnostic) -> tuple[object, ...]:
    return item.code, item.location, item.message


def _paths(file: FileReport) -> set[str]:
    return {str(file.path), *(part.path for part in file.parts)}


def _text(path: Path) -> str:
    try:
        return read_source(path)
    except UnreadableSource:
        return ""
