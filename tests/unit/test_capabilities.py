"""What a client says it can do, as predicates."""

from __future__ import annotations

import pytest
from lsprotocol import types
from pytest_lsp import client_capabilities

from shapelens.lsp.capabilities import resolve
from shapelens.source.lines import Unit


def test_a_client_that_says_nothing_can_do_nothing() -> None:
    client = resolve(types.ClientCapabilities())
    assert client.unit is Unit.UTF16
    assert not any(value for name, value in vars(client).items() if name != "unit")


@pytest.mark.parametrize("name", ["visual-studio-code", "neovim", "emacs"])
def test_real_clients_are_understood(name: str) -> None:
    client = resolve(client_capabilities(name))
    assert client.hover_markdown or name == "emacs"
    assert client.shows_related_information or name == "emacs"


def test_vs_code_shows_progress_and_answers_for_settings() -> None:
    client = resolve(client_capabilities("visual-studio-code"))
    assert client.shows_progress and client.answers_configuration and client.registers_configuration_changes
    assert client.refreshes_code_lenses and client.shows_related_information


def test_a_client_that_does_not_pull_again_or_for_other_files_is_pushed_to() -> None:
    document = types.TextDocumentClientCapabilities(diagnostic=types.DiagnosticClientCapabilities())
    assert not resolve(types.ClientCapabilities(text_document=document)).pulls_diagnostics
    workspace = types.WorkspaceClientCapabilities(
        diagnostics=types.DiagnosticWorkspaceClientCapabilities(refresh_support=True)
    )
    both = types.ClientCapabilities(text_document=document, workspace=workspace)
    assert not resolve(both).pulls_diagnostics
    related = types.TextDocumentClientCapabilities(
        diagnostic=types.DiagnosticClientCapabilities(related_document_support=True)
    )
    assert resolve(types.ClientCapabilities(text_document=related, workspace=workspace)).pulls_diagnostics


@pytest.mark.parametrize(
    ("offered", "unit"),
    [
        (["utf-8", "utf-16"], Unit.UTF8),
        (["utf-32"], Unit.UTF32),
        (["utf-7", "utf-16"], Unit.UTF16),
        (["utf-7"], Unit.UTF16),
        (None, Unit.UTF16),
    ],
)
def test_the_clients_first_known_encoding_is_taken(offered: list[str] | None, unit: Unit) -> None:
    general = types.GeneralClientCapabilities(position_encodings=offered)
    assert resolve(types.ClientCapabilities(general=general)).unit is unit
