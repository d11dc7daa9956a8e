"""Losses and targets: what fits trains, and what does not fails in the words of a plain run."""

from __future__ import annotations

import pytest

from support.side_by_side import SideBySide

pytestmark = pytest.mark.slow

HEAD = """
x = np.random.rand(70, 8).astype("float32")
ids, pairs, three = np.arange(70) % 3, np.zeros((70, 1)), np.eye(3)[np.arange(70) % 3]
def made(loss, **options):
    model = keras.Sequential([keras.Input((8,)), layers.Dense(5), layers.Dense(3, activation="softmax")])
    model.compile("sgd", loss, **options)
    return model
"""


@pytest.mark.parametrize("loss", ["mse", "categorical_crossentropy", "huber", "kl_divergence", "cosine_similarity"])
def test_targets_of_another_shape(loss: str, side_by_side: SideBySide) -> None:
    side_by_side.check(
        HEAD
        + f"""
made("{loss}").fit(x, ids, verbose=0)
made("{loss}").fit(x, np.zeros((70, 4)), verbose=0)
report(made("{loss}", metrics=["accuracy"]).fit(x, three, verbose=0))
""",
        failures=2,
    )


def test_labels_that_no_class_has(side_by_side: SideBySide) -> None:
    side_by_side.check(
        HEAD
        + """
m = made("sparse_categorical_crossentropy", metrics=["accuracy"])
m.fit(x, ids + 1, verbose=0)
m.fit(x, ids - 1, verbose=0)
m.evaluate(x, ids + 1, verbose=0)
m.fit(x, ids, validation_data=(x, ids + 1), verbose=0)
m.fit(x, three, verbose=0)
m.fit(x, ids[:, None], verbose=0)  # after targets of another rank, tf.function gives them none
report(m.fit(x, ids, verbose=0), m.fit(x, ids.astype("float64"), verbose=0))
""",
        failures=6,
    )


def test_indices_outside_of_an_embedding(side_by_side: SideBySide) -> None:
    side_by_side.check(
        """
m = keras.Sequential([keras.Input((7,)), layers.Embedding(20, 4), layers.Flatten(), layers.Dense(1)])
m.compile("adam", "mse")
m.fit(np.full((48, 7), 20), np.zeros(48), verbose=0)
report(m.fit(np.full((48, 7), 19), np.zeros(48), verbose=0))
""",
        failures=1,
    )


def test_sizes_of_batches(side_by_side: SideBySide) -> None:
    side_by_side.check(
        HEAD
        + """
m = made("mse")
m.fit(tf.data.Dataset.from_tensor_slices((x, ids)).batch(8), verbose=0)
m.evaluate(x, ids, verbose=0)
m.fit(x, three, validation_data=(x, ids), verbose=0)
m.fit(x, three, sample_weight=np.ones((70, 2)), verbose=0)
made(lambda t, p: tf.reduce_mean((t - p) * tf.ones((32, 1)))).fit(x, three, verbose=0)
m.train_on_batch(x, ids)
s = keras.Sequential([keras.Input(batch_shape=(4, 5, 3)), layers.LSTM(6, stateful=True), layers.Dense(1)])
s.compile("adam", "mse")
s.fit(np.zeros((8, 5, 3)), np.zeros((8, 1)), verbose=0)
report(m.fit(x[:1], ids[:1], verbose=0), m.fit(x[:3], ids[:3], verbose=0))
""",
        failures=7,
    )


def test_several_outputs(side_by_side: SideBySide) -> None:
    side_by_side.check(
        """
a, b = keras.Input((8,), name="a"), keras.Input((3,), name="b")
h = layers.Concatenate()([layers.Dense(4)(a), b])
outputs = [layers.Dense(1, name="reg")(h), layers.Dense(4, activation="softmax", name="cls")(h)]
x1, x2, ya, yb = np.zeros((40, 8)), np.zeros((40, 3)), np.zeros((40, 1)), np.arange(40) % 4
def made(loss, **options):
    model = keras.Model([a, b], outputs)
    model.compile("adam", loss, **options)
    return model
good = {"reg": "mse", "cls": "sparse_categorical_crossentropy"}
made(["mse"]).fit([x1, x2], [ya, yb], verbose=0)
made({"reg": "mse", "nope": "mse"}).fit([x1, x2], {"reg": ya, "cls": yb}, verbose=0)
made(good, metrics=["mse"]).fit([x1, x2], [ya, yb], verbose=0)
made(good).fit([x2, x1], [ya, yb], verbose=0)
made(good).fit([x1, x2], [ya, yb], class_weight={0: 1.0}, verbose=0)
made(["mse", "mse"]).fit([x1, x2], [ya, yb], verbose=0)
m = made(good, metrics={"cls": "accuracy"}, loss_weights={"reg": 1.0, "cls": 0.5})
report(m.fit({"a": x1, "b": x2}, {"reg": ya, "cls": yb}, verbose=0), m.predict([x1, x2], verbose=0))
report(m.evaluate([x1, x2], [ya, yb], verbose=0), m.evaluate([x1, x2], [ya, yb], verbose=0, return_dict=True))
report(made(["mse", None]).fit([x1, x2], [ya, yb], verbose=0))
""",
        failures=5,
    )
