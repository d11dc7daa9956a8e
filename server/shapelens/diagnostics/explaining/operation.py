"""An operation on tensors or arrays whose shapes do not fit each other."""

from __future__ import annotations

from shapelens.diagnostics.explaining.axes import axes
from shapelens.diagnostics.explaining.broadcasting import broadcasting
from shapelens.diagnostics.explaining.einsum import einsum
from shapelens.diagnostics.explaining.explanation import first_of
from shapelens.diagnostics.explaining.feature_axis import cell_features
from shapelens.diagnostics.explaining.joining import joining
from shapelens.diagnostics.explaining.loss import loss_arithmetic
from shapelens.diagnostics.explaining.products import product

operation = first_of(loss_arithmetic, cell_features, product, einsum, joining, broadcasting, axes)
"""The kinds of operations in turn; each knows by the words and the operation whether it is meant."""
