"""What is shown of one source: its last analysis, kept at its place in the texts while these change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shapelens.diagnostics.model import Diagnostic
from shapelens.evaluation.analysis import Analysis
from shapelens.features.moving import Moves
from shapelens.lsp.repairable import Repairable
from shapelens.source.lines import Lines
from shapelens.source.notebook import NotebookCode
from shapelens.source.span_edits import Edit


class Shown:
    """An analysis with its diagnostics, both moved with the edits since.

    ``files`` holds the lines of files that are not open and have a part in the diagnostics; ``notebook`` the cells
    that were evaluated, where it were cells; ``repairable`` what its fixes are looked for with, once it is whole.
    """

    def __init__(
        self,
        analysis: Analysis,
        diagnostics: tuple[Diagnostic, ...],
        files: Mapping[str, Lines],
        notebook: NotebookCode | None = None,
        repairable: Repairable | None = None,
    ) -> None:
        self._analysis = analysis
        self._diagnostics = diagnostics
        self._pending: dict[str, list[Edit]] = {}
        self.files = dict(files)
        self.notebook = notebook
        self.repairable = repairable
        self._edits: dict[str, list[Edit]] = {}

    @property
    def analysis(self) -> Analysis:
        """The analysis, its places in the present text."""
        self._catch_up()
        return self._analysis

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """The diagnostics, their places in the present text."""
        self._catch_up()
        return self._diagnostics

    @property
    def moves(self) -> Moves:
        """The way from the texts that were evaluated to the present ones."""
        return Moves(self._edits)

    def is_edited(self, path: str) -> bool:
        """Return whether a file or cell is another one than was evaluated."""
        return bool(self._edits.get(path))

    def edited(self, path: str, edits: Iterable[Edit]) -> None:
        """Note the edits of a file or cell; nothing is moved before someone looks."""
        more = tuple(edits)
        self._pending.setdefault(path, []).extend(more)
        if self.repairable is not None:
            self._edits.setdefault(path, []).extend(more)

    def add(self, diagnostics: Iterable[Diagnostic], files: Mapping[str, Lines]) -> bool:
        """Show more diagnostics beside the present ones; return False where all of them are shown already."""
        new = tuple(item for item in diagnostics if item not in self.diagnostics)
        self._diagnostics += new
        self.files.update(files)
        return bool(new)

    def _catch_up(self) -> None:
        if self._pending:
            moves = Moves(self._pending)
            self._analysis = moves.analysis(self._analysis)
            self._diagnostics = moves.diagnostics(self._diagnostics)
            self._pending = {}
