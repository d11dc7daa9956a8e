"""Open notebooks: their cells as the client arranges and edits them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lsprotocol import types
from pygls.uris import to_fs_path

from shapelens.lsp.documents import Document, Snapshot, Source
from shapelens.source.lines import Lines
from shapelens.source.notebook import CellCode, NotebookCode, cell_path

_LANGUAGE = "python"

NOTEBOOK_SYNC = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        # Any kind of notebook; lsprotocol cannot read a selector of cells alone (2025.0.0).
        types.NotebookDocumentFilterWithNotebook(notebook="*", cells=[types.NotebookCellLanguage(_LANGUAGE)])
    ],
    save=True,
)
"""Which notebooks a client sends: all that have cells of Python, and of those just these cells."""


@dataclass
class _Text:
    """The text of a cell; the code is kept for as long as the lines are the same."""

    document: Document
    language_id: str
    code: tuple[Lines, CellCode] | None = None


class NotebookSource(Source):
    """The code cells of a notebook, in the order of the document whatever their order of execution.

    A cell keeps its name when it is moved, so that what is shown of it stays with it.
    """

    def __init__(self, notebook: types.NotebookDocument, path: str) -> None:
        super().__init__(notebook.uri, path)
        self._version = notebook.version
        self._cells = list(notebook.cells)
        self._texts: dict[str, _Text] = {}
        self._numbers = itertools.count()
        self._snapshot: Snapshot | None = None

    @property
    def documents(self) -> tuple[Document, ...]:
        """The texts of the code cells."""
        return tuple(text.document for text in self._code_cells())

    @property
    def snapshot(self) -> Snapshot:
        """The present program."""
        if self._snapshot is None:
            code = NotebookCode(self.path, [self._code(text) for text in self._code_cells()])
            self._snapshot = Snapshot(self.uri, self.path, self._version, code.text, code)
        return self._snapshot

    @property
    def version(self) -> int:
        """The version of the notebook."""
        return self._version

    def document(self, uri: str) -> Document | None:
        """Return the text of a cell, one of Markdown included."""
        text = self._texts.get(uri)
        return text.document if text else None

    def take_version(self, version: int) -> None:
        """Note the client's number for the present state, which grows with each execution too."""
        self._version = version

    def changed(self) -> None:
        """Note that the program is another than before."""
        self._snapshot = None

    def open_texts(self, items: Iterable[types.TextDocumentItem]) -> None:
        """Take the texts of cells in; a cell that changes its language closes its text and opens another."""
        for item in items:
            path = cell_path(self.path, next(self._numbers))
            document = Document(self, item.uri, path, item.version, item.text)
            self._texts[item.uri] = _Text(document, item.language_id)

    def close_texts(self, uris: Iterable[str]) -> None:
        """Forget the texts of cells."""
        for uri in uris:
            self._texts.pop(uri, None)

    def splice(self, start: int, count: int, cells: Sequence[types.NotebookCell]) -> None:
        """Put cells in place of ``count`` cells; what is moved, the client takes out and puts in."""
        self._cells[start : start + count] = cells

    def update_cells(self, cells: Iterable[types.NotebookCell]) -> None:
        """Take in what is new about cells, such as their kind."""
        present = {cell.document: cell for cell in cells}
        self._cells = [present.get(cell.document, cell) for cell in self._cells]

    def _code_cells(self) -> list[_Text]:
        return [
            text
            for cell in self._cells
            if cell.kind is types.NotebookCellKind.Code
            and (text := self._texts.get(cell.document)) is not None
            and text.language_id == _LANGUAGE
        ]

    @staticmethod
    def _code(text: _Text) -> CellCode:
        lines = text.document.lines
        if text.code is None or text.code[0] is not lines:
            text.code = lines, CellCode(text.document.path, lines.text)
        return text.code[1]


def open_notebook(params: types.DidOpenNotebookDocumentParams) -> NotebookSource | None:
    """Return a notebook that was opened; None where it is not on a disk."""
    path = to_fs_path(params.notebook_document.uri)
    if path is None:
        return None
    source = NotebookSource(params.notebook_document, path)
    source.open_texts(params.cell_text_documents)
    return source
