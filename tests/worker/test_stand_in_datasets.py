"""Data sets and pretrained models without downloads: what Keras and TensorFlow Datasets document of them."""

from __future__ import annotations

from typing import Any

import pytest

from shapelens.evaluation.analysis import Analysis
from support.evaluation import Run


def value(analysis: Analysis) -> Any:
    """Return what a program told through the exception at its end: an evaluation can write nothing."""
    told = [fault.message for fault in analysis.faults if fault.exception == "SystemError"]
    assert told, (analysis.faults, analysis.skips)
    return eval(told[-1])


def told(run: Run, setup: str, expression: str) -> Any:
    return value(run(f"{setup}\nraise SystemError(repr({expression}))\n"))


SPLIT = """
def spec(part):
    return [(item.shape, str(item.dtype)) for item in part]
"""

LOADED = [
    ("mnist", "", [((60000, 28, 28), "uint8"), ((60000,), "uint8"), ((10000, 28, 28), "uint8"), ((10000,), "uint8")]),
    (
        "fashion_mnist",
        "",
        [((60000, 28, 28), "uint8"), ((60000,), "uint8"), ((10000, 28, 28), "uint8"), ((10000,), "uint8")],
    ),
    (
        "cifar10",
        "",
        [((50000, 32, 32, 3), "uint8"), ((50000, 1), "uint8"), ((10000, 32, 32, 3), "uint8"), ((10000, 1), "uint8")],
    ),
    (
        "cifar100",
        "label_mode='coarse'",
        [((50000, 32, 32, 3), "uint8"), ((50000, 1), "int64"), ((10000, 32, 32, 3), "uint8"), ((10000, 1), "int64")],
    ),
    ("imdb", "num_words=1000", [((25000,), "object"), ((25000,), "int64"), ((25000,), "object"), ((25000,), "int64")]),
    ("reuters", "", [((8982,), "object"), ((8982,), "int64"), ((2246,), "object"), ((2246,), "int64")]),
    (
        "boston_housing",
        "test_split=0.5",
        [((253, 13), "float64"), ((253,), "float64"), ((253, 13), "float64"), ((253,), "float64")],
    ),
    (
        "california_housing",
        "version='small'",
        [((480, 8), "float32"), ((480,), "float32"), ((120, 8), "float32"), ((120,), "float32")],
    ),
]


@pytest.mark.parametrize("package", ["keras.datasets", "tensorflow.keras.datasets"])
@pytest.mark.parametrize(("name", "arguments", "expected"), LOADED, ids=[item[0] for item in LOADED])
def test_keras_datasets_have_their_documented_shapes(
    run: Run, package: str, name: str, arguments: str, expected: Any
) -> None:
    setup = f"{SPLIT}\nfrom {package} import {name}\n(a, b), (c, d) = {name}.load_data({arguments})"
    assert told(run, setup, "spec([a, b, c, d])") == expected


def test_load_data_may_be_imported_by_itself(run: Run) -> None:
    setup = "import numpy as np\nfrom keras.datasets.mnist import load_data\n(x, y), (u, v) = load_data()"
    counts = told(run, setup, "(np.bincount(y).tolist(), np.bincount(v).tolist(), x[y < 5].shape, int(x.max()))")
    assert counts == (
        [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
        [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
        (30596, 28, 28),
        255,
    )


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("cifar100.load_data(label_mode='x')", '`label_mode` must be one of `"fine"`, `"coarse"`'),
        ("boston_housing.load_data(test_split=1)", "Invalid `test_split` argument"),
        ("california_housing.load_data(version='tiny')", "Argument `version` must be one of"),
    ],
)
def test_wrong_arguments_are_refused_as_keras_does(run: Run, call: str, expected: str) -> None:
    analysis = run(f"import keras\nkeras.datasets.{call}\n")
    assert [fault.exception for fault in analysis.faults] == ["ValueError"]
    assert analysis.faults[0].message.startswith(expected)


def test_texts_have_the_lengths_and_words_of_the_real_ones(run: Run) -> None:
    setup = """
import numpy as np
from keras.datasets import imdb
from keras.utils import pad_sequences
(x, y), (u, v) = imdb.load_data(num_words=10000)
lengths = [len(text) for text in x]
words = imdb.get_word_index()
padded = pad_sequences(x, maxlen=200)
reverse = {number: word for word, number in words.items()}
"""
    found = told(
        run,
        setup,
        "(max(lengths), min(lengths), max(map(max, x)), len(words), len(reverse), words['good'] > 0, padded.shape, "
        "str(padded.dtype), int(padded.max()), np.bincount(y).tolist(), x[0][0])",
    )
    assert found == (2494, 11, 9999, 88584, 88584, True, (25000, 200), "int32", 9999, [12500, 12500], 1)


def test_number_of_shorter_texts_is_not_made_up(run: Run) -> None:
    analysis = run("from keras.datasets import imdb\n(x, y), (u, v) = imdb.load_data(maxlen=100)\n")
    assert [skip.reason.value for skip in analysis.skips] == ["replaced-values"]
    assert not analysis.faults


_LABEL = "((), 'int64')"
_PICTURE = "((None, None, 3), 'uint8')"
TFDS = [
    ("'mnist', split='train'", "", 60000, f"((28, 28, 1), 'uint8'), {_LABEL}"),
    ("'cifar10', split='test[:10%]'", "", 1000, f"((32, 32, 3), 'uint8'), {_LABEL}"),
    ("'cats_vs_dogs', split='train[80%:]'", "", 4652, f"{_PICTURE}, {_LABEL}"),
    ("'tf_flowers', split='train[100:200]'", "", 100, f"{_PICTURE}, {_LABEL}"),
    ("'imdb_reviews', split='train+test'", "", 50000, f"((), 'string'), {_LABEL}"),
    ("'mnist', split=['train', 'test'], batch_size=32", "[1]", 313, "((None, 28, 28, 1), 'uint8'), ((None,), 'int64')"),
    ("'mnist'", "['test']", 10000, f"((28, 28, 1), 'uint8'), {_LABEL}"),
]


@pytest.mark.parametrize(("arguments", "part", "count", "expected"), TFDS)
def test_tensorflow_datasets_have_their_documented_elements(
    run: Run, arguments: str, part: str, count: int, expected: str
) -> None:
    setup = f"""
import tensorflow_datasets as tfds
data = tfds.load({arguments}, as_supervised=True){part}
specs = [((*spec.shape,), spec.dtype.name) for spec in data.element_spec]
"""
    assert told(run, setup, "(len(data), ', '.join(map(str, specs)))") == (count, expected)


def test_information_about_a_data_set(run: Run) -> None:
    setup = """
import tensorflow_datasets as tfds
(train, test), info = tfds.load("oxford_flowers102", split=["train", "test"], with_info=True, as_supervised=True)
image, label = next(iter(train.batch(4)))
whole = tfds.as_numpy(tfds.load("mnist", split="test", batch_size=-1))
"""
    found = told(
        run,
        setup,
        "(info.features['label'].num_classes, info.splits['train'].num_examples, "
        "info.splits['train[:50%]'].num_examples, image.shape.as_list(), "
        "label.shape.as_list(), whole['image'].shape, sorted(info.features))",
    )
    assert found == (102, 1020, 510, [4, 300, 300, 3], [4], (10000, 28, 28, 1), ["file_name", "image", "label"])


def test_a_data_set_that_is_not_known_is_not_made_up(run: Run) -> None:
    analysis = run("import tensorflow_datasets as tfds\ndata = tfds.load('some_set', split='train')\n")
    assert [skip.reason.value for skip in analysis.skips if skip.reason.value != "missing-package"] == ["network"]


def test_datasets_of_large_arrays_have_the_elements_of_a_plain_run(run: Run) -> None:
    setup = """
import numpy as np
import tensorflow as tf
x = np.random.rand(50000, 64, 64, 3).astype("float32")
y = np.random.randint(0, 10, 50000)
data = tf.data.Dataset.from_tensor_slices(({"image": x, "number": y}, y)).shuffle(100).batch(32)
inputs, targets = next(iter(data))
tensor = tf.constant(x)
whole = tf.cast(x, tf.float16)
"""
    found = told(
        run,
        setup,
        "(len(data), data.element_spec[0]['image'].shape.as_list(), inputs['image'].shape.as_list(), "
        "inputs['number'].dtype.name, targets.shape.as_list(), tensor.shape.as_list(), whole.dtype.name, "
        "type(tf.data.Dataset.from_tensor_slices(x)).__name__)",
    )
    assert found == (
        1563,
        [None, 64, 64, 3],
        [32, 64, 64, 3],
        "int64",
        [32],
        [50000, 64, 64, 3],
        "float16",
        "_TensorSliceDataset",
    )


def test_slices_of_different_lengths_are_refused_as_tensorflow_does(run: Run) -> None:
    analysis = run("""
        import numpy as np
        import tensorflow as tf
        x = np.random.rand(50000, 100)
        data = tf.data.Dataset.from_tensor_slices((x, np.zeros(40000)))
    """)
    assert [fault.message for fault in analysis.faults] == ["Dimensions 50000 and 40000 are not compatible"]


def test_pretrained_models_need_no_download(run: Run) -> None:
    setup = """
from tensorflow.keras.applications import MobileNetV2, VGG16
from tensorflow.keras.applications.vgg16 import decode_predictions
import numpy as np
base = VGG16(weights="imagenet", include_top=False, input_shape=(64, 64, 3))
mobile = MobileNetV2(input_shape=(96, 96, 3), include_top=False, weights="imagenet")
names = decode_predictions(np.random.rand(2, 1000), top=3)
"""
    found = told(
        run,
        setup,
        "(base.output.shape, base.count_params(), mobile.output.shape, len(names), len(names[0]), len(names[0][0]))",
    )
    assert found == ((None, 2, 2, 512), 14714688, (None, 3, 3, 1280), 2, 3, 3)


def test_arguments_of_pretrained_models_are_checked(run: Run) -> None:
    analysis = run("""
        import keras
        model = keras.applications.VGG16(classes=10)
        other = keras.applications.VGG16(weights="no/such/file")
    """)
    assert [fault.exception for fault in analysis.faults] == ["ValueError", "ValueError"]
    assert "`classes` should be 1000" in analysis.faults[0].message


def test_files_are_not_downloaded(run: Run) -> None:
    analysis = run("""
        import keras
        path = keras.utils.get_file("flowers.tgz", "https://example.com/flowers.tgz", untar=True)
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    """)
    assert [skip.reason.value for skip in analysis.skips] == ["network"]
    assert not analysis.faults


def test_scikit_learn_splits_and_scales_large_arrays(run: Run) -> None:
    setup = """
import numpy as np
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler, MinMaxScaler
x = np.random.rand(60000, 784)
y = np.random.randint(0, 10, 60000)
a, b, c, d = train_test_split(x, y, test_size=0.2, random_state=42, stratify=y)
scaled = StandardScaler().fit(a).transform(b)
ranged = MinMaxScaler().fit_transform(a)
"""
    found = told(run, setup, "[item.shape for item in (a, b, c, d, scaled, ranged)]")
    assert found == [(48000, 784), (12000, 784), (48000,), (12000,), (12000, 784), (48000, 784)]


def test_masks_of_made_up_values_decide_no_shape_of_labels(run: Run) -> None:
    analysis = run("""
        import numpy as np
        from keras.datasets import mnist
        (x, y), (u, v) = mnist.load_data()
        guesses = np.argmax(np.random.rand(10000, 10), axis=1)
        wrong = u[guesses != v]
        labels = v[guesses != v]
        dark = u[u.mean(axis=(1, 2)) < 0.5]
        threes = u[v == 3]
    """)
    assert [skip.reason.value for skip in analysis.skips] == ["replaced-values"] * 3
    assert not analysis.faults
