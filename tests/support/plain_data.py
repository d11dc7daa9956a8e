"""What a plain run would download: made here, in files of the same names and formats, so that the real code reads them.

Shapes, dtypes and sizes are those of the published data sets (docstrings of ``keras.datasets``), and the labels cover
every class. Pixels are zeros, which compress to nothing; texts and tables are made by a seeded generator. Like the
oracle, this module knows nothing of ShapeLens.
"""

from __future__ import annotations

import functools
import gzip
import json
import os
import pickle
import struct
import urllib.parse
from collections.abc import Callable
from typing import Any

MNIST_SIZES = {"train": 60_000, "t10k": 10_000}
CIFAR_TRAIN, CIFAR_TEST = 50_000, 10_000
IMDB_WORDS, REUTERS_WORDS = 88_584, 30_979
"""Entries of ``get_word_index()``."""

WEIGHTS_FOLDER = "pretrained-weights"
"""A file below a folder of this name stands for published weights: loading it changes nothing."""


class Downloads:
    """Stands where files come from the network.

    Files are made in the folder when they are first asked for.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._makers: dict[str, Callable[[str], None]] = {
            "mnist.npz": _mnist,
            "cifar-10-python.tar.gz": _cifar10,
            "cifar-100-python.tar.gz": _cifar100,
            "imdb.npz": _imdb,
            "imdb_word_index.json": functools.partial(_word_index, count=IMDB_WORDS),
            "reuters.npz": _reuters,
            "reuters_word_index.json": functools.partial(_word_index, count=REUTERS_WORDS),
            "boston_housing.npz": functools.partial(_table, rows=506, columns=13, kind="float64"),
            "california_housing.npz": functools.partial(_table, rows=20_640, columns=8, kind="float32"),
            "imagenet_class_index.json": _imagenet_classes,
        }
        for part in MNIST_SIZES:
            self._makers[f"{part}-images-idx3-ubyte.gz"] = functools.partial(_idx_images, part=part)
            self._makers[f"{part}-labels-idx1-ubyte.gz"] = functools.partial(_idx_labels, part=part)

    def get_file(self, fname: Any = None, origin: str | None = None, *arguments: Any, **named: Any) -> str:
        """Stand for ``keras.utils.get_file``; raises what that raises without a network for unknown addresses."""
        if origin is None:
            raise ValueError('Please specify the "origin" argument (URL of the file to download).')
        name = os.path.basename(urllib.parse.urlsplit(origin).path)
        if name.endswith(".h5") and "keras-applications" in origin:
            return os.path.join(self._folder, WEIGHTS_FOLDER, name)
        if name not in self._makers:
            raise Exception(f"URL fetch failure on {origin}: None -- [Errno -3] Temporary failure in name resolution")
        path = os.path.join(self._folder, name)
        if not os.path.exists(path):
            self._makers[name](path)
        return path

    @staticmethod
    def is_weights(path: object) -> bool:
        """Return whether this path came from here and stands for published weights."""
        return os.path.basename(os.path.dirname(str(path))) == WEIGHTS_FOLDER


def _labels(count: int, classes: int) -> Any:
    import numpy

    return numpy.arange(count) % classes


def _mnist(path: str) -> None:
    import numpy

    arrays = {}
    for name, part in (("train", "train"), ("test", "t10k")):
        arrays[f"x_{name}"] = numpy.zeros((MNIST_SIZES[part], 28, 28), "uint8")
        arrays[f"y_{name}"] = _labels(MNIST_SIZES[part], 10).astype("uint8")
    numpy.savez_compressed(path, **arrays)


def _idx_images(path: str, part: str) -> None:
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(struct.pack(">IIII", 2051, MNIST_SIZES[part], 28, 28))
        file.write(bytes(MNIST_SIZES[part] * 28 * 28))


def _idx_labels(path: str, part: str) -> None:
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(struct.pack(">II", 2049, MNIST_SIZES[part]))
        file.write(_labels(MNIST_SIZES[part], 10).astype("uint8").tobytes())


def _cifar10(path: str) -> None:
    names = [f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]
    for name in names:
        _cifar_batch(os.path.join(path, "cifar-10-batches-py", name), 10_000, {b"labels": 10})


def _cifar100(path: str) -> None:
    for name, count in (("train", CIFAR_TRAIN), ("test", CIFAR_TEST)):
        labels = {b"fine_labels": 100, b"coarse_labels": 20}
        _cifar_batch(os.path.join(path, "cifar-100-python", name), count, labels)


def _cifar_batch(path: str, count: int, labels: dict[bytes, int]) -> None:
    import numpy

    os.makedirs(os.path.dirname(path), exist_ok=True)
    batch: dict[bytes, Any] = {key: _labels(count, classes).tolist() for key, classes in labels.items()}
    batch[b"data"] = numpy.zeros((count, 3 * 32 * 32), "uint8")
    with open(path, "wb") as file:
        pickle.dump(batch, file)


def _imdb(path: str) -> None:
    import numpy

    arrays = {}
    for seed, name in enumerate(("train", "test")):
        # Published reviews have 10 to 2493 words; most of these are shorter, to be made quickly.
        arrays[f"x_{name}"] = _texts(25_000, IMDB_WORDS, 10, 2493, seed)
        arrays[f"y_{name}"] = _labels(25_000, 2)
    numpy.savez(path, **arrays)


def _reuters(path: str) -> None:
    import numpy

    numpy.savez(path, x=_texts(11_228, REUTERS_WORDS, 12, 2375, 2), y=_labels(11_228, 46))


def _texts(count: int, words: int, shortest: int, longest: int, seed: int) -> Any:
    """Return an object array of lists of word numbers; frequent words have small ones."""
    import numpy

    random = numpy.random.RandomState(seed)
    lengths = random.randint(shortest, 80, count)
    lengths[:2] = shortest, longest
    numbers = (words * random.power(0.3, lengths.sum())).astype("int64") + 1
    numbers[0] = words
    ends = lengths.cumsum()
    texts = numpy.empty(count, dtype=object)
    for index, (end, length) in enumerate(zip(ends, lengths, strict=True)):
        texts[index] = numbers[end - length : end].tolist()
    return texts


def _word_index(path: str, count: int) -> None:
    with open(path, "w", encoding="ascii") as file:
        json.dump({f"word{number}": number for number in range(1, count + 1)}, file)


def _table(path: str, rows: int, columns: int, kind: str) -> None:
    import numpy

    random = numpy.random.RandomState(3)
    x, y = random.rand(rows, columns).astype(kind), (10 + 40 * random.rand(rows)).astype(kind)
    numpy.savez(path, x=x, y=y)


def _imagenet_classes(path: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        json.dump({str(number): [f"n{number:08}", f"class_{number}"] for number in range(1000)}, file)
