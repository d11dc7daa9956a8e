"""Operations that name an axis or an index that a tensor does not have."""

from __future__ import annotations

import re

from shapelens.diagnostics.explaining.explanation import Explanation
from shapelens.diagnostics.explaining.sights import Sights
from shapelens.worker.contract import Fault

_TOLD: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (
            r"Can ?not squeeze dim\[(\d+)\], expected a dimension of 1, got (\d+)",
            "Axis {0} has {1} entries; only an axis of 1 can be squeezed.",
        ),
        (
            r"transpose expects a vector of size (\d+)\. But input\(1\) is a vector of size (\d+)",
            "The tensor has {0} axes, but the permutation names {1}.",
        ),
        (
            r"axis must be a list of the same length as the input shape, expected (\d+), but received (\d+)",
            "The tensor has {0} axes, but the permutation names {1}.",
        ),
        (
            r"evenly divide the split dimension, but got split_dim (\d+) \(size = (\d+)\) and num_split (\d+)",
            "Axis {0} has {1} entries, which cannot be split into {2} equal parts.",
        ),
        (
            r"Index out of range using input dim \d+; input has only (\d+) dims",
            "The index names more axes than the {0} that the tensor has.",
        ),
        (
            r"slice index (-?\d+) of dimension (\d+) out of bounds",
            "Index {0} lies outside of axis {1}.",
        ),
        (
            r"Tried to expand dim index (-?\d+) for tensor with (\d+) dimensions",
            "A new axis cannot be axis {0} of a tensor with {1}.",
        ),
        (
            r"Invalid reduction dimension \(?(-?\d+) for input with (\d+) dimension",
            "There is no axis {0} to reduce: the tensor has {1}.",
        ),
    )
)


def axes(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain an axis that is not there or has another size."""
    for pattern, text in _TOLD:
        found = pattern.search(core)
        if found is not None:
            return Explanation(text.format(*found.groups()))
    return None
