"""Repairs and what they are made of, free of any editor protocol."""

from __future__ import annotations

from dataclasses import dataclass

from shapelens.worker.contract import Span


@dataclass(frozen=True)
class TextEdit:
    """A piece of the program's text, counted in code points, and what stands in its place."""

    span: Span
    text: str


@dataclass(frozen=True)
class Outcome:
    """The expression whose shape the title shows once the repair is evaluated."""

    edit: int
    """Index of the edit that writes it."""
    text: str
    """The expression, as it stands in that edit."""


@dataclass(frozen=True)
class Candidate:
    """A repair that has not been evaluated."""

    kind: str
    """One of the kinds in the reference: ``insert-flatten``."""
    title: str
    """What it does, in the imperative: ``Insert Flatten()``."""
    edits: tuple[TextEdit, ...]
    """In the order of the text; they do not overlap."""
    cost: float = 1.0
    """How far it is from what data, loss and names say was meant; the lowest is tried first."""
    outcome: Outcome | None = None


@dataclass(frozen=True)
class Fix:
    """A repair that was evaluated: the diagnostic is gone and nothing new is wrong."""

    kind: str
    title: str
    """With the outcome: ``Insert Flatten() → (None, 1600)``."""
    edits: tuple[TextEdit, ...]
    preferred: bool = False
    """Whether it may be applied without asking: the first one, where what was meant is plain."""
    verified: bool = True
