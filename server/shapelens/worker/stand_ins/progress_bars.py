"""Progress bars: tqdm, rich.progress, progressbar2, alive-progress, fastprogress.

Replaced: the bars, which print nothing and start no threads. Kept true: what they are given is iterated over as it is,
with its length; ``n``, ``total`` and ``update`` count.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, Dict, Iterator, Tuple

from .model import StandIn
from .silent import Silent, SilentBase, SilentModule, nothing, silent_module

_OF_THE_DATA = ("element_spec", "cardinality")
"""By these, loops tell a data set from other things to iterate over."""


class Bar:
    """Stands for ``tqdm.tqdm``."""

    _instances: Any = Silent("tqdm._instances")

    def __init__(self, iterable: Any = None, desc: Any = None, total: Any = None, *_: Any, **keywords: Any) -> None:
        self.iterable = iterable
        self.desc = desc or ""
        self.total = total
        self.n = keywords.get("initial", 0)
        if total is None and hasattr(iterable, "__len__"):
            try:
                self.total = len(iterable)
            except TypeError:  # a data set of unknown length
                pass

    def __iter__(self) -> Iterator[Any]:
        return iter(self.iterable)

    def __len__(self) -> int:
        return len(self.iterable) if self.iterable is not None else int(self.total)

    def __contains__(self, item: Any) -> bool:
        return item in self.iterable

    def __reversed__(self) -> Iterator[Any]:
        made: Iterator[Any] = reversed(self.iterable)
        return made

    def __bool__(self) -> bool:
        return self.total is None or self.total > 0

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "iterable":
            raise AttributeError(name)
        if name in _OF_THE_DATA:
            return getattr(self.iterable, name)
        return Silent(f"tqdm.{name}")

    def update(self, n: Any = 1) -> bool:
        """Count."""
        self.n += n
        return False

    def set_description(self, desc: Any = None, refresh: bool = True) -> None:
        """Take a description."""
        self.desc = desc or ""

    def reset(self, total: Any = None) -> None:
        """Count from the beginning."""
        self.n = 0
        self.total = self.total if total is None else total

    @staticmethod
    def write(*_: Any, **__: Any) -> None:
        """Print nothing."""

    @staticmethod
    def pandas(*_: Any, **__: Any) -> None:
        """Give pandas' objects ``progress_apply`` and its kin."""
        import pandas  # type: ignore[import-untyped,unused-ignore]

        for kind in (pandas.DataFrame, pandas.Series):
            kind.progress_apply = kind.apply
            if hasattr(kind, "map"):
                kind.progress_map = kind.map
            if hasattr(kind, "applymap"):
                kind.progress_applymap = kind.applymap
        pandas.core.groupby.GroupBy.progress_apply = pandas.core.groupby.GroupBy.apply


def _range(*bounds: int, **keywords: Any) -> Bar:
    return Bar(range(*bounds), **keywords)


def _tqdm(name: str) -> ModuleType:
    module = SilentModule(name)
    below = name.partition(".")[2]
    made: Dict[str, Any] = module.__dict__
    made.update(tqdm=Bar, trange=_range, tqdm_notebook=Bar, tnrange=_range, __version__="4.66.0")
    if below == "contrib":
        made.update(
            tenumerate=lambda iterable, start=0, *_, **__: enumerate(iterable, start),
            tzip=lambda *iterables, **_: zip(*iterables),
            tmap=lambda function, *sequences, **_: map(function, *sequences),
        )
    if below.startswith("contrib.concurrent"):
        made["thread_map"] = made["process_map"] = lambda function, *iterables, **_: list(map(function, *iterables))
    if below == "keras":
        made["TqdmCallback"] = SilentBase
    return module


class _Display(SilentBase):
    """Stands for ``rich.progress.Progress`` and bars of its kind."""

    def track(self, sequence: Any, *_: Any, **__: Any) -> Any:
        """Return what is to be iterated over."""
        return sequence

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return arguments[0] if arguments else self


def _given(sequence: Any, *_: Any, **__: Any) -> Any:
    return sequence


def _rich(progress: Any) -> None:
    progress.track = _given
    progress.Progress = _Display


def _others(name: str) -> ModuleType:
    module = silent_module(name)
    module.__dict__.update(
        progressbar=_given, ProgressBar=_Display, alive_it=_given, progress_bar=_given, master_bar=_given
    )
    return module


STAND_INS: Tuple[StandIn, ...] = (
    StandIn("tqdm", nothing, _tqdm),
    StandIn("rich.progress", _rich),
    *(StandIn(name, nothing, _others) for name in ("progressbar", "alive_progress", "fastprogress")),
)
