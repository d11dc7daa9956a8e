"""What the text of a loop tells about its rounds: what they add to, and whether what they compute may end it."""

from __future__ import annotations

import ast
import builtins
import copy
from dataclasses import dataclass
from typing import Container, Dict, FrozenSet, Iterator, List, Optional, Tuple, Union

from .bindings import FUNCTIONS
from .instrument import OurHandler, recorder_call

ROUNDS = 2
"""Rounds that train and make nothing, after which a loop is ended."""

_ROUNDS_THAT_ASK = 32
"""The same for ``while`` loops with a condition; their rounds cost a millisecond or two."""

_BUILTINS = frozenset(dir(builtins))

_NOT_VALUES = ("shape", "ndim", "size", "dtype")
"""Attributes that do not depend on values."""

Loop = Union[ast.For, ast.While]


@dataclass(frozen=True)
class LoopSite:
    """A loop as it is written."""

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
    """Whether a ``break``, a ``return`` or its condition depends on what its rounds compute."""
    asks_values: bool = False
    """Whether the condition of a ``while`` loop does."""
    collects: bool = False
    """Whether one with a ``break`` adds to lists, whose lengths depend on values then."""
    rounds: int = ROUNDS
    """Rounds that only train after which the loop is ended."""


def loop_site(loop: Loop, number: int) -> LoopSite:
    """Look at a loop; where its values may end it, ``break`` and ``return`` ask ``leaves_loop(number)`` first."""
    # A condition that is no counter's is mostly met soon, as ``while len(forecast) < len(test)``.
    asks = isinstance(loop, ast.While) and not isinstance(loop.test, ast.Constant)
    rounds = _ROUNDS_THAT_ASK if asks else ROUNDS
    broken = any(map(_breaks, loop.body))
    computed = _computed(loop)
    asks_values = isinstance(loop, ast.While) and _reads(loop.test, computed)
    body = ast.Module(body=loop.body, type_ignores=[])
    may_leave = _guard(body, number, computed) or asks_values
    if broken:
        collects = any(map(_collects, ast.walk(loop)))
        return LoopSite(broken=True, may_leave=may_leave, asks_values=asks_values, collects=collects, rounds=rounds)
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
            counted = isinstance(node.value, ast.Constant) and type(node.value.value) is int
            if counted and isinstance(place, ast.Name) and isinstance(node.op, (ast.Add, ast.Sub)):
                counters[place.id] = None
        if place is not None:
            grown.setdefault(ast.dump(place), copy.deepcopy(place))  # the tree is to be instrumented
    limit = _limit(loop, counters)
    return LoopSite(
        tuple(grown.values()),
        tuple(counters),
        tuple(rebound),
        limit,
        may_leave=may_leave,
        asks_values=asks_values,
        rounds=ROUNDS if limit is not None else rounds,
    )


# --- what decides ---------------------------------------------------------------------------------------------


def _computed(loop: Loop) -> FrozenSet[str]:
    """Return the variables that hold what functions computed in the rounds, such as the next word of a text."""
    assigned = list(_assigned(loop))
    computed: FrozenSet[str] = frozenset()
    while True:
        names = computed.union(*(bound for bound, value in assigned if _reads(value, computed) or _calls(value)))
        if names == computed:
            return computed
        computed = names


def _assigned(loop: Loop) -> Iterator[Tuple[FrozenSet[str], ast.expr]]:
    for node in ast.walk(loop):
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.AugAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = (item.id for target in targets for item in ast.walk(target) if isinstance(item, ast.Name))
            yield frozenset(names), node.value


def _calls(value: ast.expr) -> bool:
    return any(
        isinstance(item, ast.Call) and not (isinstance(item.func, ast.Name) and item.func.id in _BUILTINS)
        for item in _values(value)
    )


def _reads(value: ast.expr, names: Container[str]) -> bool:
    return any(isinstance(item, ast.Name) and item.id in names for item in _values(value))


def _values(value: ast.expr) -> Iterator[ast.AST]:
    """Yield the parts of an expression whose values count: lengths and shapes do not."""
    waiting: List[ast.AST] = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len":
            continue
        if isinstance(node, ast.Attribute) and node.attr in _NOT_VALUES:
            continue
        yield node
        waiting.extend(ast.iter_child_nodes(node))


def _guard(node: ast.AST, number: int, computed: FrozenSet[str], decided: bool = False, own: bool = True) -> bool:
    """Let what leaves a loop for values ask first; tell whether there is any.

    ``decided`` tells that a condition around it reads values, and ``own`` that ``break`` leaves this loop and no other.
    """
    found = False
    for field, part in ast.iter_fields(node):
        mine = own and not (isinstance(node, (ast.For, ast.While)) and field == "body")
        for index, item in enumerate(part if isinstance(part, list) else ()):
            if not isinstance(item, ast.AST) or isinstance(item, (ast.expr, *FUNCTIONS, ast.ClassDef, OurHandler)):
                continue
            if decided and (isinstance(item, ast.Return) or (mine and isinstance(item, ast.Break))):
                test = recorder_call("leaves_loop", [number], item)
                part[index] = ast.copy_location(ast.If(test, [item], []), item)
                found = True
                continue
            asks = isinstance(item, ast.If) and _reads(item.test, computed)
            found = _guard(item, number, computed, decided or asks, mine) or found
    return found


# --- rounds ---------------------------------------------------------------------------------------------------


def _collects(node: ast.AST) -> bool:
    function = node.func if isinstance(node, ast.Call) else None
    return isinstance(function, ast.Attribute) and function.attr in ("append", "extend")


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
