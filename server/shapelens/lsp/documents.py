"""The open documents: their texts as the client edits them, and what is shown of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pygls.uris import from_fs_path, to_fs_path

from shapelens.lsp.shown import Shown
from shapelens.source.lines import Lines
from shapelens.source.span_edits import Edit
from shapelens.source.text_edits import replace


@dataclass(frozen=True)
class Snapshot:
    """One state of a document's text."""

    uri: str
    path: str
    version: int
    lines: Lines


class Document:
    """An open text; it splits lines as Python and the protocol do, which str.splitlines() does not."""

    def __init__(self, uri: str, path: str, language_id: str, version: int, text: str) -> None:
        self.uri = uri
        self.path = path
        self.language_id = language_id
        self.shown: Shown | None = None
        self._snapshot = Snapshot(uri, path, version, Lines(text))

    @property
    def snapshot(self) -> Snapshot:
        """The present state; a new object after each change, so identity tells whether anything changed."""
        return self._snapshot

    @property
    def version(self) -> int:
        """The client's number for the present text."""
        return self._snapshot.version

    @property
    def lines(self) -> Lines:
        """The present text."""
        return self._snapshot.lines

    def replace(self, version: int, start: int, end: int, text: str) -> tuple[Edit, ...]:
        """Replace ``[start, end)``, indices into the text, and return the edits that this makes."""
        lines, edits = replace(self.lines, start, end, text)
        self._snapshot = Snapshot(self.uri, self.path, version, lines)
        return edits


class Documents:
    """Every open document that is Python text on a disk."""

    def __init__(self) -> None:
        self._by_uri: dict[str, Document] = {}

    def __iter__(self) -> Iterator[Document]:
        return iter(tuple(self._by_uri.values()))

    def get(self, uri: str) -> Document | None:
        """Return the document, or None where it is not open or not Python on a disk."""
        return self._by_uri.get(uri)

    def at_path(self, path: str) -> Document | None:
        """Return the open document of a file."""
        return next((document for document in self if document.path == path), None)

    def uri_of(self, path: str) -> str:
        """Return the client's own spelling of a file's URI where it is open, else the usual one."""
        document = self.at_path(path)
        return document.uri if document else from_fs_path(path) or path

    def open(self, uri: str, language_id: str, version: int, text: str) -> Document | None:
        """Take a document in; None where it is none of ours, such as an older revision or another language."""
        path = to_fs_path(uri)
        if path is None or (language_id != "python" and not path.endswith((".py", ".pyw"))):
            return None
        document = Document(uri, path, language_id, version, text)
        self._by_uri[uri] = document
        return document

    def close(self, uri: str) -> Document | None:
        """Forget a document."""
        return self._by_uri.pop(uri, None)

    def edited(self, path: str, edits: tuple[Edit, ...]) -> None:
        """Move what is shown of every document, a changed module's own places included, with the edits of one file."""
        for document in self:
            if document.shown is not None:
                document.shown.edited(path, edits)
