"""Custom training steps, losses, metrics and layers: their code is traced, and fails where it fails in a plain run."""

from __future__ import annotations

import pytest

from support.side_by_side import SideBySide

pytestmark = pytest.mark.slow

HEAD = """
x, y = np.random.rand(48, 8).astype("float32"), np.random.rand(48, 2).astype("float32")
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.d = layers.Dense(2)
    def call(self, x):
        return self.d(x)
def made(kind, **options):
    model = kind()
    model.compile("adam", **options)
    return model
"""


def test_steps(side_by_side: SideBySide) -> None:
    side_by_side.check(
        HEAD
        + """
class Logs(Net):
    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            error = (y - self(x, training=True)) ** 2
            loss = tf.reduce_mean(error)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {"loss": loss, "rows": tf.reduce_mean(error, -1)}
    def test_step(self, data):
        return {"q": tf.reduce_sum(self(data[0], training=False))}
    def predict_step(self, data):
        return self(data), tf.argmax(self(data), -1)
class Unpacks(Net):
    def train_step(self, data):
        x, y, z = data
        return {"loss": 0.0}
class Late(Net):
    def train_step(self, data):
        p = self(data[0], training=True)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(p)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {"loss": loss}
class Twice(Net):
    def train_step(self, data):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(self(data[0], training=True))
        tape.gradient(loss, self.trainable_variables)
        return {"loss": tape.gradient(loss, self.trainable_variables)[0]}
class Penalty(Net):
    def train_step(self, data):
        with tf.GradientTape() as outer:
            with tf.GradientTape() as inner:
                inner.watch(data[0])
                p = self(data[0], training=True)
            (inside,) = inner.gradient(p, [data[0]])
            loss = tf.reduce_mean((tf.sqrt(tf.reduce_sum(inside**2, 1)) - 1.0) ** 2) + tf.reduce_mean(p)
        gradients = outer.gradient(loss, self.trainable_variables)
        self.none = [item is None for item in gradients]
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {"loss": loss}
m = made(Logs)
report(m.fit(x, y, epochs=2, validation_data=(x, y), verbose=0), m.predict(x, verbose=0), m.evaluate(x, y, verbose=0))
p = made(Penalty)
report(p.fit(x, y, verbose=0), p.none)
made(Unpacks).fit(x, y, verbose=0)
made(Late).fit(x, y, verbose=0)
made(Twice).fit(x, y, verbose=0)
""",
        failures=3,
    )


def test_losses_and_metrics(side_by_side: SideBySide) -> None:
    side_by_side.check(
        HEAD
        + """
class Two(keras.metrics.Metric):
    def __init__(self):
        super().__init__(name="two")
        self.c = self.add_weight(shape=(2,), name="c", initializer="zeros")
    def update_state(self, t, p, sample_weight=None):
        self.c.assign(keras.ops.sum(p, 0))
    def result(self):
        return self.c
report(made(Net, loss=lambda t, p: tf.reduce_mean((t - p) ** 2), metrics=[Two(), "mae"]).fit(x, y, epochs=2, verbose=0))
made(Net, loss=lambda t, p: np.mean(p.numpy())).fit(x, y, verbose=0)
made(Net, loss=lambda t, p: np.mean(p.numpy()), run_eagerly=True).fit(x, y, verbose=0)
made(Net, loss=lambda t, p: None).fit(x, y, verbose=0)
made(Net, loss=lambda t, p: tf.ones((5, 3)) * p).fit(x, y, verbose=0)
made(Net, loss=lambda t, p: tf.cast(tf.argmax(p, -1), "float32")).fit(x, y, verbose=0)
made(Net).fit(x, y, verbose=0)
made(Net, loss="nope").fit(x, y, verbose=0)
""",
        failures=7,
    )


def test_layers(side_by_side: SideBySide) -> None:
    side_by_side.check(
        HEAD
        + """
class Looks(layers.Layer):
    def build(self, shape):
        self.w = tf.Variable(tf.ones((shape[-1], 2)))
    def call(self, x):
        if float(tf.reduce_mean(x)) > 100:
            x = x[:, :1]
        return tf.matmul(x, self.w)
class Adds(layers.Layer):
    def call(self, x):
        self.add_loss(keras.ops.mean(x))
        return x
class Wide(layers.Layer):
    def build(self, shape):
        self.e = self.add_weight(shape=(32, 8))
    def call(self, x):
        return x + self.e
def stack(*parts, **options):
    model = keras.Sequential(list(parts))
    model.compile("adam", "mse", **options)
    return model
report(stack(Adds(), layers.Dense(2, kernel_regularizer="l2", activity_regularizer="l1")).fit(x, y, verbose=0))
m = stack(layers.Dense(8), Looks(), run_eagerly=True)
report(m.fit(x, y, verbose=0), m.predict(x, verbose=0))
stack(Looks()).fit(x, y, verbose=0)
stack(Wide(), layers.Dense(2)).fit(x, y, verbose=0)
""",
        failures=3,
    )
