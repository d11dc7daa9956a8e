"""What only the kernels of a plain run can compute is no error; what they cannot is one."""

from __future__ import annotations

import pytest

from shapelens.evaluation.kernels import in_doubt, quick_kernels
from shapelens.worker.contract import Outcome
from support.evaluation import Run, seen

pytestmark = pytest.mark.slow


def test_convolutions_that_quick_kernels_cannot_compute(run: Run) -> None:
    analysis = run(
        """
        import numpy as np
        import tensorflow as tf
        from tensorflow.keras import layers
        a = layers.Conv2D(8, 3, data_format="channels_first")(np.zeros((1, 3, 32, 32), "float32"))
        b = tf.nn.conv2d(tf.ones((1, 3, 8, 8)), tf.ones((3, 3, 3, 2)), 1, "SAME", data_format="NCHW")
        x, w = tf.ones((1, 8, 8, 4)), tf.Variable(tf.ones((3, 3, 4, 2)))
        with tf.GradientTape() as tape:
            y = tf.nn.conv2d(x, w, 1, "SAME", dilations=2)
        gradient = tape.gradient(y, w)
        """
    )
    # Where the processor has no better kernels, a plain run fails too; this test's own process tells.
    assert analysis.finished is not None and analysis.finished.outcome is Outcome.COMPLETED
    if not analysis.faults:
        assert seen(analysis, "tape.gradient(y, w)")[0].output.shape == (3, 3, 4, 2)
    assert not in_doubt(analysis) or plain_run_fails()


def plain_run_fails() -> bool:
    import tensorflow as tf

    try:
        tf.nn.conv2d(tf.ones((1, 3, 8, 8)), tf.ones((3, 3, 3, 2)), 1, "SAME", data_format="NCHW")
    except tf.errors.OpError:
        return True
    return False


def test_an_ordinary_fault_needs_no_second_opinion(run: Run) -> None:
    analysis = run("import tensorflow as tf\nx = tf.ones((2, 3)) @ tf.ones((4, 5))\n")
    (fault,) = analysis.faults
    assert "CPU" in fault.message, "the name of the device does not count"
    assert not in_doubt(analysis)


def test_low_precision_is_computed(run: Run) -> None:
    analysis = run(
        """
        import keras, numpy as np
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
        layers = keras.layers
        model = keras.Sequential([keras.Input((8, 8, 3)), layers.Conv2D(4, 3), layers.BatchNormalization(),
                                  layers.MaxPooling2D(), layers.Flatten(), layers.Dense(2)])
        y = model(np.zeros((1, 8, 8, 3), "float32"))
        """
    )
    assert not analysis.faults
    assert seen(analysis, 'model(np.zeros((1, 8, 8, 3), "float32"))')[0].output.shape == (1, 2)


def test_a_choice_of_the_users_is_kept() -> None:
    assert quick_kernels({}) != {}
    assert quick_kernels({"TF_ENABLE_ONEDNN_OPTS": "1"}) == {}
