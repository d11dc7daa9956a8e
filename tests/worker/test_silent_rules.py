"""Mistakes that Keras accepts, and the programs like them that are meant so."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from shapelens.diagnostics import diagnose
from shapelens.diagnostics.model import Diagnostic
from shapelens.evaluation.analysis import Analysis
from shapelens.source.lines import Lines
from shapelens.worker.contract import Given, TensorSpec, Training
from support.evaluation import Evaluations
from support.made import Source, spec

pytestmark = pytest.mark.slow

HEAD = "import numpy as np, keras, tensorflow as tf\nfrom keras import layers\n"

SILENT = (
    "attention-shape-mismatch",
    "dense-on-feature-map",
    "embedding-range",
    "silent-broadcast",
    "single-feature-bottleneck",
    "suspicious-argument",
    "unbuilt-model",
)

Diagnosed = Callable[[str], list[Diagnostic]]


@pytest.fixture
def diagnosed(evaluations: Evaluations, tmp_path: Path) -> Diagnosed:
    def found(text: str) -> list[Diagnostic]:
        path = tmp_path / "program.py"
        analysis = evaluations.text(HEAD + textwrap.dedent(text).lstrip("\n"), path)
        assert analysis.finished is not None and analysis.finished.outcome.value == "completed"
        return [item for item in diagnose(analysis) if item.code != "not-evaluated"]

    return found


def told(text: str, found: list[Diagnostic]) -> list[tuple[str, str, str]]:
    lines = Lines(HEAD + textwrap.dedent(text).lstrip("\n"))
    return [(item.code, item.severity.value, lines.slice(item.span)) for item in found]


FIT = """
model = keras.Sequential([keras.Input({input}), {layers}])
model.compile("sgd", "{loss}")
model.fit(np.zeros((64, *{input})), np.zeros({target}))
"""


def fit(layers: str, target: str, loss: str = "mse", input: str = "(8,)") -> str:
    return FIT.format(layers=layers, target=target, loss=loss, input=input)


CALL = "model.fit(np.zeros((64, *{})), np.zeros({}))"

BROADCASTS = [
    (fit("layers.Dense(4)", "(64, 1)"), "(8,)", "(64, 1)"),
    (fit("layers.Dense(1)", "(64, 4)", "mean_absolute_error"), "(8,)", "(64, 4)"),
    (fit("layers.LSTM(3, return_sequences=True), layers.Dense(1)", "(64, 1)", input="(10, 3)"), "(10, 3)", "(64, 1)"),
    (fit("layers.LSTM(3), layers.Dense(1)", "(64, 10, 1)", "huber", "(10, 3)"), "(10, 3)", "(64, 10, 1)"),
    (fit("layers.Conv2D(3, 1)", "(64, 8, 8, 1)", "log_cosh", "(8, 8, 1)"), "(8, 8, 1)", "(64, 8, 8, 1)"),
    (fit("layers.Dense(4, 'softmax')", "(64, 1)", "categorical_focal_crossentropy"), "(8,)", "(64, 1)"),
]


@pytest.mark.parametrize(("text", "input", "target"), BROADCASTS)
def test_targets_that_only_fit_by_broadcasting_are_a_warning(
    diagnosed: Diagnosed, text: str, input: str, target: str
) -> None:
    found = diagnosed(text)
    assert told(text, found) == [("silent-broadcast", "warning", CALL.format(input, target))]
    lines = Lines(HEAD + text.lstrip("\n"))
    places = [lines.slice(item.location.span) for item in found[0].related]
    assert places[0].startswith("layers.") and places[1].startswith("model.compile")


def test_a_difference_in_a_step_of_the_program_is_a_warning(diagnosed: Diagnosed) -> None:
    text = """
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.out = layers.Dense(1)
        def call(self, x):
            return self.out(x)
        def train_step(self, data):
            x, target = data
            with tf.GradientTape() as tape:
                found = self(x, training=True)
                loss = tf.reduce_mean(tf.square(target - found))
            grads = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
            return {"loss": loss}
    net = Net()
    net.compile("sgd")
    net.fit(np.zeros((64, 3)), np.zeros(64))
    """
    found = diagnosed(text)
    assert told(text, found) == [("silent-broadcast", "warning", "net.fit(np.zeros((64, 3)), np.zeros(64))")]
    assert diagnosed(text.replace("target - found", "target - tf.squeeze(found, -1)")) == []
    assert diagnosed(text.replace("np.zeros(64)", "np.zeros((64, 1))")) == []


@pytest.mark.parametrize(
    "text",
    [
        fit("layers.Dense(1)", "(64,)"),
        fit("layers.Dense(1)", "(64, 1)"),
        fit("layers.Dense(4)", "(64, 4)", "kl_divergence"),
        fit("layers.LSTM(3, return_sequences=True), layers.Dense(1)", "(64, 10)", input="(10, 3)"),
        fit("layers.LSTM(3, return_sequences=True), layers.Dense(1)", "(64, 10, 1)", input="(10, 3)"),
        fit("layers.Conv2D(1, 1)", "(64, 8, 8)", input="(8, 8, 1)"),
        fit("layers.Dense(1, 'sigmoid')", "(64,)", "binary_crossentropy"),
        fit("layers.Dense(4, 'softmax')", "(64, 1)", "sparse_categorical_crossentropy"),
        # a loss of the program's own may mean it so
        """
        def pinball(target, output):
            return tf.maximum(0.5 * (target - output), -0.5 * (target - output))
        model = keras.Sequential([keras.Input((8,)), layers.Dense(3)])
        model.compile("sgd", pinball)
        model.fit(np.zeros((64, 8)), np.zeros((64, 1)))
        """,
    ],
)
def test_targets_that_fit_are_no_warning(diagnosed: Diagnosed, text: str) -> None:
    assert diagnosed(text) == []


def test_what_fit_raises_is_told_once(diagnosed: Diagnosed) -> None:
    text = fit("layers.Dense(4, 'softmax')", "(64, 1)", "categorical_crossentropy")
    assert [item.code for item in diagnosed(text)] == ["loss-target-mismatch"]
    assert [item.code for item in diagnosed(fit("layers.Dense(4)", "(64, 7)"))] == ["operation-shape-mismatch"]


# --- dense-on-feature-map -------------------------------------------------------------------------------------

HEAD_OF = 'layers.Dense(10, activation="softmax")'

MAPS = [
    (f"model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(8, 3), {HEAD_OF}])", "warning", HEAD_OF),
    (
        f"""
        images = keras.Input((28, 28, 1))
        x = layers.MaxPooling2D()(layers.Conv2D(8, 3)(images))
        outputs = {HEAD_OF}(x)
        model = keras.Model(images, outputs)
        """,
        "warning",
        f"{HEAD_OF}(x)",
    ),
    (
        """
        model = keras.Sequential()
        model.add(keras.Input((28, 28, 1)))
        model.add(layers.Conv2D(8, 3))
        model.add(layers.Dense(10))
        model.add(layers.Activation("softmax"))
        """,
        "warning",
        "layers.Dense(10)",
    ),
    (
        "model = keras.Sequential([keras.Input((10, 20)), layers.LSTM(32, return_sequences=True), layers.Dense(10)])",
        "hint",
        "layers.Dense(10)",
    ),
]


@pytest.mark.parametrize(("text", "severity", "place"), MAPS)
def test_a_classifier_on_a_map_is_told(diagnosed: Diagnosed, text: str, severity: str, place: str) -> None:
    assert told(text, diagnosed(text)) == [("dense-on-feature-map", severity, place)]


def test_labels_for_each_sample_make_a_sequence_a_warning(diagnosed: Diagnosed) -> None:
    layer = 'layers.Dense(1, activation="sigmoid")'
    text = fit(f"layers.GRU(8, return_sequences=True), {layer}", "(64, 1)", "mse", "(10, 3)")
    found = told(text, diagnosed(text))
    assert ("dense-on-feature-map", "warning", layer) in found


def test_what_an_error_of_fit_says_is_not_said_twice(diagnosed: Diagnosed) -> None:
    layer = 'layers.Dense(5, activation="softmax")'
    text = fit(f"layers.GRU(8, return_sequences=True), {layer}", "(64, 1)", "categorical_focal_crossentropy", "(10, 3)")
    found = told(text, diagnosed(text))
    assert [severity for _, severity, _ in found] == ["error"]


@pytest.mark.parametrize(
    "text",
    [
        # tagging and segmentation: a label for each step, for each pixel
        fit(
            "layers.GRU(8, return_sequences=True), layers.Dense(5, 'softmax')",
            "(64, 10)",
            "sparse_categorical_crossentropy",
            "(10, 3)",
        ),
        fit(
            "layers.Conv2D(8, 3, padding='same'), layers.Dense(5, 'softmax')",
            "(64, 8, 8)",
            "sparse_categorical_crossentropy",
            "(8, 8, 1)",
        ),
        (
            "model = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(8, 3, padding='same'), "
            "layers.Dense(5, 'softmax')])"
        ),
        """
        model = keras.Sequential([
            keras.Input((10, 3)), layers.LSTM(8, return_sequences=True), layers.TimeDistributed(layers.Dense(5))])
        """,
        """
        model = keras.Sequential([
            keras.Input((10,)), layers.Embedding(100, 8), layers.LSTM(8, return_sequences=True),
            layers.Dense(100, "softmax")])
        """,
        (
            "model = keras.Sequential([keras.Input((10, 3)), layers.LSTM(8, return_sequences=True), layers.Dense(10), "
            "layers.Flatten(), layers.Dense(4)])"
        ),
        "model = keras.Sequential([keras.Input((10, 3)), layers.LSTM(8), layers.Dense(10, 'softmax')])",
        # the layers of a transformer's block, of which none is the last
        """
        x = inputs = keras.Input((10, 16))
        x = layers.LayerNormalization()(x + layers.MultiHeadAttention(2, 8)(x, x))
        feed_forward = keras.Sequential([layers.Dense(32, "relu"), layers.Dense(16)])
        x = layers.LayerNormalization()(x + feed_forward(x))
        model = keras.Model(inputs, layers.Dense(4)(layers.GlobalAveragePooling1D()(x)))
        """,
        # a gate of squeeze and excitation
        """
        inputs = keras.Input((28, 28, 3))
        x = layers.Conv2D(8, 3)(inputs)
        gate = layers.Dense(8, activation="sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(x))
        model = keras.Model(inputs, layers.Dense(2)(layers.Flatten()(layers.Multiply()([x, gate]))))
        """,
    ],
)
def test_heads_that_are_meant_so_are_quiet(diagnosed: Diagnosed, text: str) -> None:
    assert diagnosed(text) == []


# --- single-feature-bottleneck --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("model = keras.Sequential([keras.Input((10,)), layers.Dense(1), layers.Dense(64)])", "layers.Dense(1)"),
        (
            """
            x = inputs = keras.Input((10,))
            x = layers.Dense(1)(x)
            x = layers.Dropout(0.5)(x)
            model = keras.Model(inputs, layers.Dense(64)(x))
            """,
            "layers.Dense(1)(x)",
        ),
        (
            """
            model = keras.Sequential()
            model.add(layers.Dense(1, input_shape=(10,)))
            model.add(layers.Dense(8))
            """,
            "layers.Dense(1, input_shape=(10,))",
        ),
    ],
)
def test_one_unit_in_the_middle_is_a_hint(diagnosed: Diagnosed, text: str, place: str) -> None:
    assert told(text, diagnosed(text)) == [("single-feature-bottleneck", "hint", place)]


@pytest.mark.parametrize(
    "text",
    [
        "model = keras.Sequential([keras.Input((10,)), layers.Dense(64), layers.Dense(1)])",
        "model = keras.Sequential([keras.Input((10,)), layers.Dense(1), layers.Activation('sigmoid')])",
        "model = keras.Sequential([keras.Input((10,)), layers.Dense(1), layers.Dense(1)])",
        "model = keras.Sequential([keras.Input((1,)), layers.Dense(1), layers.Dense(8)])",
        # attention over time
        "model = keras.Sequential([keras.Input((10, 3)), layers.Dense(1), layers.Flatten(), layers.Dense(4)])",
        """
        inputs = keras.Input((10,))
        score = layers.Dense(1)(inputs)
        joined = layers.Concatenate()([score, inputs])
        model = keras.Model(inputs, layers.Dense(8)(joined))
        """,
        """
        inputs = keras.Input((10,))
        gate = layers.Dense(1, activation="sigmoid")(inputs)
        model = keras.Model(inputs, layers.Dense(8)(layers.Multiply()([inputs, gate])))
        """,
        """
        inputs = keras.Input((10,))
        model = keras.Model(inputs, layers.Dense(1)(inputs))
        other = keras.Model(inputs, layers.Dense(8)(inputs))
        """,
    ],
)
def test_one_unit_elsewhere_is_quiet(diagnosed: Diagnosed, text: str) -> None:
    assert diagnosed(text) == []


# --- suspicious-argument --------------------------------------------------------------------------------------


def test_a_kernel_written_as_two_numbers_is_a_warning(diagnosed: Diagnosed) -> None:
    text = "model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(32, 3, 3, activation='relu')])"
    (found,) = diagnosed(text)
    assert told(text, [found]) == [("suspicious-argument", "warning", "layers.Conv2D(32, 3, 3, activation='relu')")]
    assert "(None, 28, 28, 1) becomes (None, 9, 9, 32)" in found.message


def test_an_input_shape_with_the_samples_in_it_is_a_warning(diagnosed: Diagnosed) -> None:
    text = """
    x = np.zeros((50, 12, 4))
    model = keras.Sequential([keras.Input(x.shape), layers.Dense(3)])
    model.compile("sgd", "mse")
    model.fit(x, np.zeros((50, 3)))
    """
    found = told(text, diagnosed(text))
    assert found[0] == ("suspicious-argument", "warning", "keras.Input(x.shape)")
    assert found[1][0] == "input-structure-mismatch"


@pytest.mark.parametrize(
    "text",
    [
        "layers.Conv2D(32, 3, border_mode='same')",
        "keras.optimizers.Adam(lr=0.01)",
        "layers.LSTM(3, batch_input_shape=(1, 2, 3))",
        "keras.Sequential([keras.Input((3,)), layers.Dense(1)]).fit(np.zeros((4, 3)), nb_epoch=3)",
    ],
)
def test_arguments_that_are_gone_are_an_error_of_their_own(diagnosed: Diagnosed, text: str) -> None:
    assert [(item.code, item.severity.value) for item in diagnosed(text)] == [("suspicious-argument", "error")]


@pytest.mark.parametrize(
    "text",
    [
        "model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(32, (3, 3), (2, 2))])",
        "model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(32, 3, 2)])",
        "model = keras.Sequential([keras.Input((32, 32, 3)), layers.Conv2D(64, 16, 16)])",
        "model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(32, 3, strides=3)])",
        "model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2DTranspose(32, 3, 3)])",
        "model = keras.Sequential([keras.Input((28, 28, 1)), layers.Conv2D(32, 1, 1), layers.MaxPooling2D(3, 3)])",
        fit("layers.Flatten(), layers.Dense(1)", "(64, 1)", input="(64, 4)"),
        # one picture without the axis of the batch
        "model = keras.Sequential([keras.Input((6, 4)), layers.Flatten()])\nmodel.predict(np.zeros((1, 6, 4)))",
    ],
)
def test_arguments_that_are_meant_so_are_quiet(diagnosed: Diagnosed, text: str) -> None:
    assert diagnosed(text) == []


# --- unbuilt-model --------------------------------------------------------------------------------------------

UNBUILT = "model = keras.Sequential([layers.Conv2D(8, 3), layers.Flatten(), layers.Dense(2)])\n"


def test_a_model_that_nothing_builds_is_a_hint(diagnosed: Diagnosed) -> None:
    text = UNBUILT + "model.compile('sgd', 'mse')\nmodel.summary()\n"
    place = "keras.Sequential([layers.Conv2D(8, 3), layers.Flatten(), layers.Dense(2)])"
    assert told(text, diagnosed(text)) == [("unbuilt-model", "hint", place)]
    added = "model = keras.Sequential()\nmodel.add(layers.Dense(2))\nmodel.compile('sgd', 'mse')\n"
    assert told(added, diagnosed(added)) == [("unbuilt-model", "hint", "keras.Sequential()")]


@pytest.mark.parametrize(
    "text",
    [
        UNBUILT + "model(np.zeros((1, 28, 28, 1)))\n",
        UNBUILT + "model.build((None, 28, 28, 1))\n",
        UNBUILT + "model.compile('sgd', 'mse')\nmodel.fit(unknown_images, unknown_labels)\n",
        UNBUILT + "def train(x, y):\n    model.fit(x, y)\n",
        UNBUILT + "models = {'small': model}\n",
        "def build():\n    model = keras.Sequential([layers.Dense(2)])\n    return model\nbuild()\n",
        "model = keras.Sequential()\n",
        "keras.Sequential([layers.Dense(2)])\n",
    ],
)
def test_models_that_something_may_build_are_quiet(diagnosed: Diagnosed, text: str) -> None:
    assert [item for item in diagnosed(text) if item.code in SILENT] == []


# --- embedding-range ------------------------------------------------------------------------------------------

EMBEDDING = """
model = keras.Sequential([keras.Input((5,)), layers.Embedding(10, 4), layers.Flatten(), layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.full((8, 5), {}), np.zeros(8))
"""


def test_what_tensorflow_raises_of_an_embedding_is_told_once(diagnosed: Diagnosed) -> None:
    (found,) = diagnosed(EMBEDDING.format(10))
    assert (found.code, found.severity.value) == ("keras-error", "error")
    assert found.message.endswith("in line 3 has rows for 0 to 9 only, but is given 10.")
    assert diagnosed(EMBEDDING.format(9)) == []


SEQUENTIAL = "model = keras.Sequential([keras.Input((5,)), layers.Embedding(10, 4)])\nmodel.fit(x, y)\n"
FUNCTIONAL = "a = keras.Input((5,))\nb = layers.Embedding(10, 4)(a)\nmodel.fit(x, y)\n"
HASHED = "model = keras.Sequential([layers.Hashing(10), layers.Embedding(10, 4)])\nmodel.fit(x, y)\n"
REDUCED = "a = keras.Input((5,))\nb = layers.Embedding(10, 4)(a % 10)\nmodel.fit(x, y)\n"
CALLED = """class Net(keras.Model):
    def __init__(self):
        self.rows = layers.Embedding(10, 4)
    def call(self, x):
        return self.rows(x)
model.fit(x, y)
"""


def embedded(text: str, maximum: float, shape: tuple[int, ...] = (8, 5)) -> Analysis:
    """Return what is seen where nothing raises: on JAX, or TensorFlow on a GPU."""
    source = Source(text)
    call = source.place("model.fit(x, y)")
    layer = source.layer("layers.Embedding(10, 4)", "Embedding", spec(None, 5, 4), input=spec(None, 5), parameters=40)
    given = Given("x", TensorSpec(shape, "int64"), False, "x", 0.0, maximum, True)
    training = Training(call, "fit", "sequential", given=(given,))
    return dataclasses.replace(source.analysis((dataclasses.replace(layer, via=(call,)),)), trainings=(training,))


@pytest.mark.parametrize("text", [SEQUENTIAL, FUNCTIONAL, CALLED])
def test_numbers_without_a_row_are_a_warning_where_nothing_raises(text: str) -> None:
    (found,) = diagnose(embedded(text, 10.0))
    assert (found.code, found.severity.value) == ("embedding-range", "warning")
    assert "needs input_dim=11" in found.message
    assert [item.message for item in found.related] == ["an embedding of 10 rows"]


def test_numbers_in_range_for_another_layer_or_looked_up_are_quiet() -> None:
    assert diagnose(embedded(SEQUENTIAL, 9.0)) == ()
    assert diagnose(embedded(SEQUENTIAL, 99.0, (8, 7))) == ()
    assert diagnose(embedded(SEQUENTIAL, 99.0, (8,))) == ()
    assert diagnose(embedded(HASHED, 99.0)) == ()
    assert diagnose(embedded(REDUCED, 99.0)) == ()
    assert diagnose(embedded(CALLED.replace("self.rows(x)", "self.rows(self.hash(x))"), 99.0)) == ()
    assert diagnose(embedded(FUNCTIONAL.replace("b = ", "a = a % 10\nb = "), 99.0)) == ()


# --- attention-shape-mismatch ---------------------------------------------------------------------------------

Q, V = "np.zeros((2, 5, 16), 'float32')", "np.zeros((2, 7, 12), 'float32')"


@pytest.mark.parametrize(
    "text",
    [
        f"layers.MultiHeadAttention(2, 8)({Q}, {V}, key=np.zeros((2, 6, 12), 'float32'))",
        f"layers.MultiHeadAttention(2, 8)({Q}, {V}, attention_mask=np.ones((2, 7, 5), bool))",
        f"layers.Attention()([{Q}, {V}])",
        f"layers.AdditiveAttention()([{Q}, {V}])",
        f"layers.Attention()({Q})",
        "layers.Attention()([keras.Input((5, 16))])",
        "layers.GroupQueryAttention(8, 4, 2)(keras.Input((5, 16)), keras.Input((7, 12)))",
        """
        query, value = keras.Input((5, 16)), keras.Input((7, 12))
        model = keras.Model([query, value], layers.Attention()([query, value]))
        model.predict([np.zeros((2, 5, 16)), np.zeros((2, 7, 12))])
        """,
    ],
)
def test_attention_that_does_not_fit_has_its_own_code(diagnosed: Diagnosed, text: str) -> None:
    assert [(item.code, item.severity.value) for item in diagnosed(text)] == [("attention-shape-mismatch", "error")]


def test_attention_that_fits_is_quiet(diagnosed: Diagnosed) -> None:
    assert diagnosed(f"layers.MultiHeadAttention(2, 8)({Q}, {V}, attention_mask=np.ones((2, 5, 7), bool))") == []
    assert diagnosed(f"layers.Attention()([{Q}, layers.Dense(16)({V})])") == []


def test_other_mistakes_in_an_attention_layer_keep_their_code(diagnosed: Diagnosed) -> None:
    assert [item.code for item in diagnosed("layers.MultiHeadAttention(0, 8)")] == ["keras-error"]
