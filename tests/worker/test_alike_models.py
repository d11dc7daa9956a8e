"""A model like one that was trained before is not traced again, and shows what a trace would show."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from shapelens.evaluation.analysis import Analysis
from shapelens.worker.contract import Kind, TensorSpec
from support.evaluation import Evaluations
from support.found import problems, shape

pytestmark = pytest.mark.slow

HEAD = """\
import numpy as np, keras
from keras import layers

x, labels = np.random.rand(100, 8), np.random.randint(0, 3, 100)

def made(units, classes=3, loss="sparse_categorical_crossentropy"):
    model = keras.Sequential([keras.Input((8,)), layers.Dense(units), layers.Dense(classes, activation="softmax")])
    model.compile("adam", loss, metrics=["accuracy", "AUC"] if loss == "mse" else ["accuracy"])
    return model

"""

NEWLINE = "\n"
NAMES = ("sequential", "sequential_1")

Evaluate = Callable[[str], Analysis]


@pytest.fixture
def evaluate(evaluations: Evaluations, tmp_path: Path) -> Evaluate:
    def evaluated(text: str) -> Analysis:
        return evaluations.text(HEAD + textwrap.dedent(text).lstrip("\n"), tmp_path / "program.py")

    return evaluated


def test_each_model_has_its_trainings_and_calls(evaluate: Evaluate) -> None:
    analysis = evaluate(
        """
        first = made(4)
        first.fit(x, labels, epochs=3, validation_split=0.2)
        first.predict(x[:7])
        second = made(16)
        second_history = second.fit(x, labels, epochs=5, validation_split=0.2)
        losses = np.array(second_history.history["val_loss"])
        guesses = second.predict(x[:7])
        """
    )
    assert problems(analysis) == []
    assert shape(analysis, "losses") == (5,)
    assert shape(analysis, "guesses") == (7, 3)
    fits = [item for item in analysis.trainings if item.method == "fit"]
    (first,), (second,) = (item.comparisons for item in fits)
    assert (first.loss, first.target.shape, first.output) == (second.loss, second.target.shape, second.output)
    assert {first.output_name, second.output_name} == {"dense_1", "dense_3"}
    calls = [
        item for item in analysis.observations if item.kind is Kind.MODEL and item.created and item.name == "model"
    ]
    shown = [{(item.input, item.output) for item in calls if item.layer_name == name} for name in NAMES]
    assert shown[0] == shown[1] != set()


def test_metrics_are_named_as_keras_names_them(evaluate: Evaluate) -> None:
    analysis = evaluate(
        """
        targets = np.eye(3)[labels]
        names = []
        for units in (4, 8):
            history = made(units, loss="mse").fit(x, targets, epochs=2)
            names.append(sorted(history.history))
        assert names == [["AUC", "accuracy", "loss"], ["AUC", "accuracy", "loss"]], names
        """
    )
    assert problems(analysis) == []


def test_labels_of_a_later_model_are_looked_at(evaluate: Evaluate) -> None:
    analysis = evaluate(
        """
        made(4).fit(x, labels)
        made(8).fit(x, labels + 1)
        """
    )
    (problem,) = problems(analysis)
    assert problem.startswith(f"{HEAD.count(NEWLINE) + 2}:")
    assert "outside the valid range" in analysis.faults[0].message


def test_other_targets_are_traced_anew(evaluate: Evaluate) -> None:
    analysis = evaluate(
        """
        made(4).fit(x, labels)
        made(4).fit(x, np.eye(3)[labels])
        """
    )
    (problem,) = problems(analysis)
    assert problem.startswith(f"{HEAD.count(NEWLINE) + 2}:")


def test_a_step_of_the_programs_own_is_traced_for_each_model(evaluate: Evaluate) -> None:
    analysis = evaluate(
        """
        class Weighted(keras.losses.Loss):
            def __init__(self, width):
                super().__init__()
                self.width = width

            def call(self, y_true, y_pred):
                return keras.ops.mean(y_pred * keras.ops.ones((1, self.width)), axis=-1)

        made(4, loss=Weighted(3)).fit(x, labels)
        made(4, loss=Weighted(2)).fit(x, labels)
        """
    )
    assert len(problems(analysis)) == 1


def test_layers_that_see_other_shapes_than_declared_are_traced_for_each_model(evaluate: Evaluate) -> None:
    analysis = evaluate(
        """
        import tensorflow as tf

        def windows(*inner):
            model = keras.Sequential([keras.Input((5, 4)), *inner, layers.Dense(1)])
            model.compile("adam", "mse")
            return model

        def unsized():
            yield np.zeros((16, 5, 4), "float32"), np.zeros((16, 1), "float32")

        spec = (tf.TensorSpec((None, None, 4)), tf.TensorSpec((None, 1)))
        data = tf.data.Dataset.from_generator(unsized, output_signature=spec)
        windows(layers.GlobalAveragePooling1D()).fit(data)
        windows(layers.LSTM(3)).fit(data)
        """
    )
    assert problems(analysis) == []
    layers = [item for item in analysis.observations if item.kind is Kind.LAYER]
    shown = {(item.type_name, item.input.shape) for item in layers if isinstance(item.input, TensorSpec)}
    assert shown >= {("GlobalAveragePooling1D", (None, None, 4)), ("LSTM", (None, None, 4))}
