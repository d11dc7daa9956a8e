"""Messages of real exceptions: shorter than Keras' own, with the shapes that Keras names and where they come from."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from shapelens.diagnostics import RULES, diagnose
from shapelens.diagnostics.model import Severity
from shapelens.diagnostics.rule import Rule
from support.evaluation import Evaluations

pytestmark = pytest.mark.slow

HEAD = "import numpy as np, keras, tensorflow as tf\nfrom keras import layers\n"


@dataclass(frozen=True)
class Case:
    """A program with one mistake; the line that is related is marked."""

    code: str
    program: str
    message: str


CASES = [
    Case(
        "layer-rank-mismatch",
        """\
        x = layers.Dense(8)(keras.Input((5,)))  # related
        layers.LSTM(4)(x)
        """,
        "`LSTM` needs (batch, steps, features) but gets (None, 8) from `layers.Dense(8)` in line 3.",
    ),
    Case(
        "feature-axis-mismatch",
        """\
        head = layers.Dense(10)
        head(keras.Input((64,)))
        x = layers.Dense(128)(keras.Input((3,)))  # related
        head(x)
        """,
        (
            "The weights of `Dense` are made for 64 features on the last axis, but it gets (None, 128) from "
            "`layers.Dense(128)` in line 5."
        ),
    ),
    Case(
        "input-structure-mismatch",
        """\
        image = keras.Input((28, 28, 3))
        model = keras.Model(image, layers.Flatten()(image))
        model.predict(np.zeros((28, 28, 3)), verbose=0)
        """,
        "The model takes (None, 28, 28, 3) but gets (28, 28, 3). The batch axis is missing.",
    ),
    Case(
        "merge-mismatch",
        """\
        a = layers.Dense(4)(keras.Input((3, 5)))  # related
        b = layers.Dense(4)(keras.Input((7, 5)))  # related
        layers.Concatenate()([a, b])
        """,
        (
            "`Concatenate` joins shapes that differ on its axis only, not (None, 3, 4) from `Dense` in line 3 and "
            "(None, 7, 4) from `Dense` in line 4."
        ),
    ),
    Case(
        "reshape-size-mismatch",
        """\
        x = layers.Dense(1)(keras.Input((5,)))  # related
        layers.Reshape((64,))(x)
        """,
        "`Reshape` to (64,) needs 64 values per sample, not 1: it gets (None, 1) from `layers.Dense(1)` in line 3.",
    ),
    Case(
        "non-positive-dimension",
        """\
        x = layers.MaxPooling2D(4)(keras.Input((12, 28, 1)))  # related
        layers.Conv2D(8, 5)(x)
        """,
        (
            "The 5 × 5 window in `Conv2D` does not fit into (None, 3, 7, 1) from `layers.MaxPooling2D(4)` in line 3: "
            "axis 1 has 3."
        ),
    ),
    Case(
        "operation-shape-mismatch",
        """\
        query = tf.zeros((8, 20, 64))  # related
        scores = tf.matmul(query, query)
        """,
        (
            "`query` (8, 20, 64) @ `query` (8, 20, 64) needs 64, not 20, on axis 1 of the second. "
            "Its transpose would fit."
        ),
    ),
    Case(
        "operation-shape-mismatch",
        """\
        signal = np.zeros((60, 6, 6, 1))
        levels = np.zeros((60, 1))
        signal - levels
        """,
        "(60, 6, 6, 1) and (60, 1) do not broadcast: axis -2 is 6 and 60.",
    ),
    Case(
        "operation-shape-mismatch",
        """\
        left = tf.zeros((2, 3, 4))  # related
        right = tf.zeros((2, 5, 6))  # related
        tf.concat([left, right], axis=1)
        """,
        "`left` (2, 3, 4) and `right` (2, 5, 6) cannot be joined on axis 1: axis 2 is 4 and 6.",
    ),
    Case(
        "attention-shape-mismatch",
        """\
        steps = tf.zeros((3, 5, 8))
        mask = tf.ones((3, 5), tf.bool)
        layers.MultiHeadAttention(2, 4)(steps, steps, attention_mask=mask)
        """,
        "The mask of `MultiHeadAttention` must be (batch, queries, keys), here (3, 5, 5), not (3, 5).",
    ),
    Case(
        "loss-target-mismatch",
        """\
        model = keras.Sequential([keras.Input((5,)), layers.Dense(64)])  # related
        model.compile(loss="categorical_crossentropy")  # related
        model.fit(np.zeros((32, 5)), np.zeros((32, 1)), verbose=0)
        """,
        (
            "`categorical_crossentropy` takes one-hot targets (32, 64), like the output of `Dense` in line 3, "
            "not (32, 1)."
        ),
    ),
    Case(
        "cardinality-mismatch",
        """\
        model = keras.Sequential([keras.Input((5,)), layers.Dense(1)])
        model.compile(loss="mse")
        model.fit(np.zeros((80, 5)), np.zeros((20, 1)), verbose=0)
        """,
        "The inputs have 80 samples and the targets 20; each sample needs a target.",
    ),
    Case(
        "keras-error",
        """\
        model = keras.Sequential([keras.Input((5,)), layers.Dense(10, activation="softmax")])  # related
        model.compile(loss="sparse_categorical_crossentropy")
        model.fit(np.zeros((32, 5)), np.arange(32) % 12, verbose=0)
        """,
        (
            "`sparse_categorical_crossentropy` takes class numbers 0 to 9 for the 10 outputs of "
            '`layers.Dense(10, activation="softmax")` in line 3, but the targets go from 0 to 11.'
        ),
    ),
    Case(
        "keras-error",
        """\
        i = keras.Input((3,))
        model = keras.Model(i, [layers.Dense(2)(i), layers.Dense(1)(i)])
        model.compile(loss=["mse", "mse"])
        model.fit(np.zeros((8, 3)), np.zeros((8, 2)), verbose=0)
        """,
        "The model has 2 outputs but gets 1 array of targets: (8, 2).",
    ),
    Case(
        "keras-error",
        """\
        i = keras.Input((3,))
        tf.reduce_sum(i)
        """,
        (
            "`reduce_sum` of TensorFlow cannot take the symbolic tensors of Keras: use `keras.ops`, or call it inside "
            "a layer."
        ),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.code)
def test_a_message_says_more_than_keras_and_is_shorter(case: Case, evaluations: Evaluations, tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    text = HEAD + textwrap.dedent(case.program)
    found = [item for item in diagnose(evaluations.text(text, path)) if item.severity is Severity.ERROR]
    assert [(item.code, item.message) for item in found] == [(case.code, case.message)]
    assert len(found[0].message) < len(found[0].detail)
    marked = {number for number, line in enumerate(text.splitlines()) if line.endswith("# related")}
    assert marked <= {item.location.span.line for item in found[0].related}, found[0].related


GIVEN = "; ".join(
    (
        "import numpy as np, keras, tensorflow as tf",
        "from keras import layers",
        "x, labels = np.zeros((32, 20)), np.zeros((32, 1))",
        "x_train, y_test = x, labels[:8]",
        "image = keras.Input((32, 32, 3))",
        "query = key = tf.zeros((8, 20, 64))",
        "model = keras.Sequential([keras.Input((20,)), layers.Dense(1)])",
        "model.compile(loss='mse')",
        "",
    )
)
"""What the examples of the reference take for granted, on the first line of each, as messages name lines."""

EXPLAINED = [rule for rule in RULES if rule.documentation.message]


@pytest.mark.parametrize("rule", EXPLAINED, ids=lambda rule: rule.code)
def test_the_reference_says_what_the_diagnostic_says(rule: Rule, evaluations: Evaluations, tmp_path: Path) -> None:
    found = diagnose(evaluations.text(f"{GIVEN}{rule.documentation.example}\n", tmp_path / "program.py"))
    expected = " ".join(rule.documentation.message.split())
    assert [item.message for item in found if item.code == rule.code] == [expected]


def test_every_kind_of_shape_error_is_explained() -> None:
    assert len(EXPLAINED) >= 10
