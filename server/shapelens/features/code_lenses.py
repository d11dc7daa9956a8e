"""One line above each model: what goes in, what comes out, and its size."""

from __future__ import annotations

from dataclasses import dataclass

from shapelens.evaluation.analysis import Analysis
from shapelens.features.grouping import by_span, shown_once
from shapelens.features.shape_text import count_text, flow_text
from shapelens.worker.contract import Kind, Observation, Span


@dataclass(frozen=True)
class CodeLens:
    """A title above the expression of ``span``."""

    span: Span
    title: str


def code_lenses(analysis: Analysis, path: str) -> tuple[CodeLens, ...]:
    """Return a lens for each place of the file that creates a model.

    Its title reads ``Model (None, 28) → (None, 10) · 290 parameters``.
    """
    lenses = []
    for span, items in by_span(analysis, path):
        models = [item for item in items if item.kind is Kind.MODEL and item.created]
        if models:
            lenses.append(CodeLens(span, shown_once(models, _title)))
    return tuple(lenses)


def _title(item: Observation) -> str:
    flow = flow_text(item)
    size = "" if item.parameters is None else f"{count_text(item.parameters)} parameters"
    return " · ".join(part for part in (f"Model {flow}" if flow else "Model, not built yet", size) if part)
