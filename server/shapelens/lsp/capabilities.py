"""What the client can do, resolved once into named predicates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lsprotocol import types
from pygls.capabilities import ServerCapabilitiesBuilder, get_capability

from shapelens.source.lines import Unit


@dataclass(frozen=True)
class CapabilitiesOfClient:
    """Predicates; an absent capability is False."""

    unit: Unit
    """What a column counts in every message."""
    pulls_diagnostics: bool
    """The client asks for diagnostics, can be told to ask again, and takes those of other files along.

    Without the second it would show results only after the next edit; without the third a fault in a module that is
    not open would be shown nowhere. Such a client, VS Code's among them, is pushed to.
    """
    shows_related_information: bool
    shows_progress: bool
    refreshes_inlay_hints: bool
    refreshes_code_lenses: bool
    hover_markdown: bool
    answers_configuration: bool
    registers_configuration_changes: bool
    applies_edits: bool
    takes_code_actions: bool
    """The client takes actions that are more than a command."""
    prefers_code_actions: bool
    resolves_edits: bool
    """The client asks for the edit of an action once the user has chosen it."""
    versioned_edits: bool
    """The client looks at the version of a text before it changes it."""
    returns_diagnostic_data: bool
    follows_codes: bool
    """The client leads from a diagnostic to the page of its code."""
    registers_watched_files: bool
    follows_status: bool
    """The client takes ``shapelens/status`` and its kin, which no other client knows."""


def resolve(client: types.ClientCapabilities) -> CapabilitiesOfClient:
    """Return the predicates for what the client sent with ``initialize``."""

    def has(name: str) -> bool:
        return bool(get_capability(client, name, False))

    # The same choice that pygls answers to the client with.
    unit = Unit(types.PositionEncodingKind(ServerCapabilitiesBuilder.choose_position_encoding(client)).value)
    hover_formats = get_capability(client, "text_document.hover.content_format", None) or ()
    related_documents = has("text_document.diagnostic.related_document_support")
    pulls = related_documents and has("workspace.diagnostics.refresh_support")
    resolved = get_capability(client, "text_document.code_action.resolve_support.properties", None) or ()
    return CapabilitiesOfClient(
        unit=unit,
        pulls_diagnostics=pulls,
        shows_related_information=has("text_document.publish_diagnostics.related_information")
        or (pulls and has("text_document.diagnostic.related_information")),
        shows_progress=has("window.work_done_progress"),
        refreshes_inlay_hints=has("workspace.inlay_hint.refresh_support"),
        refreshes_code_lenses=has("workspace.code_lens.refresh_support"),
        hover_markdown=types.MarkupKind.Markdown in hover_formats,
        answers_configuration=has("workspace.configuration"),
        registers_configuration_changes=has("workspace.did_change_configuration.dynamic_registration"),
        applies_edits=has("workspace.apply_edit"),
        takes_code_actions=has("text_document.code_action.code_action_literal_support"),
        prefers_code_actions=has("text_document.code_action.is_preferred_support"),
        resolves_edits="edit" in resolved and has("text_document.code_action.data_support"),
        versioned_edits=has("workspace.workspace_edit.document_changes"),
        returns_diagnostic_data=has("text_document.publish_diagnostics.data_support")
        or (pulls and has("text_document.diagnostic.data_support")),
        follows_codes=has("text_document.publish_diagnostics.code_description_support")
        or (pulls and has("text_document.diagnostic.code_description_support")),
        registers_watched_files=has("workspace.did_change_watched_files.dynamic_registration"),
        follows_status=_own(client).get("status") is True,
    )


def _own(client: types.ClientCapabilities) -> Mapping[str, Any]:
    """Return what the client says that it knows beside the protocol."""
    experimental = client.experimental
    own = experimental.get("shapelens") if isinstance(experimental, Mapping) else None
    return own if isinstance(own, Mapping) else {}
