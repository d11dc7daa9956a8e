"""Data of all kinds on its way into a model: what is taken, what is refused, and what predictions come of it."""

from __future__ import annotations

import pytest

from support.side_by_side import SideBySide

pytestmark = pytest.mark.slow

HEAD = """
x, y = np.random.rand(70, 8).astype("float32"), np.arange(70) % 3
m = keras.Sequential([keras.Input((8,)), layers.Dense(5), layers.Dense(3, activation="softmax")])
m.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
"""


def test_arrays(side_by_side: SideBySide) -> None:
    side_by_side.check(
        HEAD
        + """
report(m.fit(x.astype("float64"), y.astype("int8"), verbose=0), m.fit(x > 0.5, y, verbose=0))
report(m.fit([x], [y], verbose=0))
report(m.predict(x, verbose=0), m.predict(x, batch_size=70, verbose=0), m.predict(x, steps=1, verbose=0))
report(m.fit(tf.constant(x), tf.constant(y), validation_split=0.1, verbose=0), m.fit(x[:0], y[:0], verbose=0))
m.predict(x[:0], verbose=0)
m.fit(x[:, :5], y, verbose=0)
m.evaluate(x[:, :5], y, verbose=0)
m.predict(x[:, :5], verbose=0)
m.predict_on_batch(x[:, :5])
m.train_on_batch(x[:, :5], y)
m.fit(x[0], y[:8], verbose=0)
m.fit(x, y[:60], verbose=0)
m.fit([x, x], y, verbose=0)
m.fit({"a": x}, y, verbose=0)
m.fit(x, verbose=0)
m.fit(None, y, verbose=0)
m.fit(x.tolist(), y, verbose=0)
m.fit(x.astype(str), y, verbose=0)
m.fit(x, np.array(["a", "b"] * 35), verbose=0)
m.fit(x, np.array(["a", "b"] * 35, dtype=object), verbose=0)
m.fit(x, y, batch_size=70 / 2, verbose=0)
m.predict_on_batch(x.tolist())
""",
        failures=17,
    )


def test_validation_and_weights(side_by_side: SideBySide) -> None:
    side_by_side.check(
        HEAD
        + """
report(m.fit(x, y, validation_data=(x, y, np.ones(70)), class_weight={0: 1, 1: 2, 2: 2}, verbose=0))
report(m.fit(x, y, validation_data=tf.data.Dataset.from_tensor_slices((x, y)).batch(10), verbose=0))
m.fit(x, y, validation_data=(x[:, :3], y), verbose=0)
m.fit(x, y, validation_data=(x, y, y, y), verbose=0)
m.fit(tf.data.Dataset.from_tensor_slices((x, y)).batch(10), validation_split=0.2, verbose=0)
m.fit(x[:1], y[:1], validation_split=0.2, verbose=0)
m.fit(x, y, sample_weight=np.ones(60), verbose=0)
m.fit(x, y, sample_weight=np.ones(70), class_weight={0: 1, 1: 2, 2: 2}, verbose=0)
""",
        failures=6,
    )


def test_data_sets(side_by_side: SideBySide) -> None:
    side_by_side.check(
        HEAD
        + """
d = tf.data.Dataset.from_tensor_slices((x, y))
s = d.shuffle(10).batch(16).prefetch(2)
report(m.fit(s, epochs=2, validation_data=s, verbose=0), m.predict(s, verbose=0), m.predict(s.take(2), verbose=0))
report(m.fit(s.repeat(), steps_per_epoch=3, verbose=0), m.predict(s.repeat(), steps=4, verbose=0))
report(m.predict(d.batch(16, drop_remainder=True), verbose=0), m.predict(d.map(lambda a, b: a).batch(9), verbose=0))
report(m.fit(tf.data.Dataset.zip((d.map(lambda a, b: a), d.map(lambda a, b: b))).batch(9), verbose=0))
report(m.fit(d.batch(90, drop_remainder=True), verbose=0))
m.fit(d, verbose=0)
m.fit(s, y, verbose=0)
m.fit(d.batch(9).batch(2), verbose=0)
m.fit(d.map(lambda a, b: a).batch(9), verbose=0)
m.fit(d.map(lambda a, b: (a[:3], b)).batch(9), verbose=0)
m.fit(d.map(lambda a, b: (a, b, b, b)).batch(9), verbose=0)
m.fit(s, sample_weight=np.ones(70), verbose=0)
""",
        failures=7,
    )


def test_generators(side_by_side: SideBySide) -> None:
    side_by_side.check(
        HEAD
        + """
def forever(width=8, tuples=True):
    while True:
        yield (x[:10, :width], y[:10]) if tuples else x[:10]
def few(sizes):
    for size in sizes:
        yield x[:size], y[:size]
class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 4
    def __getitem__(self, index):
        return x[index * 20 : index * 20 + 20], y[index * 20 : index * 20 + 20]
class Broken(Batches):
    def __getitem__(self, index):
        return x[:10] @ np.zeros((3, 4)), y[:10]
report(m.fit(forever(), steps_per_epoch=5, epochs=2, validation_data=forever(), validation_steps=2, verbose=0))
report(m.predict(forever(), steps=3, verbose=0), m.predict(few([10, 7, 3]), verbose=0), m.fit(few([10, 10]), verbose=0))
report(m.fit(Batches(workers=2), epochs=2, verbose=0), m.predict(Batches(), verbose=0))
m.fit(forever(width=3), steps_per_epoch=2, verbose=0)
m.fit(forever(tuples=False), steps_per_epoch=2, verbose=0)
m.fit(few([]), verbose=0)
m.fit(forever, steps_per_epoch=2, verbose=0)
m.fit(Broken(), verbose=0)
m.fit(Batches(), y, verbose=0)
""",
        failures=6,
    )


def test_tables(side_by_side: SideBySide) -> None:
    side_by_side.check(
        HEAD
        + """
import pandas as pd
table = pd.DataFrame(x, columns=list("abcdefgh"), index=range(100, 170))
target = pd.Series(y, index=table.index)
report(m.fit(table, target, validation_split=0.2, verbose=0), m.predict(table.sample(7), verbose=0))
report(m.evaluate(table, target, verbose=0), m.train_on_batch(table, target))
m.fit(table.assign(i=1.0), target, verbose=0)
m.fit(table.assign(a="s"), target, verbose=0)
""",
        failures=2,
    )


def test_ragged_and_sparse(side_by_side: SideBySide) -> None:
    side_by_side.check(
        HEAD
        + """
r = tf.ragged.constant([[1, 2], [3], [4, 5, 6]] * 4)
q = keras.Sequential([layers.Embedding(10, 3), layers.GlobalAveragePooling1D(), layers.Dense(1)])
q.compile("adam", "mse")
report(q.fit(r, np.zeros(12), verbose=0))
s = keras.Sequential([keras.Input((8,), sparse=True), layers.Dense(2)])
s.compile("adam", "mse")
report(s.fit(tf.sparse.from_dense(x), np.zeros((70, 2)), verbose=0), s.predict(tf.sparse.from_dense(x), verbose=0))
""",
    )
