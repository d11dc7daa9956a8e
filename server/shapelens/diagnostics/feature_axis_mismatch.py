"""``feature-axis-mismatch``: a layer got another number of features or channels than its weights are made for."""

from __future__ import annotations

from shapelens.diagnostics.explaining.feature_axis import feature_axis
from shapelens.diagnostics.model import Severity
from shapelens.diagnostics.rule import Documentation, FaultRule, patterns

RULE = FaultRule(
    code="feature-axis-mismatch",
    severity=Severity.ERROR,
    documentation=Documentation(
        what="""\
A layer was called with a tensor whose feature axis (the last one, or the channels) has another size than its
weights.""",
        why="""\
The kernel of `Dense`, `Conv2D` and their kin is made for a fixed number of input features, when the layer is
first called or by `input_shape`. A second call must bring as many, and channels must be divisible by `groups`.""",
        example="""head = layers.Dense(10)
a = head(keras.Input((64,)))
b = head(keras.Input((128,)))""",
        instead="""a = layers.Dense(10)(keras.Input((64,)))
b = layers.Dense(10)(keras.Input((128,)))""",
        keras="""\
The first call makes a kernel of shape (64, 10). The second raises `ValueError: Input 0 with name 'None' of
layer 'dense' is incompatible with the layer: expected axis -1 of input shape to have value 64, but received
input with shape (None, 128)`.""",
        message="The weights of `Dense` are made for 64 features on the last axis, but it gets (None, 128).",
    ),
    explain=feature_axis,
    patterns=patterns(
        # keras/src/layers/input_spec.py
        r"expected axis -?\d+ of input shape to have value",
        # keras/src/backend/common/backend_utils.py
        r"number of input channels must match the kernel's input channels",
        # keras/src/layers/convolutional/base_conv.py
        r"number of input channels must be evenly divisible by the number of groups",
        # TensorFlow's Conv2D, which Keras 2 leaves the check to
        r"Depth of input \(\d+\) is not a multiple of input depth of filter",
    ),
)
