"""What an explanation is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shapelens.diagnostics.model import Related
from shapelens.worker.contract import Fault

if TYPE_CHECKING:
    from shapelens.diagnostics.explaining.sights import Sights


@dataclass(frozen=True)
class Explanation:
    """What a diagnostic says instead of Keras' own words, and the places it speaks of."""

    message: str
    related: tuple[Related, ...] = ()


Explain = Callable[["Sights", Fault, str], Explanation | None]
"""Given what was seen, the fault, and the essential part of its message; None leaves Keras its words."""


def first_of(*explanations: Explain) -> Explain:
    """Return a function that gives what the first of these has to say."""

    def explain(sights: Sights, fault: Fault, core: str) -> Explanation | None:
        return next((found for one in explanations if (found := one(sights, fault, core)) is not None), None)

    return explain
