"""``layer-rank-mismatch``: a layer got a tensor with another number of dimensions than it takes."""

from __future__ import annotations

from shapelens.diagnostics.explaining.rank import rank
from shapelens.diagnostics.model import Severity
from shapelens.diagnostics.rule import Documentation, FaultRule, patterns

RULE = FaultRule(
    code="layer-rank-mismatch",
    severity=Severity.ERROR,
    documentation=Documentation(
        what="""\
A layer was called with a tensor of another rank (number of dimensions, the batch axis included) than it takes.""",
        why="""\
Layers are written for one layout: recurrent layers and `Conv1D` take (batch, steps, features), `Conv2D` and its
pooling take (batch, height, width, channels), `RepeatVector` takes (batch, features). Keras refuses anything
else, as it could only guess which axis is missing or too many.""",
        example="""model = keras.Sequential([
    keras.Input((20, 32)),
    layers.LSTM(64),
    layers.LSTM(32),
])""",
        instead="""model = keras.Sequential([
    keras.Input((20, 32)),
    layers.LSTM(64, return_sequences=True),
    layers.LSTM(32),
])""",
        keras="""\
`LSTM(64)` returns its last step only, (None, 64). The second `LSTM` raises `ValueError: Input 0 with name
'None' of layer 'lstm_1' is incompatible with the layer: expected ndim=3, found ndim=2. Full shape received:
(None, 64)`.""",
        message="`LSTM` needs (batch, steps, features) but gets (None, 64) from `layers.LSTM(64)` in line 3.",
    ),
    explain=rank,
    patterns=patterns(
        # keras/src/layers/input_spec.py, assert_input_compatibility; the same words in Keras 2
        r"expected (?:min_|max_)?ndim=\d+, found ndim=\d+",
        # keras/src/ops/operation_utils.py, compute_conv_output_shape
        r"Kernel shape must have the same length as input, but received kernel of shape",
        # keras/src/layers/rnn/time_distributed.py
        r"`TimeDistributed` Layer should be passed an `input_shape\s*` with at least 3 dimensions",
    ),
)
