"""TensorFlow Datasets without downloads: a module of the same name, whether the package is installed or not.

Kept true are the structure, shapes and dtypes of the elements, sizes of splits and parts of splits, classes, and the
information about a data set. Examples are zeros and empty texts; labels go through all classes. A data set that is not
in the catalogue is refused.
"""

from __future__ import annotations

import re
import types
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

import numpy as np

from ..contract import SkipReason
from ..unknown import NotEvaluated
from .array_creation import dimensions
from .array_storage import expand
from .dataset_catalogue import DATA_SETS, DEFAULT_NAMES, DataSet, Feature
from .model import StandIn
from .tensorflow_arrays import untouched

_PART = re.compile(r"^(?P<split>[\w-]+)(?:\[(?P<from>-?\d+%?)?:(?P<to>-?\d+%?)?\])?$")
_SIDE = 300
"""Height and width of pictures that have none of their own."""


class FeatureInfo:
    """What ``info.features[...]`` says of one feature."""

    def __init__(self, feature: Feature) -> None:
        self.shape = feature.shape
        self.dtype = getattr(np, feature.dtype, None) if feature.dtype != "string" else np.object_
        self._classes = feature.classes
        if feature.classes:
            self.num_classes = feature.classes
            self.names = [str(number) for number in range(feature.classes)]

    def int2str(self, number: Any) -> str:
        """Return the name of a class."""
        return str(int(number))

    def str2int(self, name: str) -> int:
        """Return the number of a class."""
        return int(name)


class Features(Dict[str, FeatureInfo]):
    """What ``info.features`` is: a dictionary with shapes and dtypes of its own."""

    @property
    def shape(self) -> Dict[str, Any]:
        """The features' shapes."""
        return {name: item.shape for name, item in self.items()}

    @property
    def dtype(self) -> Dict[str, Any]:
        """The features' dtypes."""
        return {name: item.dtype for name, item in self.items()}


class SplitInfo:
    """What ``info.splits[...]`` says."""

    def __init__(self, name: str, num_examples: int) -> None:
        self.name = name
        self.num_examples = num_examples


class Splits(Dict[str, SplitInfo]):
    """The splits of a data set; parts such as ``train[:10%]`` are counted when they are asked for."""

    def __missing__(self, name: str) -> SplitInfo:
        sizes = {key: item.num_examples for key, item in self.items()}
        return SplitInfo(name, _count(name, sizes))

    @property
    def total_num_examples(self) -> int:
        """Examples in all splits."""
        return sum(item.num_examples for item in self.values())


class Information:
    """What ``builder.info`` is."""

    def __init__(self, name: str, data_set: DataSet) -> None:
        self.name = name.partition("/")[0]
        self.full_name = name
        self.features = Features((key, FeatureInfo(item)) for key, item in data_set.features.items())
        self.splits = Splits((key, SplitInfo(key, size)) for key, size in data_set.splits.items())
        self.supervised_keys = data_set.supervised
        self.description = self.citation = self.homepage = ""


def _count(part: str, sizes: Any) -> int:
    total = 0
    for term in part.split("+"):
        found = _PART.match(term.strip())
        if found is None:
            raise ValueError(f"Unrecognized split format: {term!r}")
        if found["split"] not in sizes:
            raise ValueError(f"Unknown split {found['split']!r}. Should be one of {sorted(sizes)}.")
        size = sizes[found["split"]]
        begin, end = _bound(found["from"], size, 0), _bound(found["to"], size, size)
        total += max(0, min(end, size) - begin)
    return total


def _bound(text: Optional[str], size: int, default: int) -> int:
    if text is None:
        return default
    at = round(int(text[:-1]) * size / 100) if text.endswith("%") else int(text)
    return max(0, at + size) if at < 0 else at


class Builder:
    """What ``tfds.builder`` gives."""

    def __init__(self, name: str) -> None:
        plain = re.sub(r":[\d.*]+$", "", name)
        self.name = DEFAULT_NAMES.get(plain, plain)
        data_set = DATA_SETS.get(self.name)
        if data_set is None:
            raise NotEvaluated(SkipReason.NETWORK, f"The data set {name} would be downloaded.")
        self._data_set = data_set
        self.info = Information(self.name, data_set)

    def download_and_prepare(self, *_: Any, **__: Any) -> None:
        """Download nothing."""

    def as_dataset(
        self,
        split: Any = None,
        *,
        batch_size: Optional[int] = None,
        shuffle_files: bool = False,
        as_supervised: bool = False,
        **_: Any,
    ) -> Any:
        """Return one ``tf.data.Dataset`` for each split, nested as the splits are."""
        if split is None:
            split = {name: name for name in self._data_set.splits}
        if isinstance(split, dict):
            return {
                key: self.as_dataset(item, batch_size=batch_size, as_supervised=as_supervised)
                for key, item in split.items()
            }
        if isinstance(split, (list, tuple)):
            return type(split)(
                self.as_dataset(item, batch_size=batch_size, as_supervised=as_supervised) for item in split
            )
        count = _count(str(split), self._data_set.splits)
        keys = self._data_set.supervised if as_supervised else None
        if as_supervised and keys is None:
            raise ValueError(f"as_supervised=True but {self.name} does not support a supervised structure.")
        if batch_size == -1:
            whole = {key: _whole(item, count) for key, item in self._data_set.features.items()}
            return (whole[keys[0]], whole[keys[1]]) if keys else whole
        features = self._data_set.features
        chosen = [(features[key], _examples(features[key], count)) for key in keys or features]
        made = _zipped([item for _, item in chosen], [_specification(item) for item, _ in chosen], keys, list(features))
        if batch_size:
            made = made.batch(batch_size)
        return made.prefetch(_autotune())


def _autotune() -> Any:
    import tensorflow as tf

    return tf.data.AUTOTUNE


def _specification(feature: Feature) -> Any:
    import tensorflow as tf

    return tf.TensorSpec(feature.shape, tf.as_dtype(feature.dtype))


def _zipped(parts: List[Any], specifications: List[Any], keys: Optional[Tuple[str, str]], names: List[str]) -> Any:
    import tensorflow as tf

    def nested(items: List[Any]) -> Any:
        return tuple(items) if keys else dict(zip(names, items))

    together = tf.data.Dataset.zip(nested(parts))
    # Pictures of all sizes: the element specification is declared, not what the one picture here has.
    variant = tf.data.experimental.to_variant(together)
    return tf.data.experimental.from_variant(variant, nested(specifications))


def _labels(classes: int, count: int) -> Any:
    return np.arange(count, dtype=np.int64) % classes


def _examples(feature: Feature, count: int) -> Any:
    import tensorflow as tf

    if feature.classes:
        return tf.data.Dataset.from_tensor_slices(_labels(feature.classes, count))
    if feature.dtype == "string":
        return tf.data.Dataset.from_tensors("").repeat(count)
    lengths = tuple(_SIDE if length is None else length for length in feature.shape)
    return tf.data.Dataset.from_tensors(np.zeros(lengths, feature.dtype)).repeat(count)


def _whole(feature: Feature, count: int) -> Any:
    import tensorflow as tf

    if feature.classes:
        return tf.constant(_labels(feature.classes, count))
    if feature.dtype == "string":
        return tf.fill([count], "")
    if None in feature.shape:
        raise NotEvaluated(SkipReason.REPLACED_VALUES, "Pictures of different sizes do not fit into one batch.")
    return untouched((count, *(length or 0 for length in feature.shape)), feature.dtype)


def load(
    name: str,
    *,
    split: Any = None,
    data_dir: Any = None,
    batch_size: Optional[int] = None,
    shuffle_files: bool = False,
    download: bool = True,
    as_supervised: bool = False,
    with_info: bool = False,
    **_: Any,
) -> Any:
    """Return data sets, and what is known of them where that is asked for."""
    made = Builder(name)
    found = made.as_dataset(split, batch_size=batch_size, as_supervised=as_supervised)
    return (found, made.info) if with_info else found


def as_numpy(dataset: Any) -> Any:
    """Return NumPy arrays for tensors, and an iterator over arrays for a ``tf.data.Dataset``."""
    import tensorflow as tf

    if isinstance(dataset, dict):
        return {key: as_numpy(item) for key, item in dataset.items()}
    if isinstance(dataset, (list, tuple)):
        return type(dataset)(as_numpy(item) for item in dataset)
    if isinstance(dataset, tf.data.Dataset):
        return _Arrays(dataset)
    lengths = dimensions(dataset.shape) or ()
    if dataset.dtype == tf.string or dataset.dtype == tf.int64:
        return dataset.numpy()
    return expand(np.zeros((1, *lengths[1:]), dataset.dtype.as_numpy_dtype), lengths)


class _Arrays:
    def __init__(self, dataset: Any) -> None:
        self._dataset = dataset

    def __iter__(self) -> Iterator[Any]:
        return iter(self._dataset.as_numpy_iterator())

    def __len__(self) -> int:
        return len(self._dataset)


class _Quiet(types.ModuleType):
    """A part of the package that shapes do not depend on."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_, **__: None


def _substitute(name: str) -> types.ModuleType:
    module = _Quiet(name)
    module.__path__ = []
    if name == "tensorflow_datasets":
        functions: List[Tuple[str, Callable[..., Any]]] = [
            ("load", load),
            ("as_numpy", as_numpy),
            ("builder", lambda name, **_: Builder(name)),
            ("list_builders", lambda **_: sorted(DATA_SETS)),
        ]
        for key, function in functions:
            setattr(module, key, function)
        setattr(module, "Split", types.SimpleNamespace(TRAIN="train", TEST="test", VALIDATION="validation"))  # noqa: B010
    return module


def _nothing_to_do(_: Any) -> None:
    return None


STAND_INS: Tuple[StandIn, ...] = (StandIn("tensorflow_datasets", _nothing_to_do, _substitute),)
