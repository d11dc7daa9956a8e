"""The report for people: the source with its shapes, and carets under what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len
from rich.text import Text

from shapelens.cli.reports.fix_view import ChangedLine, changed_lines
from shapelens.cli.reports.model import EnvironmentReport, FileReport, Part, Report
from shapelens.cli.reports.places import Places
from shapelens.cli.reports.source_view import Mark, Note, Paragraph, SourceView, wrapped
from shapelens.cli.terminal import Terminal
from shapelens.diagnostics.model import Diagnostic, Related, Severity
from shapelens.diagnostics.not_evaluated import CODE as NOT_EVALUATED
from shapelens.evaluation.analysis import Status
from shapelens.features.calls import with_choices
from shapelens.features.code_lenses import code_lenses
from shapelens.features.inlay_hints import inlay_hints
from shapelens.source.lines import Lines
from shapelens.source.notebook import same_notebook
from shapelens.worker.contract import Location

_STYLES = {
    Severity.ERROR: "bold red",
    Severity.WARNING: "bold yellow",
    Severity.INFORMATION: "bold blue",
    Severity.HINT: "cyan",
}
_PLURALS = {
    Severity.ERROR: "errors",
    Severity.WARNING: "warnings",
    Severity.INFORMATION: "notes",
    Severity.HINT: "hints",
}
_SINGULARS = {**{severity: text[:-1] for severity, text in _PLURALS.items()}}

_SHAPE = "italic cyan"
_MODEL = "italic magenta"
_UNKNOWN = "dim italic"
_FIX = "bold green"
_ADDED = "green"
_TAKEN = "red"

_WHOLE_FILE = 80
"""Lines of a file that is shown as a whole where it is the only one."""
_MANY_FILES = 8
"""More files than this: those without a warning or error get one line each."""
_WIDEST_TITLE = 60
_MOST_FIXES = 3
"""Fixes below one diagnostic; they are in order of preference."""
_CONTEXT = 2
"""Lines around a diagnostic."""


class TextReport:
    """Prints a report to a terminal, a file or a pipe."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def print(self, report: Report) -> None:
        """Print the environment, each file, and the sums."""
        for line in self.lines(report):
            self._terminal.print(line)

    def lines(self, report: Report) -> Iterator[Text]:
        """Yield the lines of the report."""
        places = Places(report.files)
        head = environment_text(report.environment)
        if head:
            yield Text(self._terminal.text(head), style="dim")
        for file in report.files:
            yield from self._file(file, report, places)
        if not report.files:
            yield Text("No file imports Keras or TensorFlow.")
        elif len(report.files) > 1:
            yield Text()
            yield self._sums(report)

    def _file(self, file: FileReport, report: Report, places: Places) -> Iterator[Text]:
        title = Text(self._terminal.foreign(file.shown), style="bold")
        quiet = all(item.severity in (Severity.HINT, Severity.INFORMATION) for item in file.diagnostics)
        if len(report.files) > _MANY_FILES and quiet and file.status is not Status.SKIPPED:
            padding = max(self._title_width(report) - title.cell_len, 0) + 2
            yield Text("").join([_spanned(title), Text(" " * padding), self._sum(file)])
            return
        yield Text()
        yield title
        whole = len(report.files) == 1 and sum(len(Lines(part.text)) for part in file.parts) <= _WHOLE_FILE
        for part in file.parts:
            lines = list(self._source(file, part, places, whole))
            if part.cell is not None and lines:
                yield Text(f" {_cell_text(part.cell)}", style="bold dim")
            yield from lines
        yield self._sum(file)

    def _title_width(self, report: Report) -> int:
        return min(max(cell_len(self._terminal.foreign(file.shown)) for file in report.files), _WIDEST_TITLE)

    def _source(self, file: FileReport, part: Part, places: Places, whole: bool) -> Iterator[Text]:
        lines = Lines(part.text)
        diagnostics = [item for item in file.diagnostics if item.location.path == part.path]
        notes = self._notes(file, part, diagnostics)
        marks: dict[int, list[Mark]] = {}
        for item in diagnostics:
            if not _is_note(item):
                line = min(item.span.line, len(lines) - 1)
                marks.setdefault(line, []).append(self._mark(item, file, places))
        if not part.text.strip():
            for mark in (mark for group in marks.values() for mark in group):
                for paragraph in mark.paragraphs:
                    yield from wrapped(paragraph, self._terminal.width, self._terminal.console)
            return
        last = len(lines) - 1
        is_end = last > 0 and not lines[last] and last not in marks
        shown = _shown(last if is_end else len(lines), notes, marks, whole)
        if shown:
            yield from SourceView(lines, self._terminal).render(shown, notes, marks)

    def _notes(self, file: FileReport, part: Part, diagnostics: Iterable[Diagnostic]) -> dict[int, list[Note]]:
        """Return what stands at the right of lines: the editor's inlay hints and code lenses, and skips."""
        notes: dict[int, list[Note]] = {}
        if file.analysis is not None:
            lenses = {lens.span: lens for lens in code_lenses(file.analysis, part.path)}
            for lens in lenses.values():
                notes.setdefault(lens.span.line, []).append(Note(lens.title, _MODEL))
            for hint in inlay_hints(with_choices(file.analysis, {}), part.path, 0, len(Lines(part.text))):
                if hint.span in lenses and hint.span.line == hint.span.end_line:
                    continue  # the lens on this line says the same
                notes.setdefault(hint.span.end_line, []).append(Note(hint.label.removeprefix(": "), _SHAPE))
        for item in diagnostics:
            if _is_note(item):
                text = "not evaluated" if item.related else f"not evaluated: {item.message}"
                note, others = Note(text, _UNKNOWN), notes.setdefault(item.span.line, [])
                if note not in others:  # several programs or calls may leave the same line out
                    others.append(note)
        return notes

    def _mark(self, item: Diagnostic, file: FileReport, places: Places) -> Mark:
        style = _STYLES[item.severity]
        message = Text.assemble(
            (f"{item.severity.value}", style),
            (f"[{item.code}]", "dim"),
            ": ",
            self._terminal.text(self._terminal.foreign(item.message)),
        )
        # A call around the marked expression is on the screen already.
        apart = (other for other in item.related if not _encloses(other.location, item.location))
        related = (Paragraph(self._related(other, item.location.path, places), 2) for other in apart)
        return Mark(item.span, style, (Paragraph(message), *related, *self._fixes(item, file, places)))

    def _fixes(self, item: Diagnostic, file: FileReport, places: Places) -> Iterator[Paragraph]:
        """Yield the first fix with the lines that it changes, and a line for each of the next."""
        fixes = file.fixes.get(item, ())[:_MOST_FIXES]
        for number, fix in enumerate(fixes):
            title = self._terminal.foreign(self._terminal.text(fix.title))
            yield Paragraph(Text.assemble(("or: " if number else "fix: ", _FIX), title), 2)
            if number == 0:
                texts = {part.path: part.text for part in file.parts}
                for path, lines in changed_lines(fix, texts).items():
                    cell = places.cell(path)
                    if path != item.location.path and cell is not None:
                        yield Paragraph(Text(_cell_text(cell), style="dim"), 4)
                    yield from (Paragraph(self._changed(line), 4, is_line=True) for line in lines)

    def _changed(self, line: ChangedLine) -> Text:
        if not line.sign:
            return Text(self._terminal.text("⋮"), style="dim")
        shown = self._terminal.foreign(line.text.replace("\t", "    "))
        return Text(f"{line.sign} {shown}", style=_ADDED if line.sign == "+" else _TAKEN)

    def _related(self, related: Related, here: str, places: Places) -> Text:
        location = related.location
        place = _place_text(location, here, places)
        lines = places.lines(location.path)
        source = lines.slice(location.span).splitlines()
        quoted = self._terminal.foreign(source[0].strip().replace("\t", " ")) if source else ""
        text = Text(f"{self._terminal.foreign(place)}: {related.message}", style="dim")
        return Text("").join([_spanned(text), Text(f": {quoted}")]) if quoted else _spanned(text)

    def _sum(self, file: FileReport) -> Text:
        if file.status is Status.SKIPPED:
            return Text("skipped", style="dim")
        return self._counts(file.layer_count, file.diagnostics, file.seconds, "")

    def _sums(self, report: Report) -> Text:
        count = len(report.files)
        files = "1 file" if count == 1 else f"{count} files"
        layers = sum(file.layer_count for file in report.files)
        return self._counts(layers, report.diagnostics, report.seconds, files)

    def _counts(self, layers: int, diagnostics: Iterable[Diagnostic], seconds: float, first: str) -> Text:
        severities = Counter(item.severity for item in diagnostics if not _is_note(item))
        unknown = sum(_is_note(item) for item in diagnostics)
        parts = [Text(first, style="bold")] if first else []
        parts.append(Text("1 layer" if layers == 1 else f"{layers} layers"))
        for severity, style in _STYLES.items():
            count = severities[severity]
            if count:
                word = _SINGULARS[severity] if count == 1 else _PLURALS[severity]
                parts.append(Text(f"{count} {word}", style=style))
        if not severities[Severity.ERROR]:
            parts.append(Text("no errors", style="green"))
        if unknown:
            parts.append(Text(f"{unknown} {'statement' if unknown == 1 else 'statements'} not evaluated", style="dim"))
        parts.append(Text(f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s", style="dim"))
        return Text(self._terminal.text(" · ")).join(_spanned(part) for part in parts)


def environment_text(environment: EnvironmentReport) -> str:
    """Return one line that says where the files were evaluated; empty where nothing is known."""
    parts = []
    if environment.python:
        parts.append(f"Python {environment.python}")
    if environment.keras:
        backend = f" on {environment.backend}" if environment.backend else ""
        parts.append(f"Keras {environment.keras}{backend}")
    if environment.tensorflow:
        parts.append(f"TensorFlow {environment.tensorflow}")
    if environment.device:
        parts.append(environment.device)
    if environment.sandbox:
        parts.append(f"sandbox {environment.sandbox}")
    return " · ".join(parts)


def _place_text(location: Location, here: str, places: Places) -> str:
    """Return where a place is, seen from another one, in the same file or in another."""
    number, cell = location.span.line + 1, places.cell(location.path)
    if location.path == here:
        return f"line {number}"
    if cell is None:
        return f"{places.shown(location.path)}:{number}"
    in_cell = f"{_cell_text(cell)}, line {number}"
    return in_cell if same_notebook(location.path, here) else f"{places.shown(location.path)}, {in_cell}"


def _cell_text(index: int) -> str:
    """Return a cell's number as editors count: from one, cells of text included."""
    return f"cell {index + 1}"


def _is_note(item: Diagnostic) -> bool:
    """Return whether a diagnostic stands at the right of its line, as quiet as it is meant to be."""
    return item.code == NOT_EVALUATED and item.severity is Severity.HINT


def _shown(count: int, notes: Iterable[int], marks: Iterable[int], whole: bool) -> Sequence[int]:
    if whole and count <= _WHOLE_FILE:
        return range(count)
    shown: set[int] = set(notes)
    for line in marks:
        shown.update(range(line - _CONTEXT, line + _CONTEXT + 1))
    kept = {line for line in shown if 0 <= line < count}
    # A sign for one line that is left out takes as much room as the line.
    kept.update(line + 1 for line in tuple(kept) if line + 2 in kept)
    return sorted(kept)


def _encloses(outer: Location, inner: Location) -> bool:
    start = (outer.span.line, outer.span.column) <= (inner.span.line, inner.span.column)
    end = (outer.span.end_line, outer.span.end_column) >= (inner.span.end_line, inner.span.end_column)
    return outer.path == inner.path and start and end


def _spanned(text: Text) -> Text:
    copy = Text(text.plain)
    copy.stylize(text.style)
    return copy
