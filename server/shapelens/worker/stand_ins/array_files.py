"""NumPy's files of arrays.

Replaced: files of large arrays, which are kept as the arrays they are. Kept true: names, and what ``load`` gives back.
"""

from __future__ import annotations

import builtins
import functools
import os
from typing import Any, Callable, Dict, Iterator, List, Tuple

from .array_storage import is_virtual
from .file_overlay import overlay
from .model import StandIn

_LARGE = 1 << 20
"""Bytes of an array that is not written; writing them takes a millisecond."""

_MESSAGE = "Files of large arrays are not written in an evaluation."


class _Archive(Dict[str, Any]):
    """What ``numpy.load`` returns for an ``.npz`` file."""

    @property
    def files(self) -> List[str]:
        """The names of the arrays."""
        return list(self)

    @property
    def f(self) -> Any:
        """The arrays as attributes."""
        import types

        return types.SimpleNamespace(**self)

    def __iter__(self) -> Iterator[str]:
        return super().__iter__()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def close(self) -> None:
        """Close nothing."""


def _is_large(value: Any) -> bool:
    return is_virtual(value) or getattr(value, "nbytes", 0) > _LARGE


def _named(file: Any, ending: str) -> str:
    path = os.fsdecode(file)
    return path if path.endswith(ending) else path + ending


def _is_path(file: Any) -> bool:
    return isinstance(file, (str, bytes)) or hasattr(file, "__fspath__")


def _apply(numpy: Any) -> None:
    save, load = numpy.save, numpy.load

    @functools.wraps(save)
    def save_array(file: Any, arr: Any, *arguments: Any, **keywords: Any) -> None:
        if _is_path(file) and _is_large(arr):
            overlay().keep(_named(file, ".npy"), arr.copy() if is_virtual(arr) else arr, _MESSAGE)
        else:
            save(file, arr, *arguments, **keywords)

    def saving(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def save_arrays(file: Any, *arrays: Any, **named: Any) -> None:
            if not _is_path(file) or not any(map(_is_large, (*arrays, *named.values()))):
                original(file, *arrays, **named)
                return
            named.pop("allow_pickle", None)
            numbered = {f"arr_{index}": array for index, array in enumerate(arrays)}
            overlay().keep(_named(file, ".npz"), _Archive({**numbered, **named}), _MESSAGE)

        return save_arrays

    @functools.wraps(load)
    def load_array(file: Any, *arguments: Any, **keywords: Any) -> Any:
        kept = overlay().kept(file) if _is_path(file) else None
        return load(file, *arguments, **keywords) if kept is None else kept

    numpy.save, numpy.load = save_array, load_array
    numpy.savez, numpy.savez_compressed = saving(numpy.savez), saving(numpy.savez_compressed)


def _apply_opener(datasource: Any) -> None:
    """Let text files be opened like all others: the function was taken over when NumPy was imported."""
    openers = getattr(getattr(datasource, "_file_openers", None), "_file_openers", None)
    if openers is not None:
        openers[None] = builtins.open


STAND_INS: Tuple[StandIn, ...] = (
    StandIn("numpy", _apply),
    StandIn("numpy.lib._datasource", _apply_opener),
)
