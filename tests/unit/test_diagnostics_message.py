"""The essential part of messages, as Keras 3.15, Keras 2.21 (tf_keras), TensorFlow 2.21 and NumPy really write them."""

from __future__ import annotations

import pytest

from shapelens.diagnostics.message import essence, plain

CASES = {
    "a layer's call, Keras 3": (
        (
            "Exception encountered when calling Reshape.call().\n\n\x1b[1mThe total size of the tensor must be "
            "unchanged. "
            "Received: input_shape=(1,), target_shape=(64,)\x1b[0m\n\nArguments received by Reshape.call():\n"
            "  • args=('<KerasTensor shape=(None, 1), dtype=float32, sparse=False, ragged=False, "
            "name=keras_tensor_49>',)\n"
            "  • kwargs=<class 'inspect._empty'>"
        ),
        "The total size of the tensor must be unchanged. Received: input_shape=(1,), target_shape=(64,)",
    ),
    "a layer's call, Keras 2, in a graph": (
        (
            'Exception encountered when calling layer "max_pooling2d_1" (type MaxPooling2D).\n\nNegative dimension '
            "size "
            "caused by subtracting 3 from 2 for '{{node max_pooling2d_1/MaxPool}} = MaxPool[T=DT_FLOAT, "
            'data_format="NHWC", explicit_paddings=[], ksize=[1, 3, 3, 1], padding="VALID", strides=[1, 3, 3, 1]]'
            "(Placeholder)' with input shapes: [?,2,2,1].\n\n"
            'Call arguments received by layer "max_pooling2d_1" (type MaxPooling2D):\n'
            "  • inputs=tf.Tensor(shape=(None, 2, 2, 1), dtype=float32)"
        ),
        "Negative dimension size caused by subtracting 3 from 2 with input shapes: [?,2,2,1].",
    ),
    "an eager operation within a layer": (
        (
            "Exception encountered when calling LSTMCell.call().\n\n\x1b[1m{{function_node "
            "__wrapped____MklMatMul_device_"
            "/job:localhost/replica:0/task:0/device:CPU:0}} Matrix size-incompatible: In[0]: [1,5], In[1]: [4,12] "
            "[Op:MatMul] name: \x1b[0m\n\nArguments received by LSTMCell.call():\n"
            "  • inputs=tf.Tensor(shape=(1, 5), dtype=float32)"
        ),
        "Matrix size-incompatible: In[0]: [1,5], In[1]: [4,12]",
    ),
    "a name of the operation": (
        (
            "{{function_node __wrapped__ConcatV2_N_2_device_/job:localhost/replica:0/task:0/device:CPU:0}} ConcatOp : "
            "Dimension 0 in both shapes must be equal: shape[0] = [2,3] vs. shape[1] = [3,4] [Op:ConcatV2] name: concat"
        ),
        "ConcatOp : Dimension 0 in both shapes must be equal: shape[0] = [2,3] vs. shape[1] = [3,4]",
    ),
    "a tf.function": (
        (
            'in user code:\n\n    File "/project/model.py", line 83, in step  *\n        return tf.matmul(a, b)\n\n'
            "    ValueError: Dimensions must be equal, but are 3 and 4 for '{{node MatMul}} = MatMul[T=DT_FLOAT, "
            "grad_a=false, grad_b=false, transpose_a=false, transpose_b=false](a, b)' with input shapes: [2,3], "
            "[4,5].\n"
        ),
        "Dimensions must be equal, but are 3 and 4 with input shapes: [2,3], [4,5].",
    ),
    "a layer's call in a tf.function": (
        (
            'in user code:\n\n    File "/keras/training.py", line 2436, in predict_function  *\n'
            "        return step_function(self, iterator)\n\n"
            "    ValueError: Exception encountered when calling layer 'sequential_9' (type Sequential).\n    \n"
            '    Input 0 of layer "dense_15" is incompatible with the layer: expected min_ndim=2, found ndim=1. '
            "Full shape received: (None,)\n    \n"
            "    Call arguments received by layer 'sequential_9' (type Sequential):\n"
            "      • inputs=tf.Tensor(shape=(None,), dtype=float32)\n"
        ),
        (
            'Input 0 of layer "dense_15" is incompatible with the layer: expected min_ndim=2, found ndim=1. '
            "Full shape received: (None,)"
        ),
    ),
    "a layer of the user's": (
        (
            "Exception encountered when calling DotAttention.call().\n\n\x1b[1mCould not automatically infer the "
            "output "
            "shape / dtype of 'dot_attention' (of type DotAttention). Either the `DotAttention.call()` method is "
            "incorrect, "
            "or you need to implement the `DotAttention.compute_output_spec() / compute_output_shape()` method. "
            "Error encountered:\n\nDimensions must be equal, but are 16 and 9 for '{{node matmul}} = BatchMatMulV2"
            "[T=DT_FLOAT, adj_x=false, adj_y=false](add, add_1)' with input shapes: [?,9,16], [?,9,16].\x1b[0m\n\n"
            "Arguments received by DotAttention.call():\n  • x=..."
        ),
        "Dimensions must be equal, but are 16 and 9 with input shapes: [?,9,16], [?,9,16].",
    ),
    "a graph that fails while it runs": (
        (
            "Graph execution error:\n\nDetected at node MatMul defined at (most recent call last):\n"
            '  File "/project/model.py", line 7, in <module>\n\n'
            "Matrix size-incompatible: In[0]: [2,3], In[1]: [4,5]\n\t [[{{node MatMul}}]] [Op:__inference_f_12]"
        ),
        "Matrix size-incompatible: In[0]: [2,3], In[1]: [4,5]",
    ),
    "paragraphs": (
        (
            "A KerasTensor cannot be used as input to a TensorFlow function. You are likely doing something like:\n\n"
            "```\nx = Input(...)\n```\n"
        ),
        "A KerasTensor cannot be used as input to a TensorFlow function. You are likely doing something like:",
    ),
    "several lines": (
        (
            "Data cardinality is ambiguous. Make sure all arrays contain the same number of samples.'x' sizes: 8\n"
            "'y' sizes: 9\n"
        ),
        (
            "Data cardinality is ambiguous. Make sure all arrays contain the same number of samples.'x' sizes: 8 "
            "'y' sizes: 9"
        ),
    ),
    "nothing around it": ("shapes (2,3) and (4,5) not aligned", "shapes (2,3) and (4,5) not aligned"),
    "nothing at all": ("", ""),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_left(name: str) -> None:
    message, expected = CASES[name]
    assert essence(message) == expected


def test_an_array_in_a_message_does_not_fill_the_screen() -> None:
    shortened = essence("Invalid value: " + "[0. 0. 0.] " * 1000)
    assert len(shortened) == 600
    assert shortened.endswith("...")


def test_plain_text_has_no_terminal_codes() -> None:
    assert plain("\x1b[1mbold\x1b[0m\n\n") == "bold"
