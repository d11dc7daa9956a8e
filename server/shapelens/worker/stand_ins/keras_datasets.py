"""``keras.datasets`` without downloads: documented shapes, dtypes, sizes and class counts, made-up values.

Kept true are the arguments with their errors, shapes and dtypes as Keras' loaders give them, the number of examples
of each class where it is known, the lengths of the longest and shortest text and the size of the vocabulary. Sources:
the data sets' own descriptions, and the loaders of Keras 3.15 for dtypes and splits. What only the texts
themselves tell, such as how many are shorter than ``maxlen``, is refused.
"""

from __future__ import annotations

import functools
import math
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import numpy as np

from ..contract import SkipReason
from ..unknown import NotEvaluated
from .array_storage import Known, expand
from .model import StandIn
from .word_sequences import WordIndex, sequences

_PACKAGES = (
    "keras.datasets",
    "keras.src.datasets",
    "keras._tf_keras.keras.datasets",
    "keras.api.datasets",
    "keras.api._tf_keras.keras.datasets",
    "keras.api._v2.keras.datasets",
    "tf_keras.datasets",
    "tf_keras.src.datasets",
    "tf_keras.api._v2.keras.datasets",
)
"""Where the loaders are found, from Keras 2.15 on."""

_MNIST = (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
_MNIST_TEST = (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
_REUTERS = (
    55, 432, 74, 3159, 1949, 17, 48, 16, 139, 101, 124, 390, 49, 172, 26, 20, 444, 39, 66, 549, 269, 100, 15, 41, 62,
    92, 24, 15, 48, 19, 45, 39, 32, 11, 50, 10, 49, 19, 19, 24, 36, 30, 13, 21, 12, 18,
)  # fmt: skip
_REUTERS_TEST = (
    12, 105, 20, 813, 474, 5, 14, 3, 38, 25, 30, 83, 13, 37, 2, 9, 99, 12, 20, 133, 70, 27, 7, 12, 19, 31, 8, 4, 10,
    4, 12, 13, 10, 5, 7, 6, 11, 2, 3, 5, 10, 8, 3, 6, 5, 1,
)  # fmt: skip
"""Examples of each topic in the two parts that Keras' default split and seed give."""

_REUTERS_SIZE = 11228

Split = Tuple[Tuple[Any, Any], Tuple[Any, Any]]


def labels(counts: Sequence[int], dtype: str) -> Any:
    """Return labels with so many of each class, mixed: neighbours are of different classes, and none is drawn."""
    in_order = np.repeat(np.arange(len(counts)), counts).astype(dtype)
    size = len(in_order)
    step = int(size * 0.618) | 1
    while math.gcd(step, size) != 1:
        step += 2
    mixed: Any = in_order[np.arange(size) * step % size]
    return mixed.view(Known)


def images(count: int, shape: Tuple[int, ...]) -> Any:
    """Return images of bytes without memory."""
    size = math.prod(shape)
    values = (np.arange(size) * 151 % 256).astype(np.uint8)
    values[:2] = 0, 255
    return expand(values.reshape((1, *shape)), (count, *shape))


def _mnist(path: str = "mnist.npz") -> Split:
    return _digits(_MNIST, _MNIST_TEST)


def _fashion_mnist() -> Split:
    return _digits([6000] * 10, [1000] * 10)


def _digits(train: Sequence[int], test: Sequence[int]) -> Split:
    pair = ((images(sum(counts), (28, 28)), labels(counts, "uint8")) for counts in (train, test))
    first, second = pair
    return first, second


def _cifar10() -> Split:
    return _pictures(5000, 1000, 10, "uint8")


def _cifar100(label_mode: str = "fine") -> Split:
    if label_mode not in ["fine", "coarse"]:
        raise ValueError(f'`label_mode` must be one of `"fine"`, `"coarse"`. Received: label_mode={label_mode}.')
    return _pictures(500, 100, 100, "int64") if label_mode == "fine" else _pictures(2500, 500, 20, "int64")


def _pictures(train: int, test: int, classes: int, dtype: str) -> Split:
    import keras

    shape = (32, 32, 3) if keras.backend.image_data_format() == "channels_last" else (3, 32, 32)

    def part(each: int) -> Tuple[Any, Any]:
        return images(each * classes, shape), labels([each] * classes, dtype).reshape(-1, 1)

    return part(train), part(test)


def _table(rows: int, columns: int, test_split: float, highest: float, dtype: str) -> Split:
    if not 0 <= test_split < 1:
        raise ValueError(f"Invalid `test_split` argument: {test_split}. It must be between 0 and 1 (exclusive of 1).")
    x = (np.arange(rows * columns) * 31 % 997 / 10.0).reshape(rows, columns).astype(dtype)
    y = (1 + np.arange(rows) * 17 % 97 / 97 * (highest - 1)).astype(dtype)
    at = int(rows * (1 - test_split))
    return (x[:at], y[:at]), (x[at:], y[at:])


def _boston_housing(path: str = "boston_housing.npz", test_split: float = 0.2, seed: int = 113) -> Split:
    return _table(506, 13, test_split, 50.0, "float64")


def _california_housing(
    version: str = "large", path: str = "california_housing.npz", test_split: float = 0.2, seed: int = 113
) -> Split:
    if 0 <= test_split < 1 and version not in ("small", "large"):
        raise ValueError(f"Argument `version` must be one of 'small', 'large'. Received: version={version}")
    return _table(600 if version == "small" else 20640, 8, test_split, 500001.0, "float32")


def _imdb(
    path: str = "imdb.npz",
    num_words: Optional[int] = None,
    skip_top: int = 0,
    maxlen: Optional[int] = None,
    seed: int = 113,
    start_char: Optional[int] = 1,
    oov_char: Optional[int] = 2,
    index_from: int = 3,
    **kwargs: Any,
) -> Split:
    _check_length("imdb", maxlen, 2494)
    words = num_words or 88584 + index_from
    less = 0 if start_char is not None else 1
    more = (words, oov_char, start_char, skip_top)
    half = [12500, 12500]
    return (
        (sequences(25000, 2494 - less, 11 - less, *more), labels(half, "int64")),
        (sequences(25000, 2315 - less, 7 - less, *more), labels(half, "int64")),
    )


def _reuters(
    path: str = "reuters.npz",
    num_words: Optional[int] = None,
    skip_top: int = 0,
    maxlen: Optional[int] = None,
    test_split: float = 0.2,
    seed: int = 113,
    start_char: Optional[int] = 1,
    oov_char: Optional[int] = 2,
    index_from: int = 3,
) -> Split:
    _check_length("reuters", maxlen, 2376)
    words = num_words or 30979 + index_from
    less = 0 if start_char is not None else 1
    more = (words, oov_char, start_char, skip_top)
    at = int(_REUTERS_SIZE * (1 - test_split))
    topics, rest = labels(_REUTERS, "int64"), labels(_REUTERS_TEST, "int64")
    if at != len(topics):  # another split, of which only the whole is known
        whole = labels([one + other for one, other in zip(_REUTERS, _REUTERS_TEST)], "int64")
        topics, rest = whole[:at], whole[at:]
    return (
        (sequences(at, 2376 - less, 13 - less, *more), topics),
        (sequences(_REUTERS_SIZE - at, 1032 - less, 2 - less, *more), rest),
    )


def _check_length(name: str, maxlen: Optional[int], longest: int) -> None:
    if maxlen and maxlen <= longest:
        raise NotEvaluated(
            SkipReason.REPLACED_VALUES,
            f"How many texts of {name} are shorter than maxlen={maxlen} is only known once they are downloaded.",
        )


def _imdb_words(path: str = "imdb_word_index.json") -> Dict[str, int]:
    return WordIndex(88584)


def _reuters_words(path: str = "reuters_word_index.json") -> Dict[str, int]:
    return WordIndex(30979)


_FUNCTIONS: Dict[Tuple[str, str], Callable[..., Any]] = {
    ("mnist", "load_data"): _mnist,
    ("fashion_mnist", "load_data"): _fashion_mnist,
    ("cifar10", "load_data"): _cifar10,
    ("cifar100", "load_data"): _cifar100,
    ("boston_housing", "load_data"): _boston_housing,
    ("california_housing", "load_data"): _california_housing,
    ("imdb", "load_data"): _imdb,
    ("imdb", "get_word_index"): _imdb_words,
    ("reuters", "load_data"): _reuters,
    ("reuters", "get_word_index"): _reuters_words,
}


def _own(function: Callable[..., Any]) -> Callable[..., Any]:
    # wraps() writes to what it is given, which other packages share.
    return lambda *arguments, **keywords: function(*arguments, **keywords)


def _replacing(name: str, function: Callable[..., Any]) -> Callable[[Any], None]:
    def apply(module: Any) -> None:
        original = getattr(module, name, None)
        if callable(original):
            setattr(module, name, functools.wraps(original)(_own(function)))

    return apply


def _stand_ins() -> List[StandIn]:
    return [
        StandIn(f"{package}.{data_set}", _replacing(name, function))
        for (data_set, name), function in _FUNCTIONS.items()
        for package in _PACKAGES
    ]


STAND_INS: Tuple[StandIn, ...] = tuple(_stand_ins())
