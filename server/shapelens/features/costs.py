"""What a layer costs for one sample: arithmetic operations, and elements and bytes of its output.

How operations are counted: a multiplication and the addition to its sum are two, as TensorFlow's profiler and most
papers have it. Adding a bias is one for each element of the output, a normalization with known statistics two,
pooling one for each element of its window. Activation functions, softmax, dropout and masks are not counted:
what they cost is a matter of the hardware, and little beside the rest. Moving values, as reshaping and looking up
embeddings do, is no operation. Inference is counted, not training, and nothing that is done once for all samples.
A test compares the numbers with those of TensorFlow's profiler: they are equal but for what the test says.

Nothing is estimated: a size that is not known, or a layer that is not in the table, makes the number None.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from shapelens.features.shape_text import leaves
from shapelens.worker.contract import Computation, GraphNode, NodeKind, Structure, TensorSpec


@dataclass(frozen=True)
class Cost:
    """For one sample; None where it is not known."""

    flops: int | None
    activations: int | None
    """Elements of the output."""
    activation_bytes: int | None


class _Unknown(Exception):
    """A size that is needed is not known."""


@dataclass(frozen=True)
class _Call:
    """A call of a layer, its shapes without the batch axis."""

    layer: Computation
    inputs: tuple[tuple[int | None, ...], ...]
    outputs: tuple[tuple[int | None, ...], ...]

    def weight(self, number: int, rank: int | None = None) -> tuple[int, ...]:
        """Return the shape of a weight; raises _Unknown where there is none, or one of another rank."""
        if number >= len(self.layer.weights):
            raise _Unknown
        shape = self.layer.weights[number]
        if rank is not None and len(shape) != rank:
            raise _Unknown
        return shape

    def has_weights(self, *numbers: int) -> None:
        """Raise _Unknown unless the layer has so many weights: adapters and quantization add some."""
        if len(self.layer.weights) not in numbers:
            raise _Unknown

    @property
    def input(self) -> int:
        """The elements of the first input."""
        return _size(self.inputs[0]) if self.inputs else _raise()

    @property
    def output(self) -> int:
        """The elements of the first output."""
        return _size(self.outputs[0]) if self.outputs else _raise()

    def axis(self, number: int, axis: int) -> int:
        """Return a dimension of an input, the batch axis not counted."""
        if number >= len(self.inputs) or not -len(self.inputs[number]) <= axis < len(self.inputs[number]):
            raise _Unknown
        size = self.inputs[number][axis]
        return _raise() if size is None else size


def cost(node: GraphNode) -> Cost:
    """Return what one call of a layer, model, input or operation costs for one sample.

    The operations of a Functional or Sequential model are those of its layers; a layer or model of the program's own
    class may compute more than its layers do, so its operations are not known.
    """
    outputs = leaves(node.output)
    return Cost(_flops(node), _total(map(_elements, outputs)), _total(map(_bytes, outputs)))


def activation_bytes(structure: Structure | None) -> int | None:
    """Return the bytes of a structure of tensors for one sample; None where a size is not known."""
    return _total(map(_bytes, leaves(structure)))


def _flops(node: GraphNode) -> int | None:
    if node.kind is NodeKind.INPUT:
        return 0
    if node.fault is not None:
        return None
    if node.kind is NodeKind.MODEL and node.computation is not None and node.nodes:
        return _total(map(_flops, node.nodes))
    if node.computation is None:
        return None
    call = _Call(node.computation, _samples(node.input), _samples(node.output))
    return _count(call)


def _count(call: _Call) -> int | None:
    rule = _RULES.get(call.layer.keras_class)
    if rule is None:
        return None
    try:
        return rule(call)
    except _Unknown:
        return None


# --- kernels --------------------------------------------------------------------------------------------------


def _dense(call: _Call) -> int:
    call.has_weights(1, 2)
    kernel = call.weight(0, 2)
    return call.output * (2 * kernel[0] + _bias(call, 1))


def _einsum_dense(call: _Call) -> int:
    call.has_weights(1, 2)
    operands, _, result = call.layer.equation.replace(" ", "").partition("->")
    terms = operands.split(",")
    if len(terms) != 2 or not result:
        raise _Unknown
    left, kernel = terms
    sizes = dict(zip(kernel, call.weight(0, len(kernel)), strict=True))
    # Letters stand for the last axes of the input, the batch axis among them or in the dots.
    letters = left.replace("...", "")
    axes = letters if left.startswith("...") else letters[1:]
    for offset, letter in enumerate(reversed(axes), 1):
        sizes.setdefault(letter, call.axis(0, -offset))
    contracted = math.prod(sizes[letter] for letter in set(kernel) & set(letters) if letter not in result)
    # Keras may not know the output's sizes where the layer was told None, but the input's.
    output = call.output if "..." in result else math.prod(sizes[letter] for letter in result[1:])
    return output * (2 * contracted + _bias(call, 1))


def _convolution(call: _Call) -> int:
    call.has_weights(1, 2)
    return call.output * (2 * math.prod(call.weight(0)[:-1]) + _bias(call, 1))


def _transposed_convolution(call: _Call) -> int:
    call.has_weights(1, 2)
    # Each element of the input goes, times the kernel, to the elements of the output around it.
    return 2 * call.input * math.prod(call.weight(0)[:-1]) + call.output * _bias(call, 1)


def _depthwise_convolution(call: _Call) -> int:
    call.has_weights(1, 2)
    return call.output * (2 * math.prod(call.weight(0)[:-2]) + _bias(call, 1))


def _separable_convolution(call: _Call) -> int:
    call.has_weights(2, 3)
    depthwise, pointwise = call.weight(0), call.weight(1)
    positions = call.output // pointwise[-1]
    between = depthwise[-2] * depthwise[-1]
    return positions * between * 2 * math.prod(depthwise[:-2]) + call.output * (2 * between + _bias(call, 2))


def _bias(call: _Call, number: int) -> int:
    return 1 if len(call.layer.weights) > number else 0


# --- recurrent layers -----------------------------------------------------------------------------------------


def _step(cell: str, weights: Sequence[tuple[int, ...]]) -> int:
    """Return the operations of one step: two matrices and their sum, the bias, and the gates one by one."""
    if cell not in _CELLS or len(weights) not in (2, 3) or any(len(shape) != 2 for shape in weights[:2]):
        raise _Unknown
    gates, elementwise = _CELLS[cell]
    (features, width), (units, recurrent_width) = weights[:2]
    if width != gates * units or recurrent_width != width:
        raise _Unknown
    bias = math.prod(weights[2]) if len(weights) == 3 else 0
    return 2 * features * width + 2 * units * width + width + bias + elementwise * units


_CELLS: Mapping[str, tuple[int, int]] = {
    # f*c + i*g and o*tanh(c)
    "LSTM": (4, 4),
    "LSTMCell": (4, 4),
    # r*h, and z*h + (1 - z)*g
    "GRU": (3, 5),
    "GRUCell": (3, 5),
    "SimpleRNN": (1, 0),
    "SimpleRNNCell": (1, 0),
}
"""Gates of a recurrent layer, and its operations for each unit beside matrices and bias."""


def _recurrent(call: _Call) -> int:
    cell = call.layer.inner if call.layer.keras_class == "RNN" else call.layer.keras_class
    return call.axis(0, 0) * _step(cell, call.layer.weights)


def _bidirectional(call: _Call) -> int:
    weights = call.layer.weights
    half = len(weights) // 2
    one_way = _step(call.layer.inner, weights[:half]) + _step(call.layer.inner, weights[half:])
    units = weights[1][0]
    last = call.outputs[0][-1] if call.outputs else None
    joining = call.output if last == units else 0  # the two are added or the like, not put side by side
    return call.axis(0, 0) * one_way + joining


def _time_distributed(call: _Call) -> int:
    inner = Computation(call.layer.inner, call.layer.weights, call.layer.window, call.layer.equation)
    once = _count(
        replace(
            call,
            layer=inner,
            inputs=tuple(shape[1:] for shape in call.inputs),
            outputs=tuple(shape[1:] for shape in call.outputs),
        )
    )
    if once is None:
        raise _Unknown
    return call.axis(0, 0) * once


# --- attention ------------------------------------------------------------------------------------------------


def _multi_head_attention(call: _Call) -> int:
    """Count four projections, the scores of each head, and the values that they weigh."""
    call.has_weights(4, 8)
    step = len(call.layer.weights) // 4
    query, key, value, output = (call.weight(number * step, 3) for number in range(4))
    if any(len(shape) != 2 for shape in call.inputs[:2]) or len(call.inputs) < 2:
        raise _Unknown
    targets, sources = call.axis(0, 0), call.axis(1, 0)
    heads, width = query[1:]
    scaled = heads * targets * sources
    projections = 2 * (targets * (math.prod(query) + math.prod(output)) + sources * (math.prod(key) + math.prod(value)))
    biases = 0
    if step == 2:
        biases = targets * (math.prod(query[1:]) + output[-1]) + sources * (math.prod(key[1:]) + math.prod(value[1:]))
    return projections + biases + scaled * (1 + 2 * (width + value[-1]))


def _attention(call: _Call) -> int:
    if any(len(shape) != 2 for shape in call.inputs[:2]) or len(call.inputs) < 2:
        raise _Unknown
    targets, sources = call.axis(0, 0), call.axis(1, 0)
    return 2 * targets * sources * (call.axis(0, 1) + call.axis(1, 1)) + targets * sources * len(call.layer.weights)


# --- everything else ------------------------------------------------------------------------------------------


def _pooling(call: _Call) -> int:
    if not call.layer.window:
        raise _Unknown
    return call.output * math.prod(call.layer.window)


def _merge(call: _Call) -> int:
    return call.output * max(1, len(call.inputs) - 1)


def _dot(call: _Call) -> int:
    if any(len(shape) != 1 for shape in call.inputs):
        raise _Unknown  # the axes are not known
    return 2 * call.input


def _layer_normalization(call: _Call) -> int:
    """Count six for each element, for mean, variance and their use, two more for a scale and one for an offset."""
    weights = len(call.layer.weights)
    return call.output * (6 + (weights + 1 if weights else 0))


def _none(call: _Call) -> int:
    return 0


_ZERO = (
    # Layers that move values, and those that do nothing, or an activation function, in inference.
    "Activation ActivityRegularization AlphaDropout Concatenate Cropping1D Cropping2D Cropping3D Dropout ELU Embedding "
    "Flatten GaussianDropout GaussianNoise Identity InputLayer LeakyReLU Masking PReLU Permute ReLU RepeatVector "
    "Reshape Softmax SpatialDropout1D SpatialDropout2D SpatialDropout3D ThresholdedReLU UpSampling1D UpSampling2D "
    "UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D "
    # Operations.
    "BroadcastTo Cast ConvertToTensor Copy ExpandDims Flip GetItem Gelu LogSoftmax Moveaxis Pad Ravel Relu Relu6 "
    "Repeat Roll Selu Sigmoid Silu Softplus Split Squeeze Stack Swapaxes Take Tanh Tile Transpose Unstack"
)

_RULES: Mapping[str, Callable[[_Call], int]] = {
    **dict.fromkeys(_ZERO.split(), _none),
    "Dense": _dense,
    "EinsumDense": _einsum_dense,
    **dict.fromkeys(("Conv1D", "Conv2D", "Conv3D"), _convolution),
    **dict.fromkeys(("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"), _transposed_convolution),
    **dict.fromkeys(("DepthwiseConv1D", "DepthwiseConv2D"), _depthwise_convolution),
    **dict.fromkeys(("SeparableConv1D", "SeparableConv2D"), _separable_convolution),
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN", "RNN"), _recurrent),
    "Bidirectional": _bidirectional,
    "TimeDistributed": _time_distributed,
    **dict.fromkeys(("MultiHeadAttention", "GroupQueryAttention", "GroupedQueryAttention"), _multi_head_attention),
    "Attention": _attention,
    **dict.fromkeys(
        [f"{kind}Pooling{rank}D" for kind in ("Max", "Average") for rank in (1, 2, 3)],
        _pooling,
    ),
    **dict.fromkeys(
        [f"Global{kind}Pooling{rank}D" for kind in ("Max", "Average") for rank in (1, 2, 3)],
        lambda call: call.input,
    ),
    **dict.fromkeys(("Add", "Subtract", "Multiply", "Divide", "TrueDivide", "Maximum", "Minimum"), _merge),
    "Average": lambda call: call.output * len(call.inputs),
    "Dot": _dot,
    "Matmul": lambda call: 2 * call.output * call.axis(0, -1),
    **dict.fromkeys(("Mean", "Sum", "Max", "Min"), lambda call: call.input),
    **dict.fromkeys(("Negative", "Square", "Absolute"), lambda call: call.output),
    **dict.fromkeys(("BatchNormalization", "Rescaling", "Normalization"), lambda call: 2 * call.output),
    "LayerNormalization": _layer_normalization,
    "GroupNormalization": lambda call: 6 * call.output,
    "RMSNormalization": lambda call: call.output * (3 + len(call.layer.weights)),
    "UnitNormalization": lambda call: 3 * call.output,
}
"""The operations of one call, by the class of the layer or operation."""

# --- shapes ---------------------------------------------------------------------------------------------------


def _samples(structure: Structure | None) -> tuple[tuple[int | None, ...], ...]:
    """Return the shapes of tensors without their batch axis; one of unknown rank ends the list."""
    found: list[tuple[int | None, ...]] = []
    for spec in leaves(structure):
        if spec.shape is None:
            break
        found.append(spec.shape[1:])
    return tuple(found)


def _size(shape: Sequence[int | None]) -> int:
    product = 1
    for size in shape:
        product *= _raise() if size is None else size
    return product


def _raise() -> int:
    raise _Unknown


def _elements(spec: TensorSpec) -> int | None:
    if spec.shape is None or None in spec.shape[1:]:
        return None
    return math.prod(size for size in spec.shape[1:] if size is not None)


_BYTES = {
    **dict.fromkeys(("bool", "int8", "uint8", "float8_e4m3fn", "float8_e5m2"), 1),
    **dict.fromkeys(("float16", "bfloat16", "int16", "uint16"), 2),
    **dict.fromkeys(("float32", "int32", "uint32"), 4),
    **dict.fromkeys(("float64", "int64", "uint64", "complex64"), 8),
    "complex128": 16,
}


def _bytes(spec: TensorSpec) -> int | None:
    size, elements = _BYTES.get(spec.dtype), _elements(spec)
    return None if size is None or elements is None else size * elements


def _total(parts: Iterable[int | None]) -> int | None:
    total, known = 0, False
    for part in parts:
        if part is None:
            return None
        total, known = total + part, True
    return total if known else None
