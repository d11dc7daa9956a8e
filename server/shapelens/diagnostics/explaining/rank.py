"""A layer that was called with a tensor of another rank."""

from __future__ import annotations

import re

from shapelens.diagnostics.explaining.explanation import Explanation
from shapelens.diagnostics.explaining.sights import Sights, input_text
from shapelens.worker.contract import Fault

_LAYOUTS = {
    "1D": "(batch, steps, features)",
    "2D": "(batch, height, width, channels)",
    "3D": "(batch, depth, height, width, channels)",
}
_RECURRENT = ("LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional")

_RANK = re.compile(r"expected (min_|max_)?ndim=(\d+), found ndim=(\d+)(?:\. Full shape received: (\([^)]*\)))?")
_KERNEL = re.compile(
    r"Kernel shape must have the same length as input, but received kernel of shape \([^)]*\) and "
    r"input of shape (\([^)]*\))"
)
_TIME = re.compile(r"`TimeDistributed` Layer should be passed .* received: (\([^)]*\))")


def rank(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain a layer that takes another number of axes."""
    if fault.layer is None:
        return None
    ndim, kernel, time = _RANK.search(core), _KERNEL.search(core), _TIME.search(core)
    if ndim is not None:
        needs, shape = _needs(sights, fault.layer, ndim.group(1) or "", ndim.group(2)), ndim.group(4) or ""
    elif kernel is not None:
        needs, shape = _layout(sights, fault.layer), kernel.group(1)
    elif time is not None:
        needs, shape = "(batch, steps, ...)", time.group(1)
    else:
        return None
    given, related = input_text(sights, fault, shape)
    if not needs or not given:
        return None
    return Explanation(f"`{fault.layer}` needs {needs} but gets {given}.", related)


def _needs(sights: Sights, layer: str, bound: str, wanted: str) -> str:
    layout = _layout(sights, layer)
    # A convolution takes leading axes beside those of its layout; one that lacks an axis is told what is missing.
    if layout and bound != "max_" and layout.count(",") == int(wanted) - 1:
        return layout
    return f"{ {'min_': 'at least ', 'max_': 'at most '}.get(bound, '') }{wanted} axes".strip()


def _layout(sights: Sights, layer: str) -> str:
    if layer == "RepeatVector":
        return "(batch, features)"
    if layer in _RECURRENT:
        return "(batch, steps, features)"
    return "" if sights.mentions("channels_first") else _LAYOUTS.get(layer.removesuffix("Transpose")[-2:], "")
