"""Ends loops that only train: after two rounds alike, a third has nothing new to show.

``for x in items`` is compiled as ``for x in __shapelens__.loop(3, items)`` and ``while test`` as
``while __shapelens__.again(3, test)``. A round trains where it took steps and made no layer. A loop without steps
runs to its end, and so does one that builds layers. Of an ended loop the last round is run too, so that its variables
are those of a plain run; lists and counters get what the rounds in between would have added to them.
"""

from __future__ import annotations

import ast
import sys
import time
from collections import defaultdict, deque
from types import FrameType
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .contract import SkipReason
from .instrument import recorder_call
from .loop_sites import ROUNDS, LoopSite, loop_site
from .steps.progress import Progress
from .unknown import NotEvaluated

_SHORT = 10
"""Items of a list that are all run: such a list holds settings to try, not epochs."""

_LONGEST_FILLED = 1_000_000

_MOST_LEFT_OUT = 100_000
_SECONDS_TO_LEAVE_OUT = 0.05
"""How far an iterator is followed to its end where it cannot tell its length."""

_SECONDS_OF_CALLS = 0.1
"""How long a loop may go on calling models without training them."""

_MOST_ROUNDS_OF_CALLS = 3

_SECONDS_OF_DATA = 0.02
"""How long a loop over a data set of the framework may run that does not train."""


class LoopTable:
    """Numbers the loops of all files of one evaluation."""

    def __init__(self) -> None:
        self._sites: List[LoopSite] = []

    def __getitem__(self, number: int) -> LoopSite:
        return self._sites[number]

    def watch(self, tree: ast.AST) -> None:
        """Let every loop of a tree ask whether to go on; to be called before the tree is instrumented."""
        for node in list(ast.walk(tree)):
            if isinstance(node, (ast.For, ast.While)):
                number = len(self._sites)
                self._sites.append(loop_site(node, number))
                if isinstance(node, ast.For):
                    node.iter = recorder_call("loop", [number, node.iter], node.iter)
                else:
                    node.test = recorder_call("again", [number, node.test], node.test)


class Loops:
    """Decides at each round whether a loop goes on."""

    def __init__(self, table: LoopTable, progress: Progress) -> None:
        self._table = table
        self._progress = progress
        self._open: Dict[Tuple[int, int], _Rounds] = {}
        """Of ``while`` loops, and of those whose own values may end them, by number and frame."""

    def loop(self, number: int, items: Any) -> Any:
        """Return what a ``for`` loop iterates over."""
        short = isinstance(items, (list, tuple, str, dict, set, frozenset)) and len(items) <= _SHORT
        site = self._table[number]
        if short and not site.may_leave:
            return items
        rounds = _Rounds(self._progress, sys._getframe(1))
        bounded = self._bounded(site, items, rounds, short)
        return self._kept_open(number, rounds, bounded) if site.may_leave else bounded

    def _kept_open(self, number: int, rounds: _Rounds, items: Iterator[Any]) -> Iterator[Any]:
        """Yield the items of a loop and know its rounds meanwhile, see ``leaves_loop``."""
        key = (number, id(rounds.frame))
        self._open[key] = rounds
        try:
            yield from items
        finally:
            if self._open.get(key) is rounds:
                del self._open[key]

    def _bounded(self, site: LoopSite, items: Any, rounds: _Rounds, short: bool) -> Iterator[Any]:
        # A data set is read from the disk or computed, element by element; a list costs nothing.
        data = _is_data(items)
        growth: Optional[_Growth] = None
        iterator = iter(items)
        started = time.monotonic()
        while True:
            try:
                item = next(iterator)
            except StopIteration:
                return
            if growth is None:
                growth = _Growth(site, rounds.frame)
            yield item
            rounds.end()
            rounds.check_calls(site.may_leave and not short)
            slow = data and rounds.done >= ROUNDS and time.monotonic() - started > _SECONDS_OF_DATA
            if short or not (rounds.enough(ROUNDS) or slow):
                continue
            if site.collects:
                message = "How often this loop goes round depends on values, and so do the lengths of its lists."
                raise NotEvaluated(SkipReason.REPLACED_VALUES, message)
            if site.broken:
                return
            left, last = _left(items, iterator, rounds.done)
            if last:
                growth.add(rounds.done, left - 1)
                yield last[0]
            elif left > 0:
                growth.add(rounds.done, left)
            return

    def again(self, number: int, test: Any) -> Any:
        """Return whether a ``while`` loop goes on."""
        frame = sys._getframe(1)
        key = (number, id(frame))
        site = self._table[number]
        rounds = self._open.get(key)
        if not test:
            self._open.pop(key, None)
            if rounds is not None and rounds.frame is frame and site.asks_values:
                rounds.leave()
            return test
        if rounds is None or rounds.frame is not frame:
            rounds = self._open[key] = _Rounds(self._progress, frame)
            rounds.growth = _Growth(site, frame)
            return test
        rounds.end()
        rounds.check_calls(site.may_leave)
        if not rounds.enough(site.rounds):
            return test
        if rounds.growth is None or not rounds.growth.add_until_last(rounds.done):
            del self._open[key]
            return False
        rounds.growth = None
        return test

    def leaves_loop(self, number: int) -> bool:
        """Tell whether a ``break`` or ``return`` is followed whose condition reads what the rounds computed.

        It is not where a model was called: how often a plain run goes round is unknown, and the loop ends.
        """
        frame = sys._getframe(1)
        rounds = self._open.get((number, id(frame)))
        if rounds is None or rounds.frame is not frame:
            return True
        rounds.left = rounds.called_only()
        return not rounds.left


class _Growth:
    """What each round of a loop adds to lists and counters."""

    def __init__(self, site: LoopSite, frame: FrameType) -> None:
        self._site = site
        self._frame = frame
        self._lengths = {place: len(found) for place, found in self._lists()}
        self._counts = dict(self._numbers())
        self._rows = {name: len(array) for name, array in self._arrays()}

    def add(self, done: int, missing: int) -> None:
        """Add what rounds that are left out would have added, going by those that were run."""
        if missing <= 0:
            return
        for place, found in self._lists():
            each, uneven = divmod(len(found) - self._lengths.get(place, len(found)), done)
            if each > 0 and not uneven and each * missing <= _LONGEST_FILLED:
                found.extend(list(found)[-each:] * missing)
        for name, count in self._numbers():
            each, uneven = divmod(count - self._counts.get(name, count), done)
            if each and not uneven:
                self._frame.f_globals[name] = count + each * missing
        for name, array in self._arrays():
            each, uneven = divmod(len(array) - self._rows.get(name, len(array)), done)
            if each > 0 and not uneven and array[-each:].size * missing <= _LONGEST_FILLED:
                numpy = sys.modules["numpy"]
                self._frame.f_globals[name] = numpy.concatenate([array, *([array[-each:]] * missing)])

    def add_until_last(self, done: int) -> bool:
        """Add what is missing before the last round, where a counter tells which that is."""
        if self._site.limit is None:
            return False
        name, place = self._site.limit
        count = dict(self._numbers()).get(name)
        limit = place.value if isinstance(place, ast.Constant) else _value(self._frame, place)
        if count is None or type(limit) is not int:
            return False
        each, uneven = divmod(count - self._counts.get(name, count), done)
        if each <= 0 or uneven:
            return False
        self.add(done, (limit - count - 1) // each)
        return True

    def _lists(self) -> Iterator[Tuple[ast.expr, Any]]:
        seen = set()
        for place in self._site.grown:
            found = _value(self._frame, place)
            if type(found) in (list, deque) and id(found) not in seen:
                seen.add(id(found))
                yield place, found

    def _numbers(self) -> Iterator[Tuple[str, int]]:
        for name, count in self._variables(self._site.counters):
            if type(count) is int:
                yield name, count

    def _arrays(self) -> Iterator[Tuple[str, Any]]:
        numpy: Any = sys.modules.get("numpy")
        for name, array in self._variables(self._site.rebound):
            if numpy is not None and isinstance(array, numpy.ndarray) and array.ndim:
                yield name, array

    def _variables(self, names: Tuple[str, ...]) -> Iterator[Tuple[str, Any]]:
        if self._frame.f_locals is self._frame.f_globals:  # nobody but a function itself can set its variables
            for name in names:
                yield name, self._frame.f_globals.get(name)


class _Rounds:
    """The rounds of one loop so far."""

    def __init__(self, progress: Progress, frame: FrameType) -> None:
        self._progress = progress
        self._first = self._seen = (progress.steps, progress.layers_made(), progress.calls)
        self._only_called = 0
        self._calling_since = 0.0
        self._alike = 0
        self.frame = frame
        self.growth: Optional[_Growth] = None
        """Of a ``while`` loop whose end has not been reached yet."""
        self.done = 0
        self.left = False
        """Whether what a model computed would have ended it."""

    def end(self) -> None:
        """Note the end of a round."""
        now = (self._progress.steps, self._progress.layers_made(), self._progress.calls)
        trained, built, called = (new > old for new, old in zip(now, self._seen))
        self._seen = now
        self._alike = self._alike + 1 if trained and not built else 0
        self.done += 1
        if trained or built or not called:
            self._only_called = 0
            return
        if not self._only_called:
            self._calling_since = time.monotonic()
        self._only_called += 1

    def called_only(self) -> bool:
        """Whether its rounds called models and trained none."""
        return self._progress.calls > self._first[2] and self._progress.steps == self._first[0]

    def check_calls(self, may_leave: bool) -> None:
        """Give up a loop that goes on calling models without training them, as one that generates text does.

        ``may_leave`` tells that the values of the model may end it. Raises NotEvaluated: what it makes depends on how
        often it goes round.
        """
        if self.left:
            self._give_up()
        if self._only_called < _MOST_ROUNDS_OF_CALLS:
            return
        if may_leave or time.monotonic() - self._calling_since > _SECONDS_OF_CALLS:
            self._give_up()

    def leave(self) -> None:
        """Note that its condition ends it; raises NotEvaluated where what a model computed may have decided that."""
        if self.called_only():
            self._give_up()

    def _give_up(self) -> None:
        message = f"This loop calls a model in each round. It was ended after {self.done}; what it makes is not known."
        raise NotEvaluated(SkipReason.REPLACED_VALUES, message)

    def enough(self, most: int) -> bool:
        """Whether another round would only train again."""
        return self._alike >= most


def _value(frame: FrameType, place: ast.expr) -> Any:
    """Return what is at a place: a variable, an attribute or an item; None where looking would run code."""
    if isinstance(place, ast.Name):
        return frame.f_locals.get(place.id, frame.f_globals.get(place.id))
    if isinstance(place, ast.Attribute):
        return getattr(_value(frame, place.value), "__dict__", {}).get(place.attr)
    if isinstance(place, ast.Subscript) and isinstance(place.slice, ast.Constant):
        holder = _value(frame, place.value)
        return holder.get(place.slice.value) if type(holder) in (dict, defaultdict) else None
    return None


def _left(items: Any, iterator: Iterator[Any], done: int) -> Tuple[int, Tuple[Any, ...]]:
    """Return how many rounds are left, and the last item where it can be had."""
    if isinstance(items, (list, tuple, range)):
        return len(items) - done, tuple(items[-1:]) if len(items) > done else ()
    left = 0
    last: Tuple[Any, ...] = ()
    until = time.monotonic() + _SECONDS_TO_LEAVE_OUT
    for item in iterator:
        left, last = left + 1, (item,)
        if left > _MOST_LEFT_OUT or time.monotonic() > until:
            length = _length(items)
            return (-1 if length is None else length - done), ()
    return left, last


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
