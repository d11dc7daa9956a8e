"""What depends on values that only training gives is unknown or marked as assumed; all else is shown."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from shapelens.evaluation.analysis import Analysis
from shapelens.features.hover import hover
from support.evaluation import Evaluations
from support.found import problems, reasons, shape
from support.side_by_side import SideBySide

pytestmark = pytest.mark.slow

HEAD = "import numpy as np, keras, tensorflow as tf\nfrom keras import layers\n"


Evaluate = Callable[[str], Analysis]


@pytest.fixture
def evaluate(evaluations: Evaluations, tmp_path: Path) -> Evaluate:
    def evaluated(text: str) -> Analysis:
        return evaluations.text(HEAD + textwrap.dedent(text).lstrip("\n"), tmp_path / "program.py")

    return evaluated


BEST = """
best, best_score = None, -1
for units in (8, 16):
    model = keras.Sequential([layers.Dense(units), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.zeros((4, 3)), np.zeros((4, 1)), verbose=0)
    score = model.evaluate(np.zeros((4, 3)), np.zeros((4, 1)), verbose=0)
    if score > best_score:
        best, best_score = {"units": units}, score
larger = max(best_score, 0.1)
x = keras.Input((3,))
chosen = layers.Dense(best["units"])(x)
after = layers.Dense(2)(chosen)
other = layers.Dense(2)(x)
"""


def test_what_follows_from_the_best_of_several_is_assumed(evaluate: Evaluate) -> None:
    analysis = evaluate(BEST)
    assert problems(analysis) == []
    reason = "Assumed: line 9 compares a result of training, which is not known."
    assumed = {item.name: item.assumed for item in analysis.observations if item.name in ("chosen", "after", "other")}
    assert assumed == {"chosen": reason, "after": reason, "other": ""}
    path = analysis.program.path
    shown = hover(analysis, path, (13, 0))
    assert shown is not None and reason in shown.card.plain()
    other = hover(analysis, path, (15, 0))
    assert other is None or reason not in other.card.plain()


def test_text_up_to_an_end_mark_is_unknown_after_a_few_rounds(evaluate: Evaluate) -> None:
    analysis = evaluate(
        """
        model = keras.Sequential([keras.Input((None,)), layers.Embedding(9, 4), layers.LSTM(9)])

        def generated(start):
            ids = [start]
            for _ in range(50):
                scores = model(np.array([ids]))
                index = int(np.argmax(scores[0]))
                if index == 3:
                    break
                ids.append(index)
            return ids

        ids = generated(1)
        many = np.zeros((len(ids), 2))
        """
    )
    assert reasons(analysis) == [(7, "replaced-values"), (13, "depends-on-unknown"), (16, "depends-on-unknown")]
    assert shape(analysis, "scores") == (1, 9)
    assert not [item for item in analysis.observations if item.name == "many"]


def test_a_loop_that_counts_calls_a_model_to_its_end(evaluate: Evaluate) -> None:
    analysis = evaluate(
        """
        model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
        outputs = []
        for step in range(5):
            outputs.append(model(np.zeros((2, 3))))
            if step == 3:
                break
        stacked = np.stack(outputs)
        """
    )
    assert problems(analysis) == []
    assert shape(analysis, "stacked") == (4, 2, 2)


def test_what_a_call_that_was_not_made_leaves_in_a_layer_is_unknown(evaluate: Evaluate) -> None:
    analysis = evaluate(
        """
        class Attend(layers.Layer):
            def call(self, x):
                self.scores = tf.matmul(x, x, transpose_b=True)
                return x

        attend = Attend()
        attend(np.zeros((1, 4, 3), "float32"))
        first = attend.scores
        attend(np.zeros((1, undefined_length, 3), "float32"))
        second = attend.scores
        """
    )
    assert shape(analysis, "first") == (1, 4, 4)
    assert not [item for item in analysis.observations if item.name == "second"]
    assert [line for line, _ in reasons(analysis)] == [11, 12]


def test_the_last_batch_of_predict_has_no_known_size(side_by_side: SideBySide) -> None:
    side_by_side.check(
        """
        class Rows(keras.Model):
            def call(self, x):
                return tf.reshape(x, (x.shape[0], 6))
        rows = Rows()
        report(rows.predict(np.zeros((64, 2, 3)), verbose=0))
        rows.predict(np.zeros((70, 2, 3)), verbose=0)
        """,
        failures=1,
    )


def test_tables_do_not_tell_the_size_of_a_batch(evaluate: Evaluate) -> None:
    analysis = evaluate(
        """
        table = layers.TextVectorization(output_sequence_length=5, vocabulary=["a", "b"])
        model = keras.Sequential([keras.Input((), dtype="string"), table, layers.Embedding(9, 4)])
        out = model.predict(tf.constant(["a b", "b"]), verbose=0)
        """
    )
    assert problems(analysis) == []
    assert shape(analysis, "out") == (2, 5, 4)
    inner = {item.output.shape for item in analysis.observations if item.name == "table" and item.output is not None}
    assert (2, 5) not in inner


def test_layers_made_in_call_count_on_as_in_a_plain_run(side_by_side: SideBySide) -> None:
    side_by_side.check(
        """
        class Joined(keras.Model):
            def __init__(self):
                super().__init__()
                self.dense = layers.Dense(3)
            def call(self, x):
                return self.dense(layers.concatenate([x, x]))
        joined = Joined()
        joined.compile("sgd", "mse")
        joined.fit(np.zeros((70, 4)), np.zeros((70, 3)), validation_data=(np.zeros((40, 4)), np.zeros((40, 3))))
        joined.evaluate(np.zeros((64, 4)), np.zeros((64, 3)))
        joined.predict(np.zeros((3, 4)))
        name = layers.Concatenate().name
        report({name: 1})
        """
    )


def test_operations_on_a_whole_data_set_take_no_memory(evaluate: Evaluate) -> None:
    analysis = evaluate(
        """
        (pictures, labels), _ = keras.datasets.cifar10.load_data()
        scaled = tf.cast(pictures, tf.float32) / 255
        flat = tf.reshape(scaled, (-1, 3072))
        mean = tf.reduce_mean(flat, axis=0)
        joined = tf.concat([flat, flat], axis=1)
        first = joined[:3]
        bright = tf.boolean_mask(flat, flat[:, 0] > 0.5)
        data = tf.data.Dataset.from_tensor_slices((flat, labels)).batch(32)
        array = joined.numpy()
        classes = int(tf.reduce_max(flat)) + 1
        wrong = tf.reshape(flat, (-1, 7))
        """
    )
    assert shape(analysis, "scaled") == (50000, 32, 32, 3)
    assert shape(analysis, "mean") == (3072,)
    assert shape(analysis, "joined") == shape(analysis, "array") == (50000, 6144)
    assert shape(analysis, "first") == (3, 6144)
    assert [item.location.span.line for item in analysis.skips] == [8, 11]
    assert [item.location.span.line for item in analysis.faults] == [12]
    assert "Input to reshape is a tensor with 153600000 values" in analysis.faults[0].message
    assert analysis.finished is not None and analysis.finished.peak_memory_mb < 100
