"""Ends loops that only train: after two rounds alike, a third has nothing new to show.

``for x in items`` is compiled as ``for x in __shapelens__.loop(3, items)`` and ``while test`` as
``while __shapelens__.again(3, test)``. A round trains where it took steps and made no layer. A loop without steps
runs to its end, and so does one that builds layers. Of an ended loop the last round is run too, so that its variables
are those of a plain run; lists and counters get what the rounds in between would have added to them.
"""

from __future__ import annotations

import ast
import copy
import sys
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from types import FrameType
from typing import Any, Container, Dict, Iterator, List, Optional, Set, Tuple, Union

from .bindings import FUNCTIONS
from .contract import SkipReason
from .instrument import OurHandler, recorder_call
from .steps.progress import Progress
from .unknown import NotEvaluated

_ROUNDS_THAT_ASK = 32
"""The same for ``while`` loops with a condition; their rounds cost a millisecond or two."""

_ROUNDS = 2
"""Rounds that train and make nothing, after which a loop is ended."""

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

Loop = Union[ast.For, ast.While]


@dataclass(frozen=True)
class _LoopSite:
    grown: Tuple[ast.expr, ...] = ()
    """Where the lists are that the body adds to."""
    counters: Tuple[str, ...] = ()
    """Variables that the body adds a number to."""
    rebound: Tuple[str, ...] = ()
    """Variables that the body binds to something made of them, such as an array with more rows."""
    limit: Optional[Tuple[str, ast.expr]] = None
    """For ``while name < limit``: the counter, and where its limit is."""
    broken: bool = False
    """Whether the body has a ``break``: how often it goes round then depends on values."""
    may_leave: bool = False
    """Whether a ``break`` or ``return`` in it depends on what its rounds compute."""
    collects: bool = False
    """Whether one with a ``break`` adds to lists, whose lengths depend on values then."""
    rounds: int = _ROUNDS
    """Rounds that only train after which the loop is ended."""


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
                self._sites.append(_site(node))
                if isinstance(node, ast.For):
                    node.iter = recorder_call("loop", [number, node.iter], node.iter)
                else:
                    node.test = recorder_call("again", [number, node.test], node.test)


class Loops:
    """Decides at each round whether a loop goes on."""

    def __init__(self, table: LoopTable, progress: Progress) -> None:
        self._table = table
        self._progress = progress
        self._whiles: Dict[Tuple[int, int], _Rounds] = {}

    def loop(self, number: int, items: Any) -> Any:
        """Return what a ``for`` loop iterates over."""
        if isinstance(items, (list, tuple, str, dict, set, frozenset)) and len(items) <= _SHORT:
            return items
        return self._bounded(number, items, sys._getframe(1))

    def _bounded(self, number: int, items: Any, frame: FrameType) -> Iterator[Any]:
        rounds = _Rounds(self._progress)
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
                growth = _Growth(self._table[number], frame)
            yield item
            rounds.end()
            rounds.check_calls(self._table[number].may_leave)
            slow = data and rounds.done >= _ROUNDS and time.monotonic() - started > _SECONDS_OF_DATA
            if not (rounds.enough(_ROUNDS) or slow):
                continue
            if self._table[number].collects:
                message = "How often this loop goes round depends on values, and so do the lengths of its lists."
                raise NotEvaluated(SkipReason.REPLACED_VALUES, message)
            if self._table[number].broken:
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
        rounds = self._whiles.get(key)
        if not test:
            self._whiles.pop(key, None)
            return test
        if rounds is None or rounds.frame is not frame:
            rounds = self._whiles[key] = _Rounds(self._progress, frame)
            rounds.growth = _Growth(self._table[number], frame)
            return test
        rounds.end()
        rounds.check_calls(self._table[number].may_leave)
        if not rounds.enough(self._table[number].rounds):
            return test
        if rounds.growth is None or not rounds.growth.add_until_last(rounds.done):
            del self._whiles[key]
            return False
        rounds.growth = None
        return test


class _Growth:
    """What each round of a loop adds to lists and counters."""

    def __init__(self, site: _LoopSite, frame: FrameType) -> None:
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

    def __init__(self, progress: Progress, frame: Optional[FrameType] = None) -> None:
        self._progress = progress
        self._seen = (progress.steps, progress.layers_made(), progress.calls)
        self._only_called = 0
        self._calling_since = 0.0
        self._alike = 0
        self.frame = frame
        self.growth: Optional[_Growth] = None
        """Of a ``while`` loop whose end has not been reached yet."""
        self.done = 0

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

    def check_calls(self, may_leave: bool) -> None:
        """Give up a loop that goes on calling models without training them, as one that generates text does.

        ``may_leave`` tells that the values of the model may end it. Raises NotEvaluated: what it makes depends on how
        often it goes round.
        """
        if self._only_called < _MOST_ROUNDS_OF_CALLS:
            return
        if may_leave or time.monotonic() - self._calling_since > _SECONDS_OF_CALLS:
            message = (
                f"This loop calls a model in each round. It was ended after {self.done}; what it makes is not known."
            )
            raise NotEvaluated(SkipReason.REPLACED_VALUES, message)

    def enough(self, most: int) -> bool:
        """Whether another round would only train again."""
        return self._alike >= most


def _site(loop: Loop) -> _LoopSite:
    # A condition that is no counter's is mostly met soon, as ``while len(forecast) < len(test)``.
    asks = isinstance(loop, ast.While) and not isinstance(loop.test, ast.Constant)
    rounds = _ROUNDS_THAT_ASK if asks else _ROUNDS
    may_leave = _may_leave(loop)
    if any(map(_breaks, loop.body)):
        collects = any(map(_collects, ast.walk(loop)))
        return _LoopSite(broken=True, may_leave=may_leave, collects=collects, rounds=rounds)
    grown: Dict[str, ast.expr] = {}
    counters: Dict[str, None] = {}
    rebound: Dict[str, None] = {}
    for node in ast.walk(loop):
        place: Optional[ast.expr] = None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            place = node.func.value if node.func.attr in ("append", "extend") else None
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if any(isinstance(item, ast.Name) and item.id == name for item in ast.walk(node.value)):
                rebound[name] = None
        elif isinstance(node, ast.AugAssign):
            place = node.target
            number = isinstance(node.value, ast.Constant) and type(node.value.value) is int
            if number and isinstance(place, ast.Name) and isinstance(node.op, (ast.Add, ast.Sub)):
                counters[place.id] = None
        if place is not None:
            grown.setdefault(ast.dump(place), copy.deepcopy(place))  # the tree is to be instrumented
    limit = _limit(loop, counters)
    rounds = _ROUNDS if limit is not None else rounds
    return _LoopSite(tuple(grown.values()), tuple(counters), tuple(rebound), limit, may_leave=may_leave, rounds=rounds)


def _collects(node: ast.AST) -> bool:
    function = node.func if isinstance(node, ast.Call) else None
    return isinstance(function, ast.Attribute) and function.attr in ("append", "extend")


def _may_leave(loop: Loop) -> bool:
    """Tell whether a loop may be left for what its rounds compute, as one that generates text up to an end mark."""
    computed: Set[str] = set()
    for node in ast.walk(loop):
        counts = isinstance(node, ast.AugAssign) and isinstance(node.value, ast.Constant)
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.AugAssign)) and not counts:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            computed.update(item.id for target in targets for item in ast.walk(target) if isinstance(item, ast.Name))

    def reads(test: ast.expr) -> bool:
        return any(isinstance(item, ast.Name) and item.id in computed for item in ast.walk(test))

    if isinstance(loop, ast.While) and reads(loop.test):
        return True
    return any(isinstance(node, ast.If) and reads(node.test) and _leaves(node) for node in ast.walk(loop))


def _leaves(node: ast.AST) -> bool:
    """Tell whether a statement may leave the loop around it or the function."""
    if isinstance(node, (ast.Return, ast.Break)):
        return True
    if isinstance(node, (ast.expr, *FUNCTIONS, ast.ClassDef, OurHandler)):
        return False
    return any(map(_leaves, ast.iter_child_nodes(node)))


def _breaks(node: ast.AST) -> bool:
    """Tell whether a statement may leave the loop around it, other than by failing."""
    if isinstance(node, (ast.For, ast.While)):
        return any(map(_breaks, node.orelse))
    return isinstance(node, ast.Break) or any(
        _breaks(child) for child in ast.iter_child_nodes(node) if not isinstance(child, OurHandler)
    )


def _limit(loop: Loop, counters: Container[str]) -> Optional[Tuple[str, ast.expr]]:
    test = loop.test if isinstance(loop, ast.While) else None
    if not isinstance(test, ast.Compare) or not isinstance(test.left, ast.Name) or test.left.id not in counters:
        return None
    return (test.left.id, copy.deepcopy(test.comparators[0])) if [type(item) for item in test.ops] == [ast.Lt] else None


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
