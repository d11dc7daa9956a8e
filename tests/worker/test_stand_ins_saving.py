"""Models and weights are saved and loaded with all of Keras' checks and none of the values."""

from __future__ import annotations

from support.evaluation import Run
from support.found import problems, reasons, shape

_MODEL = """
        import keras
        import numpy as np
        import tensorflow as tf
        from keras import layers
        model = keras.Sequential([keras.Input((8,)), layers.Dense(4, name="dense"), layers.BatchNormalization()])
        model.compile("adam", "mean_squared_error")
        model.fit(np.zeros((16, 8)), np.zeros((16, 4)), verbose=0)
"""


def test_a_saved_model_is_loaded(run: Run) -> None:
    analysis = run(
        _MODEL
        + """
        model.save("a.keras")
        a = keras.models.load_model("a.keras")(np.zeros((2, 8)))
        model.save("models/b.h5")
        b = tf.keras.models.load_model("models/b.h5").predict(np.zeros((3, 8)), verbose=0)
        model.save_weights("c.weights.h5")
        model.load_weights("c.weights.h5")
        d = keras.models.model_from_json(model.to_json())(np.zeros((4, 8)))
        model.export("exported")
        e = tf.saved_model.load("exported").serve(np.zeros((5, 8), "float32"))
        import copy, pickle
        f = pickle.loads(pickle.dumps(model))(np.zeros((6, 8)))
        g = copy.deepcopy(model)(np.zeros((7, 8)))
        """
    )
    assert problems(analysis) == []
    for name, batch in (("a", 2), ("b", 3), ("d", 4), ("e", 5), ("f", 6), ("g", 7)):
        assert shape(analysis, name) == (batch, 4)


def test_a_program_of_its_own_layers_is_loaded(run: Run) -> None:
    analysis = run("""
        import keras
        import numpy as np
        @keras.saving.register_keras_serializable()
        class Scale(keras.layers.Layer):
            def __init__(self, units, **keywords):
                super().__init__(**keywords)
                self.units = units
                self.inner = keras.layers.Dense(units)
            def call(self, x):
                return self.inner(x)
            def get_config(self):
                return {**super().get_config(), "units": self.units}
        model = keras.Sequential([keras.Input((20_000,)), Scale(1024)])
        model.save("a.keras")
        a = keras.models.load_model("a.keras")(np.zeros((2, 20_000)))
        model.save_weights("a.weights.h5")
        model.load_weights("a.weights.h5")
    """)
    assert problems(analysis) == []
    assert shape(analysis, "a") == (2, 1024)
    assert analysis.finished is not None
    assert analysis.finished.peak_memory_mb < 60


def test_keras_own_objections_are_kept(run: Run) -> None:
    analysis = run(
        _MODEL
        + """
        model.save("folder")
        model.save_weights("weights.h5")
        other = keras.Sequential([keras.Input((8,)), keras.layers.Dense(5)])
        model.save_weights("w.weights.h5")
        other.load_weights("w.weights.h5")
        keras.Sequential([keras.layers.Dense(3)]).save_weights("u.weights.h5")
        named = keras.Sequential([keras.Input((3,)), keras.layers.Lambda(lambda x: x * 2)])
        named.save("lambda.keras")
        keras.models.load_model("lambda.keras")
        class Plain(keras.layers.Layer):
            def call(self, x):
                return x
        keras.Sequential([keras.Input((3,)), Plain()]).save("plain.keras")
        keras.models.load_model("plain.keras")
        """
    )
    told = {fault.location.span.line - 7: fault.message for fault in analysis.faults}
    assert set(told) == {1, 2, 5, 6, 9, 14}, problems(analysis)
    assert "Invalid filepath extension" in told[1]
    assert "must end in `.weights.h5`" in told[2]
    assert "variable.shape=(8, 5), Received: value.shape=(8, 4)" in told[5]
    assert "not yet been built" in told[6]
    assert "Lambda" in told[9]
    assert "Plain" in told[14]


def test_models_that_are_not_there_are_missing(run: Run) -> None:
    analysis = run("""
        import keras
        import tensorflow as tf
        keras.models.load_model("absent.keras")
        tf.keras.models.load_model("absent.h5")
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        model.load_weights("absent.weights.h5")
        tf.saved_model.load("absent")
        tf.train.Checkpoint(model=model).restore("absent/ckpt-1")
    """)
    assert reasons(analysis) == [(line, "missing-file") for line in (3, 4, 6, 7, 8)]


def test_what_callbacks_would_have_saved_is_loaded(run: Run) -> None:
    analysis = run(
        _MODEL
        + """
        best = keras.callbacks.ModelCheckpoint("checkpoints/best.keras", save_best_only=True)
        weights = keras.callbacks.ModelCheckpoint("w_{epoch:02d}_{val_loss:.2f}.weights.h5", save_weights_only=True)
        data = np.zeros((16, 8)), np.zeros((16, 4))
        model.fit(*data, validation_data=data, callbacks=[best, weights], verbose=0)
        a = keras.models.load_model("checkpoints/best.keras")(np.zeros((2, 8)))
        import glob
        for name in glob.glob("w_*.weights.h5"):
            model.load_weights(name)
            b = tf.zeros((len(name),))
        """
    )
    assert problems(analysis) == []
    assert shape(analysis, "a") == (2, 4)
    assert shape(analysis, "b") == (len("w_01_0.00.weights.h5"),)


def test_checkpoints_of_tensorflow(run: Run) -> None:
    analysis = run(
        _MODEL
        + """
        checkpoint = tf.train.Checkpoint(model=model, step=tf.Variable(0))
        manager = tf.train.CheckpointManager(checkpoint, "ckpts", max_to_keep=3)
        checkpoint.restore(manager.latest_checkpoint)
        for _ in range(5):
            path = manager.save()
        a = tf.zeros((len(manager.checkpoints), len(path)))
        checkpoint.save("training/ckpt")
        checkpoint.restore(tf.train.latest_checkpoint("training")).expect_partial()
        b = tf.zeros((len(tf.train.latest_checkpoint("training")),))
        """
    )
    assert problems(analysis) == []
    assert shape(analysis, "a") == (3, len("ckpts/ckpt-5"))
    assert shape(analysis, "b") == (len("training/ckpt-1"),)


def test_saved_modules_and_tflite(run: Run) -> None:
    analysis = run("""
        import tensorflow as tf
        class Module(tf.Module):
            @tf.function(input_signature=[tf.TensorSpec((None, 3))])
            def __call__(self, x):
                return tf.matmul(x, tf.ones((3, 5)))
        tf.saved_model.save(Module(), "saved")
        a = tf.saved_model.load("saved")(tf.zeros((2, 3)))
        model = tf.keras.Sequential([tf.keras.Input((3,)), tf.keras.layers.Dense(2)])
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        with open("model.tflite", "wb") as file:
            file.write(converter.convert())
        interpreter = tf.lite.Interpreter(model_path="model.tflite")
    """)
    assert reasons(analysis) == [(13, "replaced-values")]
    assert shape(analysis, "a") == (2, 5)


def test_a_large_model_is_saved_and_loaded_at_the_cost_of_making_it(run: Run) -> None:
    analysis = run("""
        import keras
        model = keras.applications.VGG16(weights=None)
        model.save("vgg.keras")
        again = keras.models.load_model("vgg.keras")
        model.save_weights("vgg.weights.h5")
        model.load_weights("vgg.weights.h5")
    """)
    assert problems(analysis) == []
    assert analysis.finished is not None
    assert analysis.finished.peak_memory_mb < 60
