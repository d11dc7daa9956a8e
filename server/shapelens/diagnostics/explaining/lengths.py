"""Inputs and targets of different length."""

from __future__ import annotations

import re

from shapelens.diagnostics.explaining.explanation import Explanation
from shapelens.diagnostics.explaining.sights import Sights
from shapelens.worker.contract import Fault

_SIZES = re.compile(r"'?x'? sizes: ([\d, ]+?)\s+'?y'? sizes: ([\d, ]+)")


def lengths(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain data whose first axes differ."""
    found = _SIZES.search(core)
    if found is None:
        return None
    x, y = (" and ".join(dict.fromkeys(part.strip(" ,").split(", "))) for part in found.groups())
    return Explanation(f"The inputs have {x} samples and the targets {y}; each sample needs a target.")
