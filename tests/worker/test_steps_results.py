"""What training gives back: histories, numbers and predictions, and models as they are afterwards."""

from __future__ import annotations

import pytest

from support.side_by_side import SideBySide

pytestmark = pytest.mark.slow

HEAD = """
x, y = np.random.rand(70, 8).astype("float32"), np.arange(70) % 3
m = keras.Sequential([keras.Input((8,)), layers.Dense(5), layers.Dense(3, activation="softmax")])
m.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
"""


def test_histories(side_by_side: SideBySide) -> None:
    side_by_side.check(
        HEAD
        + """
h = m.fit(x, y, epochs=7, validation_data=(x, y), validation_freq=3, verbose=0)
report(h, m.history is h, m.fit(x, y, epochs=2, initial_epoch=4, verbose=0))
report(m.fit(x, y, epochs=7, initial_epoch=4, validation_data=(x, y), validation_freq=[1, 5], verbose=0))
c = [keras.callbacks.EarlyStopping(patience=3), keras.callbacks.ReduceLROnPlateau()]
report(m.fit(x, y, epochs=4, validation_split=0.2, callbacks=c, verbose=2), c[0].model is m, c[0].stopped_epoch)
m.fit(x, y, callbacks=["early"])
m.fit(x, y, epochs=2.0, verbose=0)
m.fit(x, y, nb_epoch=3)
""",
        failures=3,
    )


def test_numbers(side_by_side: SideBySide) -> None:
    side_by_side.check(
        HEAD
        + """
report(m.evaluate(x, y, verbose=0), m.evaluate(x, y, verbose=0, return_dict=True), m.train_on_batch(x, y))
report(m.test_on_batch(x, y, return_dict=True), m.predict_on_batch(x[:7]), m.metrics_names, m.output_shape)
n = keras.Sequential([layers.Dense(3)])
n.compile(loss="mse")
z = np.zeros((70, 3))
report(n.built, n.fit(x, z, verbose=0), n.evaluate(x, z, verbose=0), n.built, n.inputs[0].shape)
report(m.optimizer.built, [tuple(v.shape) for v in m.optimizer.variables], [w.shape for w in m.get_weights()])
""",
    )


def test_models_that_change(side_by_side: SideBySide) -> None:
    side_by_side.check(
        HEAD
        + """
m.fit(x, y, verbose=0)
m.layers[0].trainable = False
m.compile("sgd", "mse", metrics=["mae"])
report(m.fit(x, np.zeros((70, 3)), verbose=0), len(m.trainable_variables), len(m.optimizer.variables))
m.add(layers.Dense(2))
m.compile("sgd", "mse")
report(m.fit(x, np.zeros((70, 2)), verbose=0), m.predict(x, verbose=0))
m.fit(x, np.zeros((70, 3)), verbose=0)
f = keras.Model(m.inputs, m.layers[0].output)
report(f.predict(x, verbose=0), f(x[:3]))
""",
        failures=1,
    )


def test_never_compiled(side_by_side: SideBySide) -> None:
    side_by_side.check(
        HEAD
        + """
n = keras.Sequential([layers.Dense(3)])
n.fit(x, y, verbose=0)
n.evaluate(x, y, verbose=0)
n.train_on_batch(x, y)
report(n.predict(x, verbose=0), n.built)
""",
        failures=3,
    )


def test_strategies_and_policies(side_by_side: SideBySide) -> None:
    side_by_side.check(
        HEAD
        + """
with tf.distribute.MirroredStrategy().scope():
    n = keras.Sequential([keras.Input((8,)), layers.Dense(3)])
    n.compile("adam", "mse")
report(n.fit(x, np.zeros((70, 3)), epochs=2, validation_split=0.1, verbose=0), n.predict(x, verbose=0))
keras.mixed_precision.set_global_policy("mixed_float16")
h = keras.Sequential([layers.Dense(2)])
h.compile("adam", "mse", steps_per_execution=2)
report(h.fit(x, np.zeros((70, 2)), batch_size=8, verbose=0), h.predict(x, verbose=0), type(h.optimizer).__name__)
""",
    )
