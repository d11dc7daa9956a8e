"""Ends loops that only train: after two rounds alike, a third has nothing new to show.

``for x in items`` is compiled as ``for x in __shapelens__.loop(3, items)`` and ``while test`` as
``while __shapelens__.again(3, test)``. A round trains where it took steps and made no layer. A loop without steps
runs to its end, and so does one that builds layers. Lists that each round of an ended loop appended to are filled up
to the length that a plain run gives them.
"""

from __future__ import annotations

import ast
import sys
import time
from dataclasses import dataclass
from types import FrameType
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple, Union

from .instrument import recorder_call
from .steps.progress import Progress

_ROUNDS = 2
"""Rounds that train and make nothing, after which a loop is ended."""

_LONGEST_FILLED = 1_000_000

_SECONDS_OF_DATA = 0.02
"""How long a loop over a data set of the framework may run that does not train."""

Loop = Union[ast.For, ast.While]


@dataclass(frozen=True)
class _LoopSite:
    appended: Tuple[str, ...]
    """Variables whose ``append`` the body calls."""


class LoopTable:
    """Numbers the loops of all files of one evaluation."""

    def __init__(self) -> None:
        self._sites: List[_LoopSite] = []

    def __getitem__(self, number: int) -> _LoopSite:
        return self._sites[number]

    def watch(self, tree: ast.AST) -> None:
        """Let every loop of a tree ask whether to go on; to be called before the tree is instrumented."""
        for node in list(ast.walk(tree)):
            if isinstance(node, (ast.For, ast.While)):
                number = len(self._sites)
                # How often a loop with a break goes round depends on values.
                broken = any(isinstance(item, ast.Break) for item in ast.walk(node))
                self._sites.append(_LoopSite(() if broken else tuple(dict.fromkeys(_appended(node)))))
                if isinstance(node, ast.For):
                    node.iter = recorder_call("loop", [number, node.iter], node.iter)
                else:
                    node.test = recorder_call("again", [number, node.test], node.test)


class Loops:
    """Decides at each round whether a loop goes on."""

    def __init__(self, table: LoopTable, progress: Progress, layers_made: Callable[[], int]) -> None:
        self._table = table
        self._progress = progress
        self._layers_made = layers_made
        self._whiles: Dict[Tuple[int, int], _Rounds] = {}

    def loop(self, number: int, items: Any) -> Any:
        """Return what a ``for`` loop iterates over."""
        if isinstance(items, (list, tuple, str, dict, set, frozenset)) and len(items) <= _ROUNDS:
            return items
        return self._bounded(number, items, sys._getframe(1))

    def _bounded(self, number: int, items: Any, frame: FrameType) -> Iterator[Any]:
        rounds = _Rounds(self._progress, self._layers_made)
        # A data set is read from the disk or computed, element by element; a list costs nothing.
        data = _is_data(items)
        lengths: Dict[str, int] = {}
        iterator = iter(items)
        started = time.monotonic()
        while True:
            try:
                item = next(iterator)
            except StopIteration:
                return
            if rounds.done == 0:
                lengths = self._lengths(number, frame)
            yield item
            rounds.end()
            slow = data and rounds.done >= _ROUNDS and time.monotonic() - started > _SECONDS_OF_DATA
            if rounds.enough or slow:
                self._fill(number, frame, lengths, rounds.done, _length(items))
                return

    def again(self, number: int, test: Any) -> Any:
        """Return whether a ``while`` loop goes on."""
        frame = sys._getframe(1)
        key = (number, id(frame))
        rounds = self._whiles.get(key)
        if not test:
            self._whiles.pop(key, None)
            return test
        if rounds is None or rounds.frame is not frame:
            self._whiles[key] = _Rounds(self._progress, self._layers_made, frame)
            return test
        rounds.end()
        if rounds.enough:
            del self._whiles[key]
            return False
        return test

    def _lengths(self, number: int, frame: FrameType) -> Dict[str, int]:
        found = {}
        for name in self._table[number].appended:
            value = _variable(frame, name)
            if type(value) is list:
                found[name] = len(value)
        return found

    def _fill(
        self, number: int, frame: FrameType, lengths: Dict[str, int], rounds: int, expected: Optional[int]
    ) -> None:
        """Append to lists what the rounds that were left out would have appended, going by those that were run."""
        if expected is None:
            return
        for name, before in lengths.items():
            value = _variable(frame, name)
            if type(value) is not list or (len(value) - before) % rounds:
                continue
            each = (len(value) - before) // rounds
            missing = each * (expected - rounds)
            if each and 0 < missing <= _LONGEST_FILLED:
                value.extend(value[-each:] * (missing // each))


class _Rounds:
    """The rounds of one loop so far."""

    def __init__(self, progress: Progress, layers_made: Callable[[], int], frame: Optional[FrameType] = None) -> None:
        self._progress = progress
        self._layers_made = layers_made
        self._seen = (progress.steps, layers_made())
        self._alike = 0
        self.frame = frame
        self.done = 0

    def end(self) -> None:
        """Note the end of a round."""
        steps, layers = self._progress.steps, self._layers_made()
        trained, built = steps > self._seen[0], layers > self._seen[1]
        self._seen = (steps, layers)
        self._alike = self._alike + 1 if trained and not built else 0
        self.done += 1

    @property
    def enough(self) -> bool:
        """Whether another round would only train again."""
        return self._alike >= _ROUNDS


def _appended(loop: Loop) -> Iterator[str]:
    for node in ast.walk(loop):
        function = node.func if isinstance(node, ast.Call) else None
        if isinstance(function, ast.Attribute) and function.attr == "append" and isinstance(function.value, ast.Name):
            yield function.value.id


def _variable(frame: FrameType, name: str) -> Any:
    return frame.f_locals.get(name, frame.f_globals.get(name))


def _is_data(items: Any) -> bool:
    module = type(items).__module__
    return module.startswith(("tensorflow.python.data.", "torch.utils.data.")) or hasattr(items, "element_spec")


def _length(items: Any) -> Optional[int]:
    cardinality = getattr(items, "cardinality", None)
    try:
        length = int(cardinality()) if cardinality is not None else len(items)
    except Exception:  # it has none, or is the program's own
        return None
    return length if length >= 0 else None
