"""Diagnostics for a client that pulls them."""

from __future__ import annotations

import hashlib

from lsprotocol import types

from shapelens.lsp.session import Session

METHOD = types.TEXT_DOCUMENT_DIAGNOSTIC

OPTIONS = types.DiagnosticOptions(inter_file_dependencies=True, workspace_diagnostics=False, identifier="shapelens")


async def handle(session: Session, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
    """Return what is known now; when an evaluation ends, the client is asked to pull again."""
    items, related = session.publisher.pulled(params.text_document.uri)
    documents: dict[str, types.FullDocumentDiagnosticReport | types.UnchangedDocumentDiagnosticReport] | None = None
    if related:
        documents = {uri: types.FullDocumentDiagnosticReport(of_file) for uri, of_file in related.items()}
    result_id = hashlib.sha1(repr(items).encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
    if result_id == params.previous_result_id:
        return types.RelatedUnchangedDocumentDiagnosticReport(result_id, related_documents=documents)
    return types.RelatedFullDocumentDiagnosticReport(items, related_documents=documents, result_id=result_id)
