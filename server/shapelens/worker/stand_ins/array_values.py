"""Functions that tell which values there are; answered where a sample is sure to have met all of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from .array_storage import compact, depends_on_values, plain

_OFTEN = 12
"""Times that a value occurs on average before a sample is taken to hold every value.

That one of k equally likely values is missed is then less likely than k * exp(-12).
"""


def unique(
    ar: Any, return_index: Any = False, return_inverse: Any = False, return_counts: Any = False, **more: Any
) -> Any:
    """Return the distinct values: labels of a few classes, of which thousands are stored.

    Raises:
        NotEvaluated: the array stores too few of its values to know them.
    """
    stored = compact(ar)
    if stored.size != ar.size or more.get("axis") is not None:
        depends_on_values("numpy.unique(...)")
    values, *rest = np.unique(plain(ar), return_index=True, return_inverse=True, return_counts=True)
    if values.size * _OFTEN > ar.size:
        depends_on_values("numpy.unique(...)")
    wanted = (return_index, return_inverse, return_counts)
    chosen = [item for item, asked in zip(rest, wanted) if asked]
    return (values, *chosen) if chosen else values


def bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Any:
    """Count labels, where it is sure which there are."""
    stored = compact(x)
    if stored.size != x.size or np.unique(stored).size * _OFTEN > x.size:
        depends_on_values("numpy.bincount(...)")
    return np.bincount(plain(x), None, minlength).astype(int if weights is None else float)


def histogram(a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Any:
    """Count values in bins; how many there are is only known where their number is given."""
    if isinstance(bins, str):
        depends_on_values("numpy.histogram(...)")
    return np.histogram(compact(a), bins, range, density)
