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
        self._shown = {str(file.path): file.shown for file in files}
        self._lines = {str(file.path): Lines(file.text) for file in files}

    def lines(self, path: str) -> Lines:
        """Return the lines of a file; of one that cannot be read, a single empty line."""
        if path not in self._lines:
            self._lines[path] = Lines(_text(Path(path)))
        return self._lines[path]

    def shown(self, path: str) -> str:
        """Return how the report writes a path: as for the file itself, else relative to the current folder if below."""
        return self._shown.get(path) or shown_path(Path(path))


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
    found: dict[str, dict[tuple[object, ...], Diagnostic]] = {path: {} for path in reports}
    for file in files:
        for item in file.diagnostics:
            place = found.setdefault(item.location.path, {})
            place.setdefault((item.code, item.location, item.message), item)
    for path in found:
        if path not in reports:
            module = Path(path)
            reports[path] = FileReport(module, shown_path(module), _text(module), Status.PARTIAL)
    return tuple(
        replace(report, diagnostics=tuple(sorted(found[path].values(), key=lambda item: (item.location, item.code))))
        for path, report in reports.items()
    )


def _text(path: Path) -> str:
    try:
        return read_source(path)
    except UnreadableSource:
        return ""
