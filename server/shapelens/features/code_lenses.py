"""Lines above models, with what goes in and comes out, and above uncalled code, with where its shapes come from."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from shapelens.evaluation.analysis import Analysis, UncalledCode
from shapelens.features.calls import Choices, chosen_call, different_calls, origin_text, with_choices
from shapelens.features.grouping import by_span, shown_once
from shapelens.features.shape_text import count_text, flow_text
from shapelens.worker.contract import Kind, Observation, Span


class LensAction(enum.Enum):
    """What a click on a lens does."""

    SUMMARY = enum.auto()
    CHOOSE_CALL = enum.auto()
    GIVE_EXAMPLE = enum.auto()


@dataclass(frozen=True)
class CodeLens:
    """A title above the expression of ``span``."""

    span: Span
    title: str
    action: LensAction = LensAction.SUMMARY
    name: str = ""
    """The function that it speaks of."""


def code_lenses(
    analysis: Analysis, path: str, choices: Choices | None = None, can_edit: bool = False
) -> tuple[CodeLens, ...]:
    """Return a lens for each place of the file that creates a model, and for code that the file does not call.

    The title of a model reads ``Model (None, 28) → (None, 10) · 290 parameters``, that of a function
    ``shapes from train.py:12 (1 of 3)``. Where no arguments are known and the client ``can_edit``, example inputs are
    asked for.
    """
    chosen = choices or {}
    lenses = [lens for code in analysis.uncalled for lens in _of_uncalled(analysis, code, path, chosen, can_edit)]
    for span, items in by_span(with_choices(analysis, chosen), path):
        models = [item for item in items if item.kind is Kind.MODEL and item.created]
        if models:
            lenses.append(CodeLens(span, shown_once(models, _title)))
    return tuple(sorted(lenses, key=lambda lens: lens.span))


def _of_uncalled(analysis: Analysis, code: UncalledCode, path: str, choices: Choices, can_edit: bool) -> list[CodeLens]:
    if code.location.path != path:
        return []
    call = chosen_call(code, choices)
    if call is None:
        if not code.example or not can_edit:
            return []
        return [CodeLens(code.location.span, "give example inputs", LensAction.GIVE_EXAMPLE, code.name)]
    different = different_calls(analysis, code)
    number = sum(index <= code.calls.index(call) for index in different)
    counted = f" ({number} of {len(different)})" if len(different) > 1 else ""
    title = f"shapes from {origin_text(call, path)}{counted}"
    return [CodeLens(code.location.span, title, LensAction.CHOOSE_CALL, code.name)]


def _title(item: Observation) -> str:
    flow = flow_text(item)
    size = "" if item.parameters is None else f"{count_text(item.parameters)} parameters"
    return " · ".join(part for part in (f"Model {flow}" if flow else "Model, not built yet", size) if part)
