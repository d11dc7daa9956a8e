"""Layers, models and tapes called with eager tensors, small ones and such as nobody would compute."""

from __future__ import annotations

import pytest

from support.side_by_side import SideBySide

pytestmark = pytest.mark.slow

HEAD = """
x, y = np.random.rand(48, 8).astype("float32"), np.random.rand(48, 2).astype("float32")
m = keras.Sequential([keras.Input((8,)), layers.Dense(4), layers.Dense(2)])
"""


def test_calls(side_by_side: SideBySide) -> None:
    side_by_side.check(
        HEAD
        + """
d = layers.Dense(3)
report(d(x), d(x[:1]), layers.LSTM(4)(np.zeros((2, 5, 3))), [w.shape for w in d.weights])
report(layers.MultiHeadAttention(2, 8)(x[None], x[None], return_attention_scores=True))
report(layers.Dropout(0.5)(x, training=True), layers.Resizing(4, 5)(np.zeros((2, 8, 8, 3))))
big = keras.Sequential([layers.Conv2D(64, 3, padding="same"), layers.Conv2D(64, 3, strides=2), layers.Flatten()])
report(big(np.zeros((16, 128, 128, 3), "float32")), big.built, big.output_shape)
from keras.applications import MobileNetV2
features = MobileNetV2(weights=None, include_top=False, input_shape=(96, 96, 3))(np.zeros((8, 96, 96, 3), "float32"))
report(features, layers.GlobalAveragePooling2D()(features))
class Product(layers.Layer):
    def build(self, shape):
        self.w = self.add_weight(shape=(500, 3000))
    def call(self, x):
        return tf.matmul(x, self.w)
d(x[:, :3])
Product()(np.zeros((9000, 400), "float32"))
layers.Concatenate()([np.zeros((2, 3, 4)), np.zeros((2, 4, 4))])
m(x, foo=1)
""",
        failures=3,
    )


def test_tapes(side_by_side: SideBySide) -> None:
    side_by_side.check(
        HEAD
        + """
v, c = tf.Variable(x[:1]), tf.constant(x[:3])
@tf.function
def step(image):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(m(image))
    image.assign(image - tape.gradient(loss, image))
    return loss
with tf.GradientTape() as tape:
    tape.watch(c)
    p = m(c)
jacobian = tape.jacobian(p, c)
with tf.GradientTape() as tape:
    total = tf.reduce_sum(c**2)
report(step(v), jacobian, tape.gradient(total, c))
with tf.GradientTape(persistent=True) as tape:
    p = m(x)
    loss = tf.reduce_mean(p)
report(tape.gradient(loss, m.trainable_variables), tape.gradient(p, m.layers[0].trainable_variables))
p = m(x)
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(p)
gradients = tape.gradient(loss, m.trainable_variables)
keras.optimizers.Adam().apply_gradients(zip(gradients, m.trainable_variables))
tape.gradient(loss, m.trainable_variables)
keras.optimizers.Adam().apply_gradients(gradients)
""",
        failures=3,
    )
