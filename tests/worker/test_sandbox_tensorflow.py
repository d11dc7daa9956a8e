"""TensorFlow and Keras at work in the strict sandbox, in a child of a process that has imported them."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from shapelens.worker import contract
from shapelens.worker.sandbox import lockdown

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="TensorFlow is not installed"),
]

HOST = textwrap.dedent(
    """
    import os, signal, sys
    workspace, private = sys.argv[1:]
    import keras, numpy, tensorflow as tf
    from shapelens.worker.sandbox import lockdown, roots
    assert lockdown.available("strict").tier.value == "strict"
    policy = lockdown.Policy(readable=roots.readable_roots(workspace, workspace), writable=(private,))

    def symbolic():
        inputs = keras.Input((28, 28, 1))
        x = keras.layers.Flatten()(keras.layers.Conv2D(4, 3)(inputs))
        return keras.Model(inputs, keras.layers.Dense(10)(x)).output.shape

    def eager():
        return float(tf.reduce_sum(tf.matmul(tf.ones((2, 3)), tf.ones((3, 4)))))

    def trained():
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        model.compile("sgd", "mse")
        return model.fit(numpy.ones((8, 4)), numpy.ones((8, 2)), verbose=0).history.keys()

    def compiled():
        return tf.function(lambda x: tf.reduce_sum(x * 2), jit_compile=True)(tf.ones((3,))).numpy().item()

    def pipeline():
        dataset = tf.data.Dataset.range(64).map(lambda x: x + 1, num_parallel_calls=4).batch(8).prefetch(2)
        return [int(batch[0]) for batch in dataset]

    def files():
        text = tf.data.TextLineDataset(os.path.join(workspace, "points.csv"))
        return [line.numpy() for line in text] + [tf.io.read_file(os.path.join(workspace, "points.csv")).numpy()]

    def snapshot():
        # Before anything touches TensorFlow's eager context, whose threads a fork would leave behind.
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.write(writing, str((symbolic(), eager())).encode())
            os._exit(0)
        os.wait()
        return os.read(reading, 100)

    def saved():
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        path = os.path.join(private, "model.keras")
        model.save(path)
        return keras.models.load_model(path).output_shape

    def refused():
        tf.io.write_file(os.path.join(workspace, "new.txt"), "text")

    for deed in (symbolic, eager, trained, compiled, pipeline, files, snapshot, saved, refused):
        if os.fork() == 0:
            signal.alarm(60)  # Ends this child alone, should it hang.
            os.chdir(workspace)
            lockdown.lock_down(policy, "strict")
            try:
                print(deed.__name__, deed(), flush=True)
            except Exception as error:
                print(deed.__name__, type(error).__name__, flush=True)
            os._exit(0)
        os.wait()
    """
)

EXPECTED = """\
symbolic (None, 10)
eager 24.0
trained dict_keys(['loss'])
compiled 6.0
pipeline [1, 9, 17, 25, 33, 41, 49, 57]
files [b'1,2', b'1,2\\n']
snapshot b'((None, 10), 24.0)'
saved (None, 2)
refused PermissionDeniedError
"""


def test_frameworks_work_as_outside(tmp_path: Path) -> None:
    report = lockdown.available("auto")
    if report.tier is not contract.SandboxTier.STRICT:
        pytest.skip(f"no strict sandbox on this system: {report.detail}")
    workspace, private = tmp_path / "workspace", tmp_path / "private"
    workspace.mkdir()
    private.mkdir()
    (workspace / "points.csv").write_text("1,2\n")
    package = Path(lockdown.__file__).parents[3]
    run = subprocess.run(
        [sys.executable, "-c", HOST, str(workspace), str(private)],
        env={**os.environ, "PYTHONPATH": str(package), "TF_CPP_MIN_LOG_LEVEL": "3", "TMPDIR": str(private)},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert run.stdout == EXPECTED, run.stderr[-3000:]
