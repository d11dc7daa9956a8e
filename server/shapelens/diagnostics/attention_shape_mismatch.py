"""``attention-shape-mismatch``: query, value, key or mask of an attention layer do not fit each other."""

from __future__ import annotations

import re

from shapelens.diagnostics.explaining.attention import attention
from shapelens.diagnostics.message import essence
from shapelens.diagnostics.model import Severity
from shapelens.diagnostics.rule import Documentation, FaultRule, patterns
from shapelens.worker.contract import Fault

_LAYERS = ("MultiHeadAttention", "Attention", "AdditiveAttention", "GroupedQueryAttention", "GroupQueryAttention")

_OF_OPERATIONS = re.compile(
    r"Matrix size-incompatible|Incompatible shapes: \[|Dimensions must be equal, but are|must be broadcastable|"
    r"Expected dimension \S+ at axis|Inner dimensions|Cannot broadcast shape|incompatible shapes for broadcasting|"
    r"contracting dimensions|The size of tensor a|mat1 and mat2|Expected size for first two dimensions|"
    r"must match the existing size|einsum\(\): "
)
"""What an operation within such a layer says: TensorFlow, Keras, JAX, PyTorch."""


def _accepts(fault: Fault) -> bool:
    return fault.layer in _LAYERS and bool(_OF_OPERATIONS.search(essence(fault.message)))


RULE = FaultRule(
    code="attention-shape-mismatch",
    severity=Severity.ERROR,
    documentation=Documentation(
        what="`MultiHeadAttention`, `Attention` or `AdditiveAttention` got tensors that do not fit each other.",
        why="""\
Value and key are pairs: they need the same length. `Attention` and `AdditiveAttention` have no weights of their own
that could change a size: query and key need the same number of features. A mask is (batch, queries, keys). Attention
layers check little of this while tensors are symbolic, so the mistake often shows only when the model is fitted.""",
        example="""query, value = keras.Input((5, 16)), keras.Input((7, 12))
model = keras.Model([query, value], layers.Attention()([query, value]))
model.predict([np.zeros((2, 5, 16)), np.zeros((2, 7, 12))])""",
        instead="""query, value = keras.Input((5, 16)), keras.Input((7, 12))
model = keras.Model([query, value], layers.Attention()([query, layers.Dense(16)(value)]))
model.predict([np.zeros((2, 5, 16)), np.zeros((2, 7, 12))])""",
        keras="""\
The model is built without an error; `predict` raises `Dimensions must be equal, but are 16 and 12` with input shapes
(2, 5, 16) and (2, 12, 7). `MultiHeadAttention` raises `All dimensions of value and key, except the last one, must be
equal` where their lengths differ.""",
        message="`Attention` compares query and key on the last axis, which is 16 and 12: (2, 5, 16) and (2, 7, 12).",
    ),
    explain=attention,
    patterns=patterns(
        # keras/src/layers/attention/multi_head_attention.py and grouped_query_attention.py
        r"All dimensions of `value` and `key`, except the last one, must be equal",
        r"The last dimension of `query_shape` and `value_shape` must be equal",
        # keras/src/layers/attention/attention.py
        r"layer must be called on a list of inputs, namely \[query, value\]",
        r"layer accepts inputs list of length 2 or 3, namely \[query, value\]",
        r"layer mask must be a list, namely \[query_mask, value_mask\]",
        r"layer accepts mask list of length 2 or 3",
    ),
    accepts=_accepts,
)
