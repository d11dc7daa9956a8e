"""``non-positive-dimension``: a convolution, pooling or cropping that leaves nothing of an axis."""

from __future__ import annotations

from shapelens.diagnostics.explaining.window import window
from shapelens.diagnostics.model import Severity
from shapelens.diagnostics.rule import Documentation, FaultRule, patterns

RULE = FaultRule(
    code="non-positive-dimension",
    severity=Severity.ERROR,
    documentation=Documentation(
        what="A convolution, pooling or cropping would leave an axis of size zero or less.",
        why="""\
With `padding="valid"`, the default, a kernel of size k shortens an axis by k - 1, and pooling divides it. Small
images are used up after a few such layers, and so are feature maps whose axes are in another order than the
layer takes them to be (`channels_first` data in a `channels_last` layer).""",
        example="""model = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(32, 3),
    layers.MaxPooling2D(),
    layers.Conv2D(64, 5),
])""",
        instead="""model = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(32, 3),
    layers.MaxPooling2D(),
    layers.Conv2D(64, 5, padding="same"),
])""",
        keras="""\
The feature map is (None, 3, 3, 32) when the 5 x 5 kernel comes, and Keras raises `ValueError: Computed output
size would be zero or negative. Received inputs shape=(None, 3, 3, 32), kernel shape=(5, 5, 32, 64), ...`.""",
        message="""\
The 5 × 5 window in `Conv2D` does not fit into (None, 3, 3, 32) from
`layers.MaxPooling2D()` in line 4.""",
    ),
    explain=window,
    patterns=patterns(
        # keras/src/ops/operation_utils.py, compute_conv_output_shape and compute_pooling_output_shape
        r"Computed output size would be zero or negative",
        # keras/src/layers/reshaping/cropping1d.py, cropping2d.py, cropping3d.py
        r"Values in `cropping` argument should be smaller than the corresponding spatial dimension",
        r"`cropping` parameter of `Cropping1D` layer must be smaller than the input length",
        # Keras 2, and TensorFlow, which it leaves most checks to
        r"One of the dimensions in the output is <= 0 due to downsampling",
        r"Negative dimension size caused by subtracting",
        r"Computed output size would be negative: .*input_size: \d+, effective_filter_size: \d+",
        # JAX and PyTorch
        r"The convolution operation resulted in an empty output",
        r"Kernel size can't be greater than actual input size",
        r"Calculated output size: \(.*\)\. Output size is too small",
        r"(?:Argument `cropping`|cropping parameter of Cropping layer) must be greater than the input shape",
    ),
)
