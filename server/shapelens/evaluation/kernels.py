"""Which kernels TensorFlow computes with: quick ones at first, the ones of a plain run where that may matter.

A child makes its kernels anew. Without oneDNN and its code for the newest processors the first eager operations
take 55 ms instead of 95 (a small CNN, on two cores). All that these kernels cannot do, of what plain ones can,
fails with a message that speaks of the CPU: fourteen of TensorFlow's operations were found, such as convolutions with
channels first. An analysis with such a fault is made once more, with the kernels of a plain run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from shapelens.evaluation.analysis import Analysis

_CHOICE = "TF_ENABLE_ONEDNN_OPTS"

_QUICK = ((_CHOICE, "0"), ("ONEDNN_MAX_CPU_ISA", "SSE41"))

_WHERE = re.compile(r"\{\{[^}]*\}\}|device:CPU:\d+")
"""Names of nodes and devices, in nearly every native message."""

_SPEAKS_OF_SUPPORT = re.compile(r"\bCPU\b|primitive|oneDNN|MKL", re.IGNORECASE)


def quick_kernels(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that choose quick kernels; none where the user has made a choice."""
    return {} if _CHOICE in environ else dict(_QUICK)


def in_doubt(analysis: Analysis) -> bool:
    """Tell whether a fault of the analysis may be one of the quick kernels alone."""
    return any(
        fault.exception.endswith("UnimplementedError") or _SPEAKS_OF_SUPPORT.search(_WHERE.sub("", fault.message))
        for fault in analysis.faults
    )
