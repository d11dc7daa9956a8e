"""Loops that train are cut short and leave what a plain run leaves; loops that build are run to their end."""

from __future__ import annotations

import pytest

from support.side_by_side import SideBySide

pytestmark = pytest.mark.slow

HEAD = """
x, y = np.random.rand(48, 8).astype("float32"), np.random.rand(48, 2).astype("float32")
ds = tf.data.Dataset.from_tensor_slices((x, y)).batch(10)
m = keras.Sequential([keras.Input((8,)), layers.Dense(4), layers.BatchNormalization(), layers.Dense(2)])
opt, lf = keras.optimizers.Adam(), keras.losses.MeanSquaredError()
"""


def test_tapes_and_data_sets(side_by_side: SideBySide) -> None:
    side_by_side.check(
        HEAD
        + """
history = []
for epoch in range(5):
    for xb, yb in ds:
        with tf.GradientTape() as tape:
            p = m(xb, training=True)
            loss = lf(yb, p)
        gradients = tape.gradient(loss, m.trainable_variables)
        opt.apply_gradients(zip(gradients, m.trainable_variables))
    history.append(float(loss))
report(len(history), epoch, p, gradients, opt.built, len(opt.variables))
@tf.function
def step(xb, yb):
    with tf.GradientTape() as tape:
        p = m(xb, training=True)
        loss = lf(yb, p)
    opt.apply_gradients(zip(tape.gradient(loss, m.trainable_variables), m.trainable_variables))
    return loss, p
losses, outputs = [], []
for epoch in range(4):
    for i, (xb, yb) in enumerate(ds):
        loss, p = step(xb, yb)
        outputs.append(p)
    losses.append(loss.numpy())
report(losses, len(outputs), p, i, step(x[:7], y[:7]))
step(x, y[:, :1] @ np.zeros((1, 5), "float32"))
""",
        failures=1,
    )


def test_batches(side_by_side: SideBySide) -> None:
    side_by_side.check(
        HEAD
        + """
m.compile("adam", "mse", metrics=["mae"])
logs, count, parts, whole, store = [], 0, [], np.empty((0, 2)), {"loss": [], "val": []}
for epoch in range(6):
    for i in range(0, 48, 16):
        logs.append(m.train_on_batch(x[i : i + 16], y[i : i + 16]))
        count += 1
    store["loss"].append(logs[-1])
report(len(logs), count, epoch, i, len(store["loss"]))
for xb, yb in ds:
    parts.extend(np.argmax(m.predict(xb, verbose=0), axis=1))
    whole = np.append(whole, m.predict_on_batch(xb), axis=0)
report(len(parts), whole, xb)
n = 0
while n < 30:
    logs.append(m.test_on_batch(x, y))
    n += 1
report(n, len(logs))
from collections import deque
memory = deque(maxlen=100)
for t in range(50):
    memory.append(m.predict_on_batch(x[:1]))
    if len(memory) > 8:
        target = m.predict_on_batch(x[:2])
report(len(memory), target)
""",
    )


def test_loops_that_build(side_by_side: SideBySide) -> None:
    side_by_side.check(
        HEAD
        + """
from sklearn.model_selection import KFold
scores, histories = [], []
for train, test in KFold(4).split(x):
    k = keras.Sequential([layers.Dense(4), layers.Dense(2)])
    k.compile("adam", "mse", metrics=["mae"])
    histories.append(k.fit(x[train], y[train], epochs=2, validation_data=(x[test], y[test]), verbose=0))
    scores.append(k.evaluate(x[test], y[test], verbose=0)[1])
report(len(scores), histories)
for n in [1, 2, 3, 4]:
    k = keras.Sequential([layers.Dense(n)])
    k.compile("adam", "mse")
    k.fit(x, np.zeros((48, 2 if n < 4 else 3)), verbose=0)
""",
        failures=1,
    )
