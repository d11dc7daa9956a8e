"""What common data sets of TensorFlow Datasets hold: their features, the sizes of their splits, their classes.

Sources: the catalogue of TensorFlow Datasets, as of its version 4.9.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Mapping, Optional, Tuple

Shape = Tuple[Optional[int], ...]


@dataclass(frozen=True)
class Feature:
    """One entry of an example; with ``classes`` it is a label."""

    shape: Shape
    dtype: str
    classes: int = 0


@dataclass(frozen=True)
class DataSet:
    """One data set."""

    features: Mapping[str, Feature]
    splits: Mapping[str, int]
    supervised: Optional[Tuple[str, str]]


_BYTES = "uint8"


def _pictures(shape: Shape, classes: int, splits: Mapping[str, int], **more: Feature) -> DataSet:
    features = {"image": Feature(shape, _BYTES), "label": Feature((), "int64", classes), **more}
    return DataSet(features, splits, ("image", "label"))


def _texts(key: str, classes: int, splits: Mapping[str, int], *more: str) -> DataSet:
    features = {name: Feature((), "string") for name in (key, *more)}
    return DataSet({**features, "label": Feature((), "int64", classes)}, splits, (key, "label"))


_ANY: Shape = (None, None, 3)
_NAME = Feature((), "string")

DATA_SETS: Dict[str, DataSet] = {
    "mnist": _pictures((28, 28, 1), 10, {"train": 60000, "test": 10000}),
    "fashion_mnist": _pictures((28, 28, 1), 10, {"train": 60000, "test": 10000}),
    "kmnist": _pictures((28, 28, 1), 10, {"train": 60000, "test": 10000}),
    "emnist": _pictures((28, 28, 1), 62, {"train": 697932, "test": 116323}),
    "cifar10": _pictures((32, 32, 3), 10, {"train": 50000, "test": 10000}, id=_NAME),
    "cifar100": _pictures(
        (32, 32, 3), 100, {"train": 50000, "test": 10000}, id=_NAME, coarse_label=Feature((), "int64", 20)
    ),
    "svhn_cropped": _pictures((32, 32, 3), 10, {"train": 73257, "test": 26032, "extra": 531131}),
    "stl10": _pictures((96, 96, 3), 10, {"train": 5000, "test": 8000, "unlabelled": 100000}),
    "cats_vs_dogs": _pictures(_ANY, 2, {"train": 23262}, **{"image/filename": _NAME}),
    "tf_flowers": _pictures(_ANY, 5, {"train": 3670}),
    "oxford_flowers102": _pictures(_ANY, 102, {"train": 1020, "test": 6149, "validation": 1020}, file_name=_NAME),
    "rock_paper_scissors": _pictures((300, 300, 3), 3, {"train": 2520, "test": 372}),
    "horses_or_humans": _pictures((300, 300, 3), 2, {"train": 1027, "test": 256}),
    "beans": _pictures((500, 500, 3), 3, {"train": 1034, "test": 128, "validation": 133}),
    "food101": _pictures(_ANY, 101, {"train": 75750, "validation": 25250}),
    "malaria": _pictures(_ANY, 2, {"train": 27558}),
    "eurosat": _pictures((64, 64, 3), 10, {"train": 27000}, filename=_NAME),
    "caltech101": _pictures(_ANY, 102, {"train": 3059, "test": 6085}, **{"image/file_name": _NAME}),
    "stanford_dogs": _pictures(
        _ANY,
        120,
        {"train": 12000, "test": 8580},
        **{"image/filename": _NAME},
    ),
    "imagenette": _pictures(_ANY, 10, {"train": 9469, "validation": 3925}),
    "oxford_iiit_pet": _pictures(
        _ANY,
        37,
        {"train": 3680, "test": 3669},
        file_name=_NAME,
        segmentation_mask=Feature((None, None, 1), _BYTES),
        species=Feature((), "int64", 2),
    ),
    "imdb_reviews": _texts("text", 2, {"train": 25000, "test": 25000, "unsupervised": 50000}),
    "ag_news_subset": DataSet(
        {"description": _NAME, "label": Feature((), "int64", 4), "title": _NAME},
        {"train": 120000, "test": 7600},
        ("description", "label"),
    ),
    "yelp_polarity_reviews": _texts("text", 2, {"train": 560000, "test": 38000}),
    "glue/sst2": DataSet(
        {"idx": Feature((), "int32"), "label": Feature((), "int64", 2), "sentence": _NAME},
        {"train": 67349, "validation": 872, "test": 1821},
        None,
    ),
    "iris": DataSet(
        {"features": Feature((4,), "float32"), "label": Feature((), "int64", 3)}, {"train": 150}, ("features", "label")
    ),
}

DEFAULT_NAMES = {"imdb_reviews/plain_text": "imdb_reviews", "emnist/byclass": "emnist"}
"""Configurations that are the same as the plain name."""
