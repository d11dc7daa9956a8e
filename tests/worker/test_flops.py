"""Operations of layers are those that TensorFlow's own profiler counts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from shapelens.features.costs import cost
from support.evaluation import Evaluations

pytestmark = pytest.mark.slow

HEAD = """\
import keras
from keras import layers


def model(layer, *shapes):
    inputs = [keras.Input(shape) for shape in shapes]
    return keras.Model(inputs, layer(*inputs))


"""

KERNELS = """\
dense = model(layers.Dense(10), (7,))
dense_sequence = model(layers.Dense(10, use_bias=False), (5, 7))
einsum = model(layers.EinsumDense("abc,cde->abde", output_shape=(None, 4, 3), bias_axes="de"), (5, 6))
conv1d = model(layers.Conv1D(8, 3, padding="causal"), (12, 3))
conv2d = model(layers.Conv2D(8, 3, strides=2), (13, 12, 3))
conv2d_same = model(layers.Conv2D(8, (3, 5), padding="same"), (13, 12, 3))
conv3d = model(layers.Conv3D(4, 3), (6, 6, 6, 2))
depthwise = model(layers.DepthwiseConv2D(3, depth_multiplier=2), (12, 12, 3))
separable = model(layers.SeparableConv2D(8, 3), (12, 12, 3))
separable1d = model(layers.SeparableConv1D(8, 3), (12, 3))
transposed = model(layers.Conv2DTranspose(4, 3, strides=2, padding="same"), (5, 5, 3))
distributed = model(layers.TimeDistributed(layers.Conv2D(4, 3)), (5, 8, 8, 3))
lstm = model(layers.LSTM(4, unroll=True), (5, 3))
gru = model(layers.GRU(4, unroll=True), (5, 3))
gru_old = model(layers.GRU(4, unroll=True, reset_after=False), (5, 3))
simple = model(layers.SimpleRNN(4, unroll=True), (5, 3))
bidirectional = model(layers.Bidirectional(layers.LSTM(4, unroll=True)), (5, 3))
added = model(layers.Bidirectional(layers.GRU(4, unroll=True, return_sequences=True), merge_mode="sum"), (5, 3))
"""

OTHERS = """\
max_pooling = model(layers.MaxPooling2D(), (8, 8, 3))
overlapping = model(layers.MaxPooling2D(3, strides=2), (9, 9, 3))
average_pooling = model(layers.AveragePooling2D(3), (9, 9, 3))
global_pooling = model(layers.GlobalAveragePooling2D(), (8, 8, 3))
add = model(lambda a, b, c: layers.Add()([a, b, c]), (5, 3), (5, 3), (5, 3))
multiply = model(lambda a, b: layers.Multiply()([a, b]), (5, 3), (5, 3))
operators = model(lambda a, b: a + b * a, (5, 3), (5, 3))
matmul = model(lambda a, b: keras.ops.matmul(a, b), (5, 3), (3, 7))
dot = model(lambda a, b: layers.Dot(1)([a, b]), (32,), (32,))
rescaling = model(layers.Rescaling(1 / 255, offset=-1), (8, 8, 3))
moving = model(lambda a: layers.Flatten()(layers.Permute((2, 1))(layers.Dropout(0.5)(layers.ReLU()(a)))), (5, 3))
nested = model(lambda a: keras.Sequential([layers.Dense(4), layers.Dense(3)])(a), (5,))
"""

APART = """\
attention = model(layers.MultiHeadAttention(2, 16), (10, 32), (12, 32))
unbiased = model(layers.MultiHeadAttention(4, 8, use_bias=False), (10, 32), (12, 32))
dot_attention = model(lambda a, b: layers.Attention()([a, b]), (10, 32), (12, 32))
einsum_dots = model(layers.EinsumDense("...x,xy->...y", output_shape=4, bias_axes="y"), (5, 6))
batch = model(layers.BatchNormalization(), (16, 16, 4))
valid = model(layers.Conv2DTranspose(4, 3, strides=2), (20, 20, 3))
layer_normalization = model(layers.LayerNormalization(), (50, 64))
without_weights = model(layers.LayerNormalization(center=False, scale=False), (50, 64))
rms = model(layers.RMSNormalization(), (50, 64))
unit = model(layers.UnitNormalization(), (50, 64))
group = model(layers.GroupNormalization(4), (16, 16, 8))
"""


@pytest.fixture
def counted(
    evaluations: Evaluations, tmp_path: Path, repository: Path, request: pytest.FixtureRequest
) -> dict[str, tuple[int | None, int]]:
    """For each model of a program: the sum of what is counted here, and what the profiler says."""
    path = tmp_path / "models.py"
    path.write_text(HEAD + request.param, "utf-8")
    run = subprocess.run(
        [sys.executable, str(repository / "tests" / "support" / "profiled_flops.py"), str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    profiled = json.loads(run.stdout.splitlines()[-1])
    analysis = evaluations.file(path)
    assert not analysis.faults and {graph.name for graph in analysis.graphs} == profiled.keys()
    found: dict[str, tuple[int | None, int]] = {}
    for graph in analysis.graphs:
        parts = [cost(node).flops for node in graph.nodes]
        found[graph.name] = (None if None in parts else sum(filter(None, parts)), profiled[graph.name])
    return found


@pytest.mark.parametrize("counted", [KERNELS, OTHERS], ids=["kernels", "others"], indirect=True)
def test_the_profiler_counts_the_same(counted: dict[str, tuple[int | None, int]]) -> None:
    differing = {name: both for name, both in counted.items() if both[0] != both[1]}
    assert differing == {}


@pytest.mark.parametrize("counted", [APART], ids=["apart"], indirect=True)
def test_where_the_profiler_counts_otherwise_it_is_known_why(counted: dict[str, tuple[int | None, int]]) -> None:
    apart = {name: (mine or 0) - profiled for name, (mine, profiled) in counted.items()}
    # It does not know Einsum, of scores and values among others, and counts five for each element of a softmax.
    assert apart["einsum_dots"] == 2 * 5 * 6 * 4
    softmax, einsum = 5 * 10 * 12, 2 * 10 * 12 * (16 + 16)
    assert apart["attention"] == 2 * (einsum - softmax)
    assert apart["unbiased"] == 4 * (einsum // 2 - softmax)
    assert apart["dot_attention"] == -softmax
    # What is done once for each feature, whatever the number of samples.
    assert apart["batch"] == -6 * 4
    # It divides the output by the strides, which at the border are not filled.
    assert -0.05 < apart["valid"] / counted["valid"][1] < 0
    for name in ("layer_normalization", "without_weights", "rms", "unit", "group"):
        # What is done once for each row.
        assert -0.02 < apart[name] / counted[name][1] <= 0, name
