"""Which names and places statements give a value, and which names they read."""

from __future__ import annotations

import ast
from typing import Dict, FrozenSet, Iterator, List, Set, Tuple, Union

from .instrument import RECORD
from .sites import Place

_CHANGING_METHODS = frozenset({"add", "append", "build", "extend", "insert", "pop", "update"})
"""Methods that leave their object half changed when they fail; Sequential.add keeps the layer that failed."""

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

Bound = Tuple[Union[str, Place], ...]


class Bindings:
    """Answers for the statements of one file; each is looked at once, however deep it is nested."""

    def __init__(self, text: str) -> None:
        # Nothing else inside an expression gives a name a value.
        self._in_expressions = ":=" in text
        self._known: Dict[int, Tuple[ast.AST, Bound]] = {}

    def bound(self, node: ast.stmt) -> Tuple[Tuple[str, ...], Tuple[Place, ...]]:
        """Return the names and the places in objects that a statement would have given a value."""
        stored: Dict[Union[str, Place], None] = dict.fromkeys(self.stored(node))
        # A loop that is given up leaves its lists half filled.
        inner = ast.walk(node) if isinstance(node, (ast.For, ast.While)) else (node,)
        stored.update((name, None) for name in map(_changed, inner) if name)
        names = tuple(item for item in stored if isinstance(item, str))
        return names, tuple(item for item in stored if isinstance(item, Place))

    def stored(self, node: ast.AST) -> Bound:
        """Return what a statement, or anything with statements in it, assigns to."""
        known = self._known.get(id(node))
        if known is None:
            known = self._known[id(node)] = (node, tuple(self._stored(node)))
        return known[1]

    def _stored(self, node: ast.AST) -> Iterator[Union[str, Place]]:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            yield node.name
            return
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                if self._in_expressions or not isinstance(getattr(child, "ctx", None), (ast.Load, type(None))):
                    yield from _targets(child)
            elif isinstance(child, ast.alias):
                yield child.asname or child.name.split(".")[0]
            else:
                # Statements, handlers, the parts of with and match.
                name = getattr(child, "name", None) or getattr(child, "rest", None)
                if isinstance(name, str) and not isinstance(child, ast.stmt):
                    yield name
                yield from self.stored(child)

    def variables(self, function: Union[ast.FunctionDef, ast.AsyncFunctionDef]) -> FrozenSet[str]:
        """Return the names that are local to a function."""
        given = function.args
        arguments = [*given.posonlyargs, *given.args, *given.kwonlyargs, *filter(None, (given.vararg, given.kwarg))]
        local = {argument.arg for argument in arguments}
        for statement in function.body:
            local.update(name for name in self.stored(statement) if isinstance(name, str))
        return frozenset(local - _foreign(function.body))


def _targets(node: ast.AST) -> Iterator[Union[str, Place]]:
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name):
        yield Place(node.value.id, attribute=node.attr)
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name):
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        if isinstance(key, (str, int)):
            yield Place(node.value.id, key=key)
    for child in ast.iter_child_nodes(node):
        # The variable of a comprehension is its own.
        if not (isinstance(node, ast.comprehension) and child is node.target):
            yield from _targets(child)


def _foreign(body: List[ast.stmt]) -> Set[str]:
    """Return the names that a function declares to be global or another function's."""
    found: Set[str] = set()
    waiting: List[ast.AST] = list(body)
    while waiting:
        item = waiting.pop()
        if isinstance(item, (ast.Global, ast.Nonlocal)):
            found.update(item.names)
        elif not isinstance(item, (ast.expr, *FUNCTIONS, ast.ClassDef)):
            waiting.extend(ast.iter_child_nodes(item))
    return found


def _changed(node: ast.AST) -> str:
    """Return the name of an object that a statement's call may leave half changed."""
    function = node.value.func if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None
    if isinstance(function, ast.Attribute) and function.attr in _CHANGING_METHODS:
        return function.value.id if isinstance(function.value, ast.Name) else ""
    return ""


def reached(node: ast.AST) -> Tuple[str, ...]:
    """Return the names and dotted names that a statement reads, as ``self.encoder`` beside ``self``."""
    found: Dict[str, None] = {}
    for item in ast.walk(node):
        parts = []
        while isinstance(item, ast.Attribute):
            parts.append(item.attr)
            item = _unrecorded(item.value)
        if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Load) and item.id != RECORD:
            found[".".join((item.id, *reversed(parts)))] = None
    return tuple(found)


def _unrecorded(node: ast.AST) -> ast.AST:
    """Return the expression that an instrumented one records."""
    is_record = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == RECORD
    return node.args[1] if is_record and len(node.args) > 1 else node  # type: ignore[attr-defined]


def read(node: ast.AST) -> Tuple[str, ...]:
    """Return the names that a statement reads, those of functions that it defines left out."""
    found: Dict[str, None] = {}
    waiting = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Load) and item.id != RECORD:
            found[item.id] = None
        waiting.extend(ast.iter_child_nodes(item))
    return tuple(found)


def bound_names(tree: ast.Module) -> FrozenSet[str]:
    """Return the names that the top level of a file may bind, imports and definitions included."""
    return frozenset(name for name in Bindings(":=").stored(tree) if isinstance(name, str))
