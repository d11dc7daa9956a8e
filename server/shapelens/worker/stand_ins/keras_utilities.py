"""Keras' helpers for arrays and texts, where they would loop over every example in Python.

Kept true are shapes, dtypes, errors and the largest number in the result.
"""

from __future__ import annotations

import functools
from typing import Any, Callable, Tuple

import numpy as np

from .array_storage import STORED, compact, expand, is_virtual
from .model import StandIn

_UTILITIES = (
    "keras.utils",
    "keras._tf_keras.keras.utils",
    "keras.api.utils",
    "keras.api._tf_keras.keras.utils",
    "keras.api._v2.keras.utils",
    "tf_keras.utils",
    "tf_keras.api._v2.keras.utils",
    # ``import tensorflow.keras.utils`` makes modules of other names, of what is defined here.
    "keras.src.utils.numerical_utils",
)
_SEQUENCES = (
    "keras.preprocessing.sequence",
    "keras._tf_keras.keras.preprocessing.sequence",
    "keras.api._v2.keras.preprocessing.sequence",
    "tf_keras.preprocessing.sequence",
    "keras.src.utils.sequence_utils",
)
_FEW = 1000
"""Texts that are padded for real: that takes two milliseconds."""


def _to_categorical(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def to_categorical(*arguments: Any, **keywords: Any) -> Any:
        values: Any = arguments[0] if arguments else keywords.get("x", keywords.get("y"))
        if not is_virtual(values):
            return original(*arguments, **keywords)
        classes = arguments[1] if len(arguments) > 1 else keywords.get("num_classes")
        stored = compact(values)
        if not classes:
            classes = int(stored.max()) + 1
        few = original(stored.reshape(-1)[:STORED], classes, *arguments[2:])
        lengths = values.shape[:-1] if values.ndim > 1 and values.shape[-1] == 1 else values.shape
        return expand(few[:1].reshape((1,) * len(lengths) + (classes,)), (*lengths, classes))

    return to_categorical


def _pad_sequences(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def pad_sequences(sequences: Any, maxlen: Any = None, *rest: Any, **keywords: Any) -> Any:
        if not hasattr(sequences, "__len__") or len(sequences) <= _FEW:
            return original(sequences, maxlen, *rest, **keywords)
        if is_virtual(sequences):
            length = maxlen or sequences.shape[1]
            few = original(np.array(compact(sequences))[:1], length, *rest, **keywords)
            return expand(few, (len(sequences), *few.shape[1:]))
        try:
            different = {id(item): item for item in sequences}
            longest = max(map(len, different.values()))
        except TypeError:
            return original(sequences, maxlen, *rest, **keywords)  # says which of them is no sequence
        # The one with the largest number decides how many words there seem to be.
        samples = list(different.values())[:_FEW]
        filled = [item for item in samples if len(item)]
        if not filled:
            return original(sequences, maxlen, *rest, **keywords)
        chosen = max(filled, key=_largest)
        few = original([chosen], maxlen or longest, *rest, **keywords)
        return expand(few, (len(sequences), *few.shape[1:]))

    return pad_sequences


def _largest(sequence: Any) -> Any:
    try:
        return max(sequence)
    except (TypeError, ValueError):
        return 0


def _replacing(name: str, wrapper: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Callable[[Any], None]:
    def apply(module: Any) -> None:
        if hasattr(module, name):
            setattr(module, name, wrapper(getattr(module, name)))

    return apply


STAND_INS: Tuple[StandIn, ...] = (
    *(StandIn(name, _replacing("to_categorical", _to_categorical)) for name in _UTILITIES),
    *(StandIn(name, _replacing("pad_sequences", _pad_sequences)) for name in (*_UTILITIES, *_SEQUENCES)),
)
