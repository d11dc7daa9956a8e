"""The commands that a user can give."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from shapelens.features.summary import summary
from shapelens.lsp.debug_information import debug_information
from shapelens.lsp.session import Session

RESTART = "shapelens.restart"
EVALUATE_NOW = "shapelens.evaluateNow"
SHOW_SUMMARY = "shapelens.showSummary"
DEBUG_INFORMATION = "shapelens.debugInformation"


async def restart(session: Session, *arguments: Any) -> None:
    """Stop every host, forget every problem and evaluate what is open."""
    for document in session.documents:
        session.scheduler.cancel(document.uri)
    await session.evaluator.restart()
    for root in session.roots:
        session.roots.forgive(root)
    session.evaluate_all()


async def evaluate_now(session: Session, *arguments: Any) -> None:
    """Evaluate the document of the first argument, a URI, at once; without one, every open document."""
    document = session.documents.get(str(arguments[0])) if arguments else None
    for root in [session.roots.of(document.path)] if document else list(session.roots):
        session.roots.forgive(root)
    if document:
        session.scheduler.schedule(document.uri)
    else:
        session.evaluate_all()


async def show_summary(session: Session, *arguments: Any) -> str | None:
    """Return the layers of the document of the first argument, a URI, as text; None where nothing is known of it."""
    document = session.documents.get(str(arguments[0])) if arguments else None
    if document is None or document.shown is None:
        return None
    return summary(document.shown.analysis, document.path).plain()


async def show_debug_information(session: Session, *arguments: Any) -> str:
    """Return what a report of a fault in ShapeLens needs, as text."""
    return debug_information(session)


COMMANDS: Mapping[str, Callable[..., Awaitable[str | None]]] = {
    RESTART: restart,
    EVALUATE_NOW: evaluate_now,
    SHOW_SUMMARY: show_summary,
    DEBUG_INFORMATION: show_debug_information,
}
"""Each is called with the session and the arguments that the client sent."""
