"""The cells of a notebook were edited, inserted, moved, removed or changed in kind."""

from __future__ import annotations

from lsprotocol import types

from shapelens.lsp.notebooks import NotebookSource
from shapelens.lsp.notifications.did_change import edit
from shapelens.lsp.session import Session

METHOD = types.NOTEBOOK_DOCUMENT_DID_CHANGE


async def handle(session: Session, params: types.DidChangeNotebookDocumentParams) -> None:
    """Move what is shown with the cells and their edits, and evaluate once the user pauses.

    What only the kernel knows, such as the order of execution, changes nothing.
    """
    source = session.documents.source(params.notebook_document.uri)
    if not isinstance(source, NotebookSource):
        return
    source.take_version(params.notebook_document.version)
    cells = params.change.cells
    if cells is None:
        return
    before = source.documents
    _arrange(source, cells)
    changes = [
        (document, item)
        for item in cells.text_content or ()
        if (document := source.document(item.document.uri)) is not None
    ]
    for document, item in changes:
        edit(session, document, item.document.version, item.changes)
    present = source.documents
    if present == before and not any(document in present for document, _ in changes):
        return
    source.changed()
    session.documents.add(source)
    gone = [document for document in before if document not in present]
    for document in gone:
        session.documents.emptied(document)
    session.publisher.withdraw(gone)
    session.evaluate_with_importers(source, session.settings_of(source).debounce_ms / 1000)


def _arrange(source: NotebookSource, cells: types.NotebookDocumentCellChanges) -> None:
    structure = cells.structure
    if structure is not None:
        source.splice(structure.array.start, structure.array.delete_count, structure.array.cells or ())
        source.close_texts(item.uri for item in structure.did_close or ())
        source.open_texts(structure.did_open or ())
    source.update_cells(cells.data or ())
