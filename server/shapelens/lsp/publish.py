"""Diagnostics on their way to the client: pushed with versions, or kept for it to pull, never both."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath

from lsprotocol import types

from shapelens.diagnostics.model import Diagnostic, Severity
from shapelens.diagnostics.reference import PAGE
from shapelens.features.place_text import line_text
from shapelens.features.severities import with_severities
from shapelens.lsp.capabilities import CapabilitiesOfClient
from shapelens.lsp.client import Client
from shapelens.lsp.documents import Document, Documents, Source
from shapelens.lsp.positions import to_range
from shapelens.lsp.repairable import What, what
from shapelens.lsp.roots import Roots
from shapelens.source.lines import Lines
from shapelens.source.notebook import same_notebook
from shapelens.worker.contract import Location

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFORMATION: types.DiagnosticSeverity.Information,
    Severity.HINT: types.DiagnosticSeverity.Hint,
}


@dataclass(frozen=True)
class _Pushed:
    uri: str
    version: int | None
    items: list[types.Diagnostic]


class Publisher:
    """What all analyses together say of each file."""

    def __init__(self, client: Client, capabilities: CapabilitiesOfClient, documents: Documents, roots: Roots) -> None:
        self._client = client
        self._capabilities = capabilities
        self._documents = documents
        self._roots = roots
        self._pushed: dict[str, _Pushed] = {}
        self._touched: dict[str, set[str]] = {}
        self._orphaned: set[str] = set()
        """Files that had diagnostics through a source that was closed; the next pull takes them back."""

    def update(self, source: Source) -> None:
        """Push the texts that a source's analysis has diagnostics in, or had; nothing for a client that pulls.

        The source's own documents are pushed even where there is nothing to say: that tells that they were looked at.
        """
        is_open = self._documents.source(source.uri) is source
        if self._capabilities.pulls_diagnostics:
            if not is_open:
                self._orphan(source.documents)
            return
        present = self.by_path()
        own = {document.path for document in source.documents}
        reached = _reached(source)
        before = self._touched.pop(source.uri, set())
        if is_open:
            self._touched[source.uri] = reached
        for path in sorted(own | reached | before):
            self._push(path, present.get(path, []), always=path in own)

    def withdraw(self, documents: Iterable[Document]) -> None:
        """Take back what was said of cells that are gone."""
        if self._capabilities.pulls_diagnostics:
            self._orphan(documents)
            return
        for document in documents:
            self._push(document.path, [], always=False)

    def _orphan(self, documents: Iterable[Document]) -> None:
        for document in documents:
            self._orphaned |= self._touched.pop(document.uri, set())

    def _push(self, path: str, items: list[types.Diagnostic], always: bool) -> None:
        document = self._documents.at_path(path)
        known = self._pushed.get(path)
        # The client's own spelling, which is all that tells a cell that is gone.
        uri = known.uri if known and not document else self._documents.uri_of(path)
        pushed = _Pushed(uri, document.version if document else None, items)
        # The same places in a newer version are sent again: the editor may have lost a mark in the edits between.
        if pushed == known or not (items or always or known):
            return
        self._client.publish(types.PublishDiagnosticsParams(uri, items, pushed.version))
        if document or items:
            self._pushed[path] = pushed
        else:
            self._pushed.pop(path, None)

    def pulled(self, uri: str) -> tuple[list[types.Diagnostic], dict[str, list[types.Diagnostic]]]:
        """Return what a document has to show, and by URI that of files which are not open and get theirs through it.

        A file that had some at the last call and has none now is named with an empty list.
        """
        document = self._documents.get(uri)
        present = self.by_path()
        before = self._touched.pop(uri, set())
        if document is None:
            return [], {}
        before |= self._orphaned
        self._orphaned = set()
        reached = {path for path in _reached(document.source) if self._documents.at_path(path) is None}
        self._touched[uri] = reached
        closed = [path for path in sorted(reached | before) if self._documents.at_path(path) is None]
        related = {self._documents.uri_of(path): present.get(path, []) for path in closed}
        return present.get(document.path, []), related

    def by_path(self) -> dict[str, list[types.Diagnostic]]:
        """Return the diagnostics of every file that has any; one that several programs share is named once."""
        found: dict[str, list[types.Diagnostic]] = {}
        for source, item in self.told():
            found.setdefault(item.location.path, []).append(self.converted(source, item))
        return found

    def told(self) -> Iterator[tuple[Source, Diagnostic]]:
        """Yield the diagnostics of every file as the user wants them, with the first source that has each."""
        said: set[What] = set()
        for source in self._documents:
            settings = self._roots.settings_of(source.path)
            if source.shown is None or not settings.diagnostics:
                continue
            for item in with_severities(source.shown.diagnostics, settings.severities):
                if what(item) not in said:
                    said.add(what(item))
                    yield source, item

    def converted(self, source: Source, item: Diagnostic) -> types.Diagnostic:
        """Return a diagnostic of a source in the client's terms."""
        files = source.shown.files if source.shown else {}
        message = item.message
        related = None
        if item.related and self._capabilities.shows_related_information:
            related = [
                types.DiagnosticRelatedInformation(self._location(other.location, files), other.message)
                for other in item.related
            ]
        elif item.related:
            told = (f"{_place(other.location, item.location.path)}: {other.message}" for other in item.related)
            message = "\n".join([message, *told])
        return types.Diagnostic(
            range=self._location(item.location, files).range,
            severity=_SEVERITIES[item.severity],
            code=item.code,
            code_description=types.CodeDescription(code_page(item.code)) if self._capabilities.follows_codes else None,
            source="shapelens",
            message=message,
            related_information=related,
            data={"id": diagnostic_id(item)} if self._capabilities.returns_diagnostic_data else None,
        )

    def _location(self, location: Location, files: Mapping[str, Lines]) -> types.Location:
        document = self._documents.at_path(location.path)
        lines = document.lines if document else files.get(location.path, Lines(""))
        return types.Location(
            self._documents.uri_of(location.path), to_range(lines, self._capabilities.unit, location.span)
        )


def code_page(code: str) -> str:
    """Return the URI of what the reference says of a code; the page is installed along with the rules."""
    return f"{PAGE.as_uri()}#{code}"


def diagnostic_id(item: Diagnostic) -> str:
    """Return what a diagnostic is recognised by after edits have moved it; equal ones share it."""
    text = "\0".join((item.location.path, item.code, item.message))
    return hashlib.sha1(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()[:16]


def places(diagnostics: Iterable[Diagnostic]) -> set[str]:
    """Return the files and cells that the diagnostics have places in."""
    return {
        place.path for item in diagnostics for place in (item.location, *(other.location for other in item.related))
    }


def _reached(source: Source) -> set[str]:
    return {item.location.path for item in source.shown.diagnostics} if source.shown else set()


def _place(location: Location, here: str) -> str:
    if same_notebook(location.path, here):
        return line_text(location, here)
    return f"{PurePath(location.path).name}:{location.span.line + 1}"
