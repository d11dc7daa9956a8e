"""Layers that go through the steps of a sequence."""

from __future__ import annotations

import ast

from shapelens.repairs.problem import LayerSeen
from shapelens.source.syntax_tree import callee

_RECURRENT = ("LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "CuDNNLSTM", "CuDNNGRU")


def is_recurrent(layer: LayerSeen) -> bool:
    """Tell whether a layer is recurrent, or wraps one that is."""
    return recurrent_call(layer.maker) is not None


def recurrent_call(maker: ast.Call) -> ast.Call | None:
    """Return the expression that makes the recurrent layer: that in ``Bidirectional(LSTM(3))``."""
    if callee(maker) in _RECURRENT:
        return maker
    if callee(maker) == "Bidirectional" and maker.args and isinstance(maker.args[0], ast.Call):
        return recurrent_call(maker.args[0])
    return None
