"""``reshape-size-mismatch``: a reshape to a shape with another number of elements."""

from __future__ import annotations

from shapelens.diagnostics.explaining.reshape import reshape
from shapelens.diagnostics.model import Severity
from shapelens.diagnostics.rule import Documentation, FaultRule, patterns

RULE = FaultRule(
    code="reshape-size-mismatch",
    severity=Severity.ERROR,
    documentation=Documentation(
        what="""\
`Reshape`, `keras.ops.reshape`, `tf.reshape` or `ndarray.reshape` got a target shape with another number of
elements.""",
        why="""\
Reshaping moves the same elements into another layout; the product of the dimensions must stay what it was. In
`keras.layers.Reshape` the target leaves the batch axis out, in the functions it does not.""",
        example="""model = keras.Sequential([
    keras.Input((10,)),
    layers.Dense(1),
    layers.Reshape((64,)),
])""",
        instead="""model = keras.Sequential([
    keras.Input((10,)),
    layers.Dense(64),
])""",
        keras="""\
Keras raises `ValueError: The total size of the tensor must be unchanged. Received: input_shape=(1,),
target_shape=(64,)`. Where a dimension is -1 and the rest does not divide the size it says `the input size
cannot by divided by the specified dimensions in target_shape`.""",
        message="""\
`Reshape` to (64,) needs 64 values per sample, not 1: it gets (None, 1) from
`layers.Dense(1)` in line 3.""",
    ),
    explain=reshape,
    patterns=patterns(
        # keras/src/ops/operation_utils.py, compute_reshape_output_shape
        r"total size of the tensor must be unchanged",
        # Keras 2, keras/src/layers/reshaping/reshape.py
        r"total size of new array must be unchanged",
        # TensorFlow's Reshape, at run time and while a graph is built
        r"Input to reshape is a tensor with \d+ values, but the requested shape (?:has|requires a multiple of) \d+",
        r"Cannot reshape a tensor with \d+ elements to shape",
        # NumPy and JAX
        r"[cC]annot reshape array of (?:size|shape) .+ into shape",
        # PyTorch
        r"shape '\[.*\]' is invalid for input of size \d+",
    ),
)
