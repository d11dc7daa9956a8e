"""What is told of calls of ``fit`` and its kin: their data, what their losses compared, where they stand."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from shapelens.evaluation.analysis import Analysis
from shapelens.worker.contract import Entries, Given, Items, TensorSpec, Training
from support.evaluation import Evaluations
from support.found import problems

pytestmark = pytest.mark.slow

HEAD = "import numpy as np, keras, tensorflow as tf\nfrom keras import layers\n"

Evaluate = Callable[[str], Analysis]


@pytest.fixture
def evaluate(evaluations: Evaluations, tmp_path: Path) -> Evaluate:
    def evaluated(text: str) -> Analysis:
        return evaluations.text(HEAD + textwrap.dedent(text).lstrip("\n"), tmp_path / "program.py")

    return evaluated


MODEL = """
model = keras.Sequential([keras.Input((20,)), layers.Dense(4, name="scores")])
model.compile("sgd", "mse")
x, y = np.zeros((100, 20)), np.arange(100).reshape(100, 1) % 4
"""


def lines(analysis: Analysis) -> list[tuple[int, str]]:
    return [(item.location.span.line + 1, item.method) for item in analysis.trainings]


def shapes(training: Training) -> dict[str, tuple[int | None, ...] | None]:
    return {item.name: item.spec.shape for item in training.given}


def given(training: Training, name: str) -> Given:
    (found,) = [item for item in training.given if item.name == name]
    return found


def compared(training: Training) -> list[tuple[str, object, object]]:
    return [(item.loss, item.target.shape, item.output.shape) for item in training.comparisons]


def test_every_method_is_told_once_at_its_call(evaluate: Evaluate) -> None:
    analysis = evaluate(
        MODEL
        + """
for epoch in range(3):
    model.fit(x, y, validation_data=(x, y), verbose=0)
    model.train_on_batch(x[:8], y[:8])
model.evaluate(x, y)
model.test_on_batch(x, y)
model.predict(x)
model.predict_on_batch(x)
"""
    )
    assert problems(analysis) == []
    assert lines(analysis) == [
        (8, "fit"),
        (9, "train_on_batch"),
        (10, "evaluate"),
        (11, "test_on_batch"),
        (12, "predict"),
        (13, "predict_on_batch"),
    ]
    first = analysis.trainings[0]
    assert first.model == "sequential"
    assert first.compiled is not None and first.compiled.span.line == 3
    assert (first.inputs, first.outputs) == (TensorSpec((None, 20), "float32"), TensorSpec((None, 4), "float32"))
    assert shapes(first) == {
        "x": (100, 20),
        "y": (100, 1),
        "validation_data[0]": (100, 20),
        "validation_data[1]": (100, 1),
    }
    assert compared(first) == [("mean_squared_error", (None, 1), (None, 4))]
    assert first.comparisons[0].output_name == "scores"
    evaluated = analysis.trainings[2]
    assert compared(evaluated) == compared(first)
    assert compared(analysis.trainings[4]) == []


def test_a_call_that_raises_is_told_with_the_loss_that_failed(evaluate: Evaluate) -> None:
    analysis = evaluate(MODEL + "model.fit(x, np.zeros((100, 7)))\nmodel.fit(x, y[:50])\n")
    assert [item.location.span.line for item in analysis.faults] == [5, 6]
    failed, uneven = analysis.trainings
    assert compared(failed) == [("mean_squared_error", (None, 7), (None, 4))]
    assert compared(uneven) == []
    assert shapes(uneven) == {"x": (100, 20), "y": (50, 1)}


def test_values_of_targets_are_known_and_those_of_float_inputs_are_not(evaluate: Evaluate) -> None:
    analysis = evaluate(
        MODEL
        + """
model.fit(x, y)
model.fit(x, keras.utils.to_categorical(y, 4))
model.fit(x, y / 2)
model.fit(x, np.ones((100, 4)))
model.evaluate(tf.zeros((100, 20), tf.int32), tf.constant(y))
"""
    )
    numbers, one_hot, halves, ones, tensors = (given(item, "y") for item in analysis.trainings)
    assert (numbers.minimum, numbers.maximum, numbers.integral, numbers.one_hot) == (0.0, 3.0, True, False)
    assert (one_hot.minimum, one_hot.maximum, one_hot.integral, one_hot.one_hot) == (0.0, 1.0, True, True)
    assert (halves.maximum, halves.integral, halves.one_hot) == (1.5, False, False)
    assert (ones.integral, ones.one_hot) == (True, False)
    assert (tensors.maximum, tensors.integral) == (3.0, True)
    plain = given(analysis.trainings[0], "x")
    assert (plain.minimum, plain.maximum, plain.integral) == (None, None, False)
    assert given(analysis.trainings[-1], "x").maximum == 0.0


def test_labels_of_published_data_sets_cover_their_classes(evaluate: Evaluate) -> None:
    analysis = evaluate(
        """
        (x, y), _ = keras.datasets.mnist.load_data()
        model = keras.Sequential([layers.Flatten(), layers.Dense(10)])
        model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
        model.fit(x, y)
        model.compile("adam", "categorical_crossentropy")
        model.fit(x, keras.utils.to_categorical(y))
        """
    )
    assert problems(analysis) == []
    sparse, categorical = analysis.trainings
    assert given(sparse, "y") == Given("y", TensorSpec((60000,), "uint8"), False, "", 0.0, 9.0, True, False)
    assert given(sparse, "x").spec.shape == (60000, 28, 28)
    assert given(categorical, "y").one_hot
    (first,), (second,) = sparse.comparisons, categorical.comparisons
    assert (first.loss, first.sparse, first.from_logits) == ("sparse_categorical_crossentropy", True, True)
    assert (second.loss, second.sparse, second.from_logits) == ("categorical_crossentropy", False, False)
    assert sparse.compiled != categorical.compiled


def test_data_of_every_kind_is_named_by_its_place(evaluate: Evaluate) -> None:
    analysis = evaluate(
        """
        a, b = keras.Input((3,), name="a"), keras.Input((2,), name="b")
        joined = layers.Concatenate()([a, b])
        kind = layers.Dense(3, activation="softmax", name="kind")(joined)
        size = layers.Dense(1, name="size")(joined)
        model = keras.Model([a, b], [kind, size])
        def absolute(target, output):
            return abs(target - output)
        model.compile("adam", ["sparse_categorical_crossentropy", absolute])
        x = {"a": np.zeros((6, 3)), "b": np.zeros((6, 2))}
        y = [np.arange(6) % 3, np.zeros((6, 1))]
        model.fit(x, y, sample_weight=[np.ones(6), np.ones(6)])
        data = tf.data.Dataset.from_tensor_slices((x, tuple(y))).batch(2)
        model.fit(data, validation_data=data)

        def batches():
            while True:
                yield (np.zeros((5, 3)), np.zeros((5, 2))), (np.zeros(5), np.zeros((5, 1)))

        model.fit(batches(), steps_per_epoch=2)
        """
    )
    assert problems(analysis) == []
    arrays, dataset, generator = analysis.trainings
    assert shapes(arrays) == {
        "x['a']": (6, 3),
        "x['b']": (6, 2),
        "y[0]": (6,),
        "y[1]": (6, 1),
        "sample_weight[0]": (6,),
        "sample_weight[1]": (6,),
    }
    assert [(item.loss, item.output_name, item.own) for item in arrays.comparisons] == [
        ("sparse_categorical_crossentropy", "kind", False),
        ("absolute", "size", True),
    ]
    assert isinstance(arrays.inputs, Items) and isinstance(arrays.outputs, Items)
    assert shapes(dataset) == {
        "x['a']": (None, 3),
        "x['b']": (None, 2),
        "y[0]": (None,),
        "y[1]": (None, 1),
        "validation_data[0]['a']": (None, 3),
        "validation_data[0]['b']": (None, 2),
        "validation_data[1][0]": (None,),
        "validation_data[1][1]": (None, 1),
    }
    assert all(item.batched for item in dataset.given)
    assert shapes(generator) == {"x[0]": (None, 3), "x[1]": (None, 2), "y[0]": (None,), "y[1]": (None, 1)}


def test_frames_of_pandas_are_arrays(evaluate: Evaluate) -> None:
    pytest.importorskip("pandas")
    analysis = evaluate(
        """
        import pandas as pd
        frame = pd.DataFrame({"a": [0.5, 1.0], "b": [1, 2], "label": [0, 1]})
        model = keras.Sequential([keras.Input((2,)), layers.Dense(1, activation="sigmoid")])
        model.compile("adam", "binary_crossentropy")
        model.fit(frame[["a", "b"]], frame["label"])
        """
    )
    assert problems(analysis) == []
    (training,) = analysis.trainings
    assert [(item.name, item.spec) for item in training.given] == [
        ("x", TensorSpec((2, 2), "float64")),
        ("y", TensorSpec((2,), "int64")),
    ]
    assert given(training, "y").maximum == 1.0


def test_a_call_inside_a_function_has_the_way_to_it(evaluate: Evaluate) -> None:
    analysis = evaluate(
        MODEL
        + """
def train(network):
    network.fit(x, y)

train(model)
"""
    )
    (training,) = analysis.trainings
    assert training.location.span.line == 7
    assert [item.span.line for item in training.via] == [9]


def test_a_model_without_a_graph_tells_what_its_step_saw(evaluate: Evaluate) -> None:
    analysis = evaluate(
        """
        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.dense = layers.Dense(2)
                self.measure = keras.losses.MeanAbsoluteError()
            def call(self, x):
                return {"score": self.dense(x)}
            def train_step(self, data):
                x, y = data
                with tf.GradientTape() as tape:
                    loss = self.measure(y, self(x, training=True)["score"])
                self.optimizer.apply_gradients(
                    zip(tape.gradient(loss, self.trainable_variables), self.trainable_variables))
                return {"loss": loss}
        net = Net()
        net.compile("sgd")
        net.fit(np.zeros((70, 5)), np.zeros((70, 2)))
        keras.losses.MeanAbsoluteError()(np.zeros((3, 1)), np.zeros((3, 1)))
        """
    )
    assert problems(analysis) == []
    (training,) = analysis.trainings
    assert compared(training) == [("mean_absolute_error", (None, 2), (None, 2))]
    assert training.comparisons[0].output_name == ""
    assert isinstance(training.outputs, Entries) and list(training.outputs.entries) == ["score"]


def test_what_keras_calls_by_itself_is_not_told(evaluate: Evaluate) -> None:
    analysis = evaluate(
        MODEL
        + """
class Report(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.model.predict(x)
model.fit(x, y, validation_split=0.2, callbacks=[Report()])
"""
    )
    assert lines(analysis) == [(10, "fit")]
