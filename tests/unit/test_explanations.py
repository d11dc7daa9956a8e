"""What diagnostics say instead of the words of Keras, its backends and NumPy, which are given here as measured.

Keras 3.15 on TensorFlow 2.21 unless a case says otherwise; other versions and backends have words of their own.
"""

from __future__ import annotations

import pytest

from shapelens.diagnostics import diagnose
from shapelens.worker.contract import Fault, Items, Structure, TensorSpec
from support.made import Source, spec

SOURCE = Source(
    "import tensorflow as tf\n"
    "left, right = tf.zeros((3, 4)), tf.zeros((5, 4))\n"
    "made = tf.matmul(left, right)\n"
    "turned = tf.matmul(left, right, transpose_b=flag)\n"
    "added = left + right\n"
    "joined = tf.concat([left, right], axis=0)\n"
    "summed = tf.einsum('ij,jk->ik', left, right)\n"
    "layer(left)\n"
)


def told(
    message: str, place: str = "layer(left)", layer: str | None = None, given: Structure | None = None
) -> tuple[str, str]:
    """Return code and message of a fault with these words."""
    fault = Fault(SOURCE.place(place), "ValueError", message, origin="keras", layer=layer, input=given)
    (found,) = diagnose(SOURCE.analysis(faults=(fault,)))
    return found.code, found.message


RESHAPED = "`Reshape` to (64,) needs 64 values per sample, not 1: it gets (None, 1)."
LAYERS = [
    # words, layer, what it was called with, code, message
    (
        (
            "Exception encountered when calling Reshape.call().\n\n\x1b[1mThe total size of the tensor must be "
            "unchanged. "
            "Received: input_shape=(1,), target_shape=(64,)\x1b[0m\n\nArguments received by Reshape.call():\n  • "
            "args=()"
        ),
        "Reshape",
        spec(None, 1),
        "reshape-size-mismatch",
        RESHAPED,
    ),
    # Keras 2
    (
        "total size of new array must be unchanged, input_shape = [1], output_shape = [64]",
        "Reshape",
        spec(None, 1),
        "reshape-size-mismatch",
        RESHAPED,
    ),
    (
        (
            "The total size of the tensor must be unchanged, however, the input size cannot by divided by the "
            "specified "
            "dimensions in target_shape. Received: input_shape=(10,), target_shape=(-1, 3)"
        ),
        "Reshape",
        spec(None, 10),
        "reshape-size-mismatch",
        "`Reshape` to (-1, 3) needs a multiple of 3 values per sample, not 10: it gets (None, 10).",
    ),
    (
        (
            "Computed output size would be zero or negative. Received `inputs shape=(None, 6, 20, 1)`, "
            "`kernel shape=(5, 5, 1, 8)`, `dilation_rate=[2 2]`, `strides=(1, 1)`, `padding=valid`."
        ),
        "Conv2D",
        spec(None, 6, 20, 1),
        "non-positive-dimension",
        "The 9 × 9 window in `Conv2D` does not fit into (None, 6, 20, 1): axis 1 has 6.",
    ),
    # Keras 2
    (
        (
            "One of the dimensions in the output is <= 0 due to downsampling in conv2d. Consider increasing the input "
            "size. Received input shape [None, 3, 3, 1] which would produce output shape with a zero or negative "
            "value in "
            "a dimension."
        ),
        "Conv2D",
        spec(None, 3, 3, 1),
        "non-positive-dimension",
        "The window of `Conv2D` does not fit into (None, 3, 3, 1).",
    ),
    # PyTorch
    (
        (
            "Calculated padded input size per channel: (3 x 3). Kernel size: (5 x 5). Kernel size can't be greater "
            "than "
            "actual input size"
        ),
        "Conv2D",
        spec(1, 3, 3, 1),
        "non-positive-dimension",
        "The window of `Conv2D` does not fit into (1, 3, 3, 1).",
    ),
    (
        (
            "Kernel shape must have the same length as input, but received kernel of shape (3, 3, 3, 8) and input of "
            "shape (None, 4, 8, 8, 3)."
        ),
        "Conv2D",
        spec(None, 4, 8, 8, 3),
        "layer-rank-mismatch",
        "`Conv2D` needs (batch, height, width, channels) but gets (None, 4, 8, 8, 3).",
    ),
    # Keras 2: a recurrent layer declares a whole shape, as models do.
    (
        (
            'Input 0 of layer "lstm_1" is incompatible with the layer: '
            "expected shape=(None, None, 8), found shape=(2, 5, 7)"
        ),
        "LSTM",
        spec(2, 5, 7),
        "input-structure-mismatch",
        "`LSTM` takes (None, None, 8) but gets (2, 5, 7).",
    ),
    (
        "Incompatible shapes: [32,4,24,24] vs. [1,1,32,24] [Op:LogicalAnd] name: ",
        "MultiHeadAttention",
        Items((spec(32, 24, 8), spec(32, 24, 8), TensorSpec((32, 24), "bool"))),
        "attention-shape-mismatch",
        "The mask of `MultiHeadAttention` must be (batch, queries, keys), here (32, 24, 24), not (32, 24).",
    ),
    # PyTorch
    (
        "Expected size for first two dimensions of batch2 tensor to be: [3, 8] but got: [3, 6].",
        "Attention",
        Items((spec(3, 5, 8), spec(3, 7, 6))),
        "attention-shape-mismatch",
        "`Attention` compares query and key on the last axis, which is 8 and 6: (3, 5, 8) and (3, 7, 6).",
    ),
]


@pytest.mark.parametrize(("words", "layer", "given", "code", "message"), LAYERS)
def test_layers(words: str, layer: str, given: Structure, code: str, message: str) -> None:
    assert told(words, layer=layer, given=given) == (code, message)


OPERATIONS = [
    # words, expression, message
    (
        (
            "Dimensions must be equal, but are 4 and 5 for '{{node MatMul}} = MatMul[T=DT_FLOAT, grad_a=false, "
            "grad_b=false, transpose_a=false, transpose_b=false](a, b)' with input shapes: [3,4], [5,4]."
        ),
        "tf.matmul(left, right)",
        "(3, 4) @ (5, 4) needs 4, not 5, on axis 0 of the second. Its transpose would fit.",
    ),
    (
        (
            "Dimensions must be equal, but are 4 and 3 for '{{node MatMul}} = MatMul[T=DT_FLOAT, grad_a=false, "
            "grad_b=false, transpose_a=false, transpose_b=true](a, b)' with input shapes: [3,4], [5,3]."
        ),
        "tf.matmul(left, right)",
        "(3, 4) @ (5, 3) transposed needs 4, not 3, on axis 1 of the second.",
    ),
    (
        (
            "{{function_node __wrapped____MklMatMul_device_/job:localhost/replica:0/task:0/device:CPU:0}} Matrix "
            "size-incompatible: In[0]: [3,4], In[1]: [5,3] [Op:MatMul] name: "
        ),
        "tf.matmul(left, right)",
        "(3, 4) @ (5, 3) needs 4, not 5, on axis 0 of the second.",
    ),
    ("shapes (3,4) and (5,4) not aligned: 4 (dim 1) != 5 (dim 0)", "tf.matmul(left, right)", None),
    (
        "Incompatible shapes: [3,4] vs. [5,4] [Op:AddV2] name: ",
        "left + right",
        "(3, 4) and (5, 4) do not broadcast: axis -2 is 3 and 5.",
    ),
    (
        (
            "Cannot broadcast shape, the failure dim has value 3, which cannot be broadcasted to 5. Input shapes are: "
            "[None, 3, 4] and [5, 4]."
        ),
        "left + right",
        "(None, 3, 4) and (5, 4) do not broadcast: axis -2 is 3 and 5.",
    ),
    (
        (
            "ConcatOp : Dimension 1 in both shapes must be equal: shape[0] = [3,4] vs. shape[1] = [3,5] [Op:ConcatV2] "
            "name: concat"
        ),
        "tf.concat([left, right], axis=0)",
        "(3, 4) and (3, 5) cannot be joined on axis 0: axis 1 is 4 and 5.",
    ),
    (
        (
            "ConcatOp : Ranks of all input tensors should match: shape[0] = [8,64] vs. shape[1] = [8,1,32] "
            "[Op:ConcatV2] "
            "name: concat"
        ),
        "tf.concat([left, right], axis=0)",
        "(8, 64) and (8, 1, 32) cannot be joined: they have 2 and 3 axes.",
    ),
    # JAX
    (
        (
            "Cannot concatenate arrays with shapes that differ in dimensions other than the one being concatenated: "
            "concatenating along dimension 0 for shapes (3, 4), (3, 5)."
        ),
        "tf.concat([left, right], axis=0)",
        "(3, 4) and (3, 5) cannot be joined on axis 0: axis 1 is 4 and 5.",
    ),
    (
        (
            "Dimensions must be equal, but are 4 and 5 for '{{node einsum/Einsum}} = Einsum[N=2, T=DT_FLOAT, "
            'equation="ij,jk->ik"](a, b)\' with input shapes: [3,4], [5,3].'
        ),
        "tf.einsum('ij,jk->ik', left, right)",
        "In `ij,jk->ik`, `j` is 4 and 5: it gets (3, 4) and (5, 3).",
    ),
    (
        "Can not squeeze dim[0], expected a dimension of 1, got 3 [Op:Squeeze] name: ",
        "layer(left)",
        "Axis 0 has 3 entries; only an axis of 1 can be squeezed.",
    ),
]


@pytest.mark.parametrize(("words", "place", "message"), OPERATIONS)
def test_operations(words: str, place: str, message: str | None) -> None:
    expected = message or "(3, 4) @ (5, 4) needs 4, not 5, on axis 0 of the second. Its transpose would fit."
    assert told(words, place) == ("operation-shape-mismatch", expected)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        # Nothing tells whether a side is transposed.
        (
            "Matrix size-incompatible: In[0]: [3,4], In[1]: [5,4] [Op:MatMul]",
            "tf.matmul(left, right, transpose_b=flag)",
        ),
        # The shapes are those of a matrix product within, not of the arguments.
        ("Matrix size-incompatible: In[0]: [3,4], In[1]: [5,4] [Op:MatMul]", "tf.einsum('ij,jk->ik', left, right)"),
        # Said of any operation; these shapes broadcast.
        ("Incompatible shapes: [3,4] vs. [1,4] [Op:Unknown]", "left + right"),
        ("Dimensions must be equal, but are 3 and 4 with input shapes: [3], [4].", "layer(left)"),
        # PyTorch folds axes before it multiplies.
        ("mat1 and mat2 shapes cannot be multiplied (10x7 and 8x12)", "layer(left)"),
    ],
)
def test_what_is_not_sure_keeps_its_words(words: str, place: str) -> None:
    assert told(words, place)[1] in words


KERAS = [
    ("Could not interpret activation function identifier: reluu", "There is no activation `reluu`."),
    ("Dense.__init__() missing 1 required positional argument: 'units'", "`Dense` needs `units`."),
    ("Unrecognized keyword arguments passed to Dense: {'unit': 3}", "`Dense` has no argument `unit`."),
    ("You must call `compile()` before using the model.", "The model is not compiled: call `compile` first."),
    # Keras 2
    (
        (
            "The last dimension of the inputs to a Dense layer should be defined. Found None. Full input shape "
            "received: "
            "(None, 5, None)"
        ),
        "`Dense` needs to know the last axis of its input, which is None in (None, 5, None).",
    ),
    (
        (
            "You called `set_weights(weights)` on layer 'sequential' with a weight list of length 2, but the layer was "
            "expecting 0 weights."
        ),
        "`sequential` has no weights before it is built; it is given 2.",
    ),
    (
        "y_true and y_pred have different structures.\ny_true: *\ny_pred: ['*', '*']\n",
        "The model has 2 outputs but gets 1 array of targets.",
    ),
    (
        "Received a label value of 7 which is outside the valid range of [0, 4).  Label values: 0 1 2 3 4 5 6 7",
        "The loss takes class numbers 0 to 3 for the 4 outputs, but the targets hold 7.",
    ),
    ("indices[0,0] = 7 is not in [0, 5) [Op:GatherV2]", "Index 7 is asked for, but there are only 0 to 4."),
]


@pytest.mark.parametrize(("words", "message"), KERAS)
def test_words_of_keras_that_recur(words: str, message: str) -> None:
    assert told(words) == ("keras-error", message)
