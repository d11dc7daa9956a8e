"""The open documents, the programs that they make, and what is shown of each.

A document is a text that the client edits: a file, or a cell of a notebook. A source is what is evaluated as one
program: a file alone, or the code cells of a notebook. Places that are shown always are places in documents.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

from pygls.uris import from_fs_path, to_fs_path

from shapelens.lsp.shown import Shown
from shapelens.source.lines import Lines
from shapelens.source.notebook import NotebookCode
from shapelens.source.span_edits import Edit
from shapelens.source.text_edits import replace


@dataclass(frozen=True)
class Snapshot:
    """One state of a source's program."""

    uri: str
    path: str
    version: int
    text: str
    notebook: NotebookCode | None = None
    """The way between places in the text and in cells."""


class Source(ABC):
    """What is evaluated as one program."""

    def __init__(self, uri: str, path: str) -> None:
        self.uri = uri
        self.path = path
        """The file that the program comes from."""
        self.shown: Shown | None = None
        self.callers: Shown | None = None
        """What callers told last of code that the source does not call itself."""
        self.choices: dict[str, str] = {}
        """Which call of a function the user wants to see, see ``features.calls``."""

    @property
    @abstractmethod
    def documents(self) -> tuple[Document, ...]:
        """The open texts that the program is made of, in its order."""

    @property
    @abstractmethod
    def snapshot(self) -> Snapshot:
        """The present state; a new object after each change, so identity tells whether anything changed."""

    @property
    @abstractmethod
    def version(self) -> int:
        """The client's number for the present state."""

    @property
    def text(self) -> str:
        """The texts as the user wrote them."""
        return "\n".join(document.lines.text for document in self.documents)


class Document:
    """An open text; it splits lines as Python and the protocol do, which str.splitlines() does not.

    ``path`` names it in places: a file's path, or a name made of a notebook's path for a cell.
    """

    def __init__(self, source: Source, uri: str, path: str, version: int, text: str) -> None:
        self.source = source
        self.uri = uri
        self.path = path
        self.version = version
        self.lines = Lines(text)

    @property
    def shown(self) -> Shown | None:
        """What is shown of the program that the text belongs to."""
        return self.source.shown

    def replace(self, version: int, start: int, end: int, text: str) -> tuple[Edit, ...]:
        """Replace ``[start, end)``, indices into the text, and return the edits that this makes."""
        self.lines, edits = replace(self.lines, start, end, text)
        self.version = version
        return edits


class FileSource(Source):
    """A Python file."""

    def __init__(self, uri: str, path: str, version: int, text: str) -> None:
        super().__init__(uri, path)
        self.document = Document(self, uri, path, version, text)
        self._snapshot: tuple[Lines, Snapshot] | None = None

    @property
    def documents(self) -> tuple[Document, ...]:
        """The file's text."""
        return (self.document,)

    @property
    def snapshot(self) -> Snapshot:
        """The present text."""
        lines = self.document.lines
        if self._snapshot is None or self._snapshot[0] is not lines or self._snapshot[1].version != self.version:
            self._snapshot = lines, Snapshot(self.uri, self.path, self.version, lines.text)
        return self._snapshot[1]

    @property
    def version(self) -> int:
        """The version of the text."""
        return self.document.version


class Documents:
    """Every open source that is Python on a disk."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}
        self._by_uri: dict[str, Document] = {}
        self._by_path: dict[str, Document] = {}

    def __iter__(self) -> Iterator[Source]:
        return iter(tuple(self._sources.values()))

    def get(self, uri: str) -> Document | None:
        """Return the document, or None where it is not open or not Python on a disk."""
        return self._by_uri.get(uri)

    def source(self, uri: str) -> Source | None:
        """Return the source with this URI, or the one that the document with this URI belongs to."""
        document = self._by_uri.get(uri)
        return self._sources.get(uri) or (document.source if document else None)

    def at_path(self, path: str) -> Document | None:
        """Return the open document of a file or cell."""
        return self._by_path.get(path)

    def uri_of(self, path: str) -> str:
        """Return the client's own spelling of a file's URI where it is open, else the usual one."""
        document = self.at_path(path)
        return document.uri if document else from_fs_path(path) or path

    def files(self) -> tuple[FileSource, ...]:
        """Return the open files that programs may import."""
        return tuple(source for source in self if isinstance(source, FileSource))

    def open(self, uri: str, language_id: str, version: int, text: str) -> FileSource | None:
        """Take a file in; None where it is none of ours, such as an older revision or another language."""
        path = to_fs_path(uri)
        if path is None or (language_id != "python" and not path.endswith((".py", ".pyw"))):
            return None
        source = FileSource(uri, path, version, text)
        self.add(source)
        return source

    def add(self, source: Source) -> None:
        """Take a source in with its documents, or note that it has others now."""
        self._sources[source.uri] = source
        self._forget(source)
        for document in source.documents:
            self._by_uri[document.uri] = document
            self._by_path[document.path] = document

    def close(self, uri: str) -> Source | None:
        """Forget the source with this URI."""
        source = self._sources.pop(uri, None)
        if source is not None:
            self._forget(source)
        return source

    def edited(self, path: str, edits: tuple[Edit, ...]) -> None:
        """Move what is shown of every source, a changed module's own places included, with the edits of one text."""
        for source in self:
            for shown in (source.shown, source.callers):
                if shown is not None:
                    shown.edited(path, edits)

    def emptied(self, document: Document) -> None:
        """Show nothing more that has its place in a document; its text stays, should it come back."""
        _, edits = replace(document.lines, 0, len(document.lines.text), "")
        self.edited(document.path, edits)

    def _forget(self, source: Source) -> None:
        for uri in [uri for uri, document in self._by_uri.items() if document.source is source]:
            document = self._by_uri.pop(uri)
            if self._by_path.get(document.path) is document:
                del self._by_path[document.path]
