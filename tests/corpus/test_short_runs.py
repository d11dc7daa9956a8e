"""The oracle's short run has what a full plain run has, and stays where it is put."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from pathlib import Path

import pytest

from shapelens.worker.contract import TensorSpec
from support.corpus import exact_text, whole_input
from support.oracle import LayerCall, Oracle, Report, ShortOracle, Value, needs_columns
from support.short_marks import Marks

pytestmark = [pytest.mark.slow, needs_columns]


def short(folder: Path, text: str) -> Report:
    path = folder / "work" / "program.py"
    path.parent.mkdir()
    path.write_text(textwrap.dedent(text).lstrip("\n"), "utf-8")
    report = ShortOracle(folder / "reports").report(path)
    assert report.fault is None, report.fault
    return report


def stored(report: Report) -> dict[str, object]:
    return {value.name: value.structure.shape for value in report.stores if isinstance(value.structure, TensorSpec)}


TRAINING = """
import numpy as np
import tensorflow as tf
import keras
from keras import layers


class Model(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(4, activation="relu")
        self.final = layers.Dense(3)

    def call(self, x):
        h = self.hidden(x)
        return self.final(h)


def batches():
    while True:
        yield x[:16], y[:16]


x, y = np.random.rand(1000, 8).astype("float32"), np.random.randint(0, 3, 1000)
arrays = Model()
arrays.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
history = arrays.fit(x, y, epochs=6, validation_split=0.2, validation_freq=2, verbose=0)
predicted = arrays.predict(x, verbose=0)
results = np.array(arrays.evaluate(x, y, verbose=0))
losses, validation = np.array(history.history["loss"]), np.array(history.history["val_loss"])
dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(10).batch(64)
eager = Model()
eager.compile("adam", "sparse_categorical_crossentropy", run_eagerly=True)
eager.fit(dataset, epochs=2, validation_data=dataset, verbose=0)
predicted_rows = eager.predict(dataset, verbose=0)
generated = Model()
generated.compile("adam", "sparse_categorical_crossentropy")
generated.fit(batches(), steps_per_epoch=40, epochs=3, verbose=0)
few, in_ten_steps = generated.predict(x[:96], verbose=0), generated.predict(x, steps=10, verbose=0)
"""


def test_a_short_run_has_the_shapes_of_a_full_one(tmp_path: Path) -> None:
    brief = short(tmp_path, TRAINING)
    full = Oracle(tmp_path).report(tmp_path / "work" / "program.py")
    assert full.fault is None
    assert calls_of(brief.calls) == calls_of(full.calls)
    assert values_of(brief.stores) == values_of(full.stores)
    assert values_of(brief.returns) == values_of(full.returns)
    assert stored(brief)["losses"] == (6,) and stored(brief)["validation"] == (3,)


def calls_of(calls: Iterable[LayerCall]) -> set[object]:
    return {(call.layer_name, exact_text(whole_input(call)), exact_text(call.output), call.caller) for call in calls}


def values_of(values: Iterable[Value]) -> set[object]:
    return {(value.name, value.location, exact_text(value.structure)) for value in values}


DATA = """
from pathlib import Path
import numpy as np
import tensorflow as tf
from tensorflow import keras

(mnist, mnist_labels), (mnist_test, _) = keras.datasets.mnist.load_data()
(fashion, fashion_labels), _ = tf.keras.datasets.fashion_mnist.load_data()
(cifar, cifar_labels), (cifar_test, _) = keras.datasets.cifar10.load_data()
(cifar100, cifar100_labels), _ = keras.datasets.cifar100.load_data()
(boston, prices), (boston_test, _) = keras.datasets.boston_housing.load_data()
(california, _), _ = keras.datasets.california_housing.load_data()
(imdb, opinions), _ = keras.datasets.imdb.load_data(num_words=10000)
(reuters, topics), (reuters_test, _) = keras.datasets.reuters.load_data(num_words=1000)
assert max(map(max, imdb)) == 9999 and len(keras.datasets.imdb.get_word_index()) == 88584
for labels, count in (
    (mnist_labels, 10), (fashion_labels, 10), (cifar_labels, 10), (cifar100_labels, 100), (opinions, 2), (topics, 46)
):
    assert set(np.unique(labels)) == set(range(count))

network = keras.applications.MobileNetV2(weights="imagenet")
best = keras.applications.mobilenet_v2.decode_predictions(network.predict(np.zeros((1, 224, 224, 3))))
assert len(best[0]) == 5
try:
    keras.utils.get_file("flowers.tgz", "https://example.org/flowers.tgz", untar=True)
except Exception as error:
    assert "URL fetch failure" in str(error)
else:
    raise AssertionError
name = input("Your name? ")
Path("written.txt").write_text(name)
Path.home().joinpath("written.txt").write_text(name)


@tf.function
def scaled(values):
    if tf.reduce_sum(values) > 0:
        larger = values * 2.0
    else:
        larger = values
    joined = tf.concat([larger, values], axis=1)
    return joined


doubled = scaled(tf.ones((2, 3)))
"""


def test_a_short_run_has_data_and_stays_where_it_is(tmp_path: Path) -> None:
    report = short(tmp_path, DATA)
    shapes = stored(report)
    assert shapes["mnist"] == shapes["fashion"] == (60000, 28, 28) and shapes["mnist_test"] == (10000, 28, 28)
    assert shapes["cifar"] == shapes["cifar100"] == (50000, 32, 32, 3) and shapes["cifar_labels"] == (50000, 1)
    assert (shapes["boston"], shapes["boston_test"], shapes["california"]) == ((404, 13), (102, 13), (16512, 8))
    assert (shapes["imdb"], shapes["reuters"], shapes["reuters_test"]) == ((25000,), (8982,), (2246,))
    assert (shapes["larger"], shapes["joined"], shapes["doubled"]) == ((2, 3), (2, 6), (2, 6))
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["program.py"]
    assert not Path.home().joinpath("written.txt").exists()


MARKED = """
EPOCHS = 20_000  # oracle: set EPOCHS = 3
# oracle: set é = 7
# oracle: arguments --rate 0.5 "two words"
é = 1000; x = 5
"""


def test_marks_change_values_and_move_nothing() -> None:
    marks = Marks(MARKED)
    assert marks.arguments == ["--rate", "0.5", "two words"]
    assert marks.applied(MARKED) == MARKED.replace("20_000", "3     ").replace("1000", "7   ")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("# oracle: set STEPS = 3\n", "nothing is assigned"),
        ("STEPS = 3; x = 1\n# oracle: set STEPS = 1000\n", "move the rest"),
        ("STEPS = (\n  3)\n# oracle: set STEPS = 2\n", "more than one line"),
    ],
)
def test_marks_that_cannot_be_kept_are_refused(text: str, problem: str) -> None:
    if problem == "more than one line":
        text = text.replace("(\n  3)", "[\n  3]")
    with pytest.raises(ValueError, match=problem):
        Marks(text).applied(text)
