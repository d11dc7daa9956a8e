"""A notebook as an editor holds it: cells in order, each with a text of its own."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from lsp.client import StrictClient

CODE, MARKUP = types.NotebookCellKind.Code, types.NotebookCellKind.Markup

Place = tuple[int, int, int, int]
"""Line and character of both ends."""


class OpenNotebook:
    """Tells the server what happens to a notebook; cells are named by their URIs."""

    def __init__(self, client: StrictClient, uri: str, *texts: str) -> None:
        self._client = client
        self.uri = uri
        self.version = 1
        self._made = 0
        self._versions: dict[str, int] = {}
        items = [self._item(text) for text in texts]
        self.cells = [types.NotebookCell(CODE, item.uri) for item in items]
        notebook = types.NotebookDocument(uri, "jupyter-notebook", 1, list(self.cells))
        client.notebook_document_did_open(types.DidOpenNotebookDocumentParams(notebook, items))

    def uri_of(self, index: int) -> str:
        """Return the URI of the cell that is at an index now."""
        return self.cells[index].document

    def insert(self, index: int, text: str, kind: types.NotebookCellKind = CODE, language: str = "python") -> str:
        """Insert a cell and return its URI."""
        item = self._item(text, language)
        cell = types.NotebookCell(kind, item.uri)
        self.cells.insert(index, cell)
        self._structure(types.NotebookCellArrayChange(index, 0, [cell]), opened=[item])
        return item.uri

    def delete(self, index: int) -> str:
        """Delete a cell and return its URI."""
        cell = self.cells.pop(index)
        self._structure(types.NotebookCellArrayChange(index, 1), closed=[cell.document])
        return cell.document

    def move_up(self, index: int) -> None:
        """Exchange a cell with the one above, as editors tell it: both are taken out and put in."""
        pair = [self.cells[index], self.cells[index - 1]]
        self.cells[index - 1 : index + 1] = pair
        self._structure(types.NotebookCellArrayChange(index - 1, 2, pair))

    def retype(self, index: int, text: str, language: str) -> None:
        """Give a cell another language: its text is closed and another one opened under the same name."""
        uri = self.uri_of(index)
        item = types.TextDocumentItem(uri, language, 1, text)
        cell = types.NotebookCell(CODE, uri)
        self._structure(types.NotebookCellArrayChange(index, 1, [cell]), opened=[item], closed=[uri])

    def turn(self, index: int, kind: types.NotebookCellKind) -> None:
        """Turn a cell into one of another kind."""
        cell = self.cells[index] = types.NotebookCell(kind, self.uri_of(index))
        self._change(types.NotebookDocumentCellChanges(data=[cell]))

    def execute(self, index: int, order: int) -> None:
        """Tell that the kernel ran a cell."""
        summary = types.ExecutionSummary(execution_order=order, success=True)
        cell = self.cells[index] = types.NotebookCell(CODE, self.uri_of(index), execution_summary=summary)
        self._change(types.NotebookDocumentCellChanges(data=[cell]))

    def edit(self, index: int, *changes: tuple[Place, str]) -> int:
        """Edit the text of a cell and return its new version."""
        uri = self.uri_of(index)
        self._versions[uri] += 1
        events: list[types.TextDocumentContentChangeEvent] = [
            types.TextDocumentContentChangePartial(
                types.Range(types.Position(*place[:2]), types.Position(*place[2:])), text
            )
            for place, text in changes
        ]
        document = types.VersionedTextDocumentIdentifier(self._versions[uri], uri)
        content = types.NotebookDocumentCellContentChanges(document, events)
        self._change(types.NotebookDocumentCellChanges(text_content=[content]))
        return self._versions[uri]

    def save(self) -> None:
        """Save the notebook."""
        params = types.DidSaveNotebookDocumentParams(types.NotebookDocumentIdentifier(self.uri))
        self._client.notebook_document_did_save(params)

    def close(self) -> None:
        """Close the notebook with all its cells."""
        cells = [types.TextDocumentIdentifier(cell.document) for cell in self.cells]
        params = types.DidCloseNotebookDocumentParams(types.NotebookDocumentIdentifier(self.uri), cells)
        self._client.notebook_document_did_close(params)

    def _item(self, text: str, language: str = "python") -> types.TextDocumentItem:
        uri = f"{self.uri.replace('file:', 'vscode-notebook-cell:')}#W{self._made}sZmlsZQ%3D%3D"
        self._made += 1
        self._versions[uri] = 1
        return types.TextDocumentItem(uri, language, 1, text)

    def _structure(
        self,
        array: types.NotebookCellArrayChange,
        opened: Sequence[types.TextDocumentItem] = (),
        closed: Sequence[str] = (),
    ) -> None:
        structure = types.NotebookDocumentCellChangeStructure(
            array, list(opened), [types.TextDocumentIdentifier(uri) for uri in closed]
        )
        self._change(types.NotebookDocumentCellChanges(structure=structure))

    def _change(self, cells: types.NotebookDocumentCellChanges) -> None:
        self.version += 1
        notebook = types.VersionedNotebookDocumentIdentifier(self.version, self.uri)
        params = types.DidChangeNotebookDocumentParams(notebook, types.NotebookDocumentChangeEvent(cells=cells))
        self._client.notebook_document_did_change(params)
