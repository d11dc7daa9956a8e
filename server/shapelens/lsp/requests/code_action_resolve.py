"""The edit of an action, once the user has chosen it."""

from __future__ import annotations

from typing import Any

from lsprotocol import types

from shapelens.features.code_actions import CodeAction
from shapelens.lsp.requests.code_action import identity, offered, workspace_edit
from shapelens.lsp.session import Session

METHOD = types.CODE_ACTION_RESOLVE


async def handle(session: Session, params: types.CodeAction) -> types.CodeAction:
    """Return the action with its edit; without one where the text has changed so that it cannot be done any more."""
    action = _found(session, params.data if isinstance(params.data, dict) else {})
    if action is not None:
        params.edit = workspace_edit(session, action.edits)
    return params


def _found(session: Session, data: dict[str, Any]) -> CodeAction | None:
    """Return the action that a client means; after an edit only where there is no doubt which one that is."""
    document = session.documents.get(str(data.get("uri")))
    if document is None:
        return None
    found = []
    for action in offered(session, document, lambda _: True, True):
        known = identity(document, action)
        same = known["kind"] == data.get("kind") and known["title"] == data.get("title")
        unedited = known["version"] == data.get("version")
        # Asked about a part of the text, it may have been offered for some of its diagnostics only.
        same = same and set(data.get("diagnostics", ())) <= set(known["diagnostics"])
        if same and (not unedited or known["place"] == data.get("place")):
            found.append(action)
    return found[0] if len(found) == 1 else None
