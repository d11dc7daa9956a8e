"""The commands that a user can give."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from shapelens.evaluation.analysis import UncalledCode
from shapelens.features.calls import next_choice, with_choices
from shapelens.features.summary import summary
from shapelens.lsp.debug_information import debug_information
from shapelens.lsp.documents import Source
from shapelens.lsp.positions import to_position
from shapelens.lsp.session import Session

RESTART = "shapelens.restart"
EVALUATE_NOW = "shapelens.evaluateNow"
PAUSE = "shapelens.pause"
RESUME = "shapelens.resume"
SHOW_SUMMARY = "shapelens.showSummary"
DEBUG_INFORMATION = "shapelens.debugInformation"
CHOOSE_CALL = "shapelens.chooseCall"
GIVE_EXAMPLE_INPUTS = "shapelens.giveExampleInputs"


async def restart(session: Session, *arguments: Any) -> None:
    """Stop every host, forget every problem and evaluate what is open."""
    for source in session.documents:
        session.scheduler.cancel(source.uri)
    session.status.forget()
    await session.evaluator.restart()
    for root in session.roots:
        session.roots.forgive(root)
    session.evaluate_all()


async def evaluate_now(session: Session, *arguments: Any) -> None:
    """Evaluate the document of the first argument, a URI, at once; without one, every open document."""
    source = session.documents.source(str(arguments[0])) if arguments else None
    for root in [session.roots.of(source.path)] if source else list(session.roots):
        session.roots.forgive(root)
    if source:
        session.scheduler.schedule(source.uri)
    else:
        session.evaluate_all()


async def pause(session: Session, *arguments: Any) -> None:
    """Evaluate nothing until ``resume``; what is shown stays."""
    session.pause()


async def resume(session: Session, *arguments: Any) -> None:
    """Evaluate again, first of all every open document."""
    session.resume()


async def show_summary(session: Session, *arguments: Any) -> str | None:
    """Return the models of the document of the first argument, a URI, as text; None where nothing is known of it.

    A cell stands for its whole notebook. Memory is for as many samples as the second argument says, else for one.
    """
    source = session.documents.source(str(arguments[0])) if arguments else None
    if source is None or source.shown is None:
        return None
    analysis = with_choices(source.shown.analysis, source.choices)
    batch = arguments[1] if len(arguments) > 1 else 1
    samples = int(batch) if isinstance(batch, (int, float)) and batch >= 1 else 1
    return summary(analysis, source.path, [document.path for document in source.documents], samples).plain()


async def choose_call(session: Session, *arguments: Any) -> None:
    """Show the shapes of the next of several calls of a function: a URI and the function's name."""
    source, code = _uncalled(session, arguments)
    if source is None or source.shown is None or code is None:
        return
    name = next_choice(source.shown.analysis, code, source.choices)
    if name is not None:
        source.choices[code.name] = name
        session.refresh.all()


async def give_example_inputs(session: Session, *arguments: Any) -> None:
    """Insert the comments that make a function callable above it, to be filled in: a URI and the function's name."""
    source, code = _uncalled(session, arguments)
    document = session.documents.at_path(code.body.path) if code is not None else None
    if source is None or code is None or document is None or not session.capabilities.applies_edits:
        return
    span = code.body.span
    indent = document.lines[span.line][: span.column]
    text = "".join(f"{indent}{line}\n" for line in code.example)
    position = to_position(document.lines, session.capabilities.unit, span.line, 0)
    await session.client.insert("Give example inputs", document.uri, position, text)


def _uncalled(session: Session, arguments: Sequence[Any]) -> tuple[Source | None, UncalledCode | None]:
    source = session.documents.source(str(arguments[0])) if len(arguments) > 1 else None
    if source is None or source.shown is None:
        return None, None
    codes = source.shown.analysis.uncalled
    return source, next((code for code in codes if code.name == arguments[1]), None)


async def show_debug_information(session: Session, *arguments: Any) -> str:
    """Return what a report of a fault in ShapeLens needs, as text."""
    return debug_information(session)


COMMANDS: Mapping[str, Callable[..., Awaitable[str | None]]] = {
    RESTART: restart,
    EVALUATE_NOW: evaluate_now,
    PAUSE: pause,
    RESUME: resume,
    SHOW_SUMMARY: show_summary,
    DEBUG_INFORMATION: show_debug_information,
    CHOOSE_CALL: choose_call,
    GIVE_EXAMPLE_INPUTS: give_example_inputs,
}
"""Each is called with the session and the arguments that the client sent."""
