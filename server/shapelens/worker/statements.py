"""Cuts a module into statements that run, and fail, one by one.

A top-level statement is compiled alone. A simple statement inside a ``with``, ``if``, ``for``, ``while`` or ``try``
is wrapped, so that its failure ends it and not the block, and so is one in a function. Where the
program would catch the exception itself, nothing is wrapped: its own handler has to see it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import FrozenSet, List, Optional, Sequence, Tuple, Union

from .bindings import FUNCTIONS, Bindings, reached, read
from .contract import Location, Span
from .instrument import OurHandler, recorder_call
from .loops import LoopTable
from .sites import Place, Statement
from .source_file import SourceFile

_COMPOUND = (ast.With, ast.AsyncWith, ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try)

_NEVER_FAIL = (ast.Pass, ast.Break, ast.Continue, ast.Global, ast.Nonlocal)

_CALLED_BY_PYTHON = frozenset(("__init__", "__call__", "__post_init__"))
"""Methods whose exceptions Python itself gives no meaning, unlike those of ``__getattr__`` or ``__next__``."""

_DEEPEST = 5
"""Nested blocks that are looked into; each costs a block of the 20 that Python allows to be nested."""


@dataclass(frozen=True)
class _Around:
    """The blocks around a statement."""

    depth: int = 0
    loop_ends: bool = False
    """Whether the innermost loop must end with a failure inside it: nothing else may end a ``while``."""
    in_handler: bool = False
    managers: Tuple[int, ...] = ()
    variables: Optional[FrozenSet[str]] = None
    """The local variables of the function that it stands in; None at the top level."""


@dataclass(frozen=True)
class _Waiting:
    """A statement of which more is asked only when it fails."""

    source: SourceFile
    node: ast.stmt
    binds: Tuple[str, ...]
    places: Tuple[Place, ...]
    managers: Tuple[int, ...]

    def statement(self) -> Statement:
        """Return all that is known of the statement; its node may be instrumented by now."""
        node = self.node
        return Statement(
            _header(self.source, node), self.binds, self.places, read(node), reached(node), managers=self.managers
        )


class StatementTable:
    """Numbers the isolated statements of all files of one evaluation."""

    def __init__(self) -> None:
        self._noted: List[Union[Statement, _Waiting]] = []
        self._bindings: Tuple[Optional[SourceFile], Bindings] = (None, Bindings(""))
        self.loops = LoopTable()

    def __getitem__(self, number: int) -> Statement:
        noted = self._noted[number]
        if isinstance(noted, _Waiting):
            noted = self._noted[number] = noted.statement()
        return noted

    def add(self, source: SourceFile, node: ast.stmt, managers: Tuple[int, ...] = ()) -> int:
        """Note a statement before it is instrumented, and return its number."""
        self._noted.append(_Waiting(source, node, *self._names(source).bound(node), managers))
        return len(self._noted) - 1

    def note(self, statement: Statement) -> int:
        """Note a statement and return its number."""
        self._noted.append(statement)
        return len(self._noted) - 1

    def _names(self, source: SourceFile) -> Bindings:
        if self._bindings[0] is not source:
            self._bindings = (source, Bindings(source.text))
        return self._bindings[1]

    def isolate(self, source: SourceFile, node: ast.stmt) -> int:
        """Note a top-level statement, wrap the simple statements inside it, and return its number."""
        number = self.add(source, node)
        if isinstance(node, _COMPOUND):
            self._isolate_inside(source, node, number, _Around())
        self.isolate_functions(source, node)
        self.loops.watch(node)
        return number

    def isolate_functions(self, source: SourceFile, tree: ast.AST) -> None:
        """Wrap the statements of every function in a tree."""
        for node in ast.walk(tree):
            if isinstance(node, FUNCTIONS):
                special = node.name.startswith("__") and node.name.endswith("__")
                if (not special or node.name in _CALLED_BY_PYTHON) and not any(map(_is_property, node.decorator_list)):
                    self._wrap(source, node.body, _Around(variables=self._names(source).variables(node)))

    def _isolate_inside(self, source: SourceFile, node: ast.stmt, number: int, around: _Around) -> None:
        if around.depth >= _DEEPEST:
            return
        inside = replace(around, depth=around.depth + 1)
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            inside = replace(inside, loop_ends=isinstance(node, ast.While))
            self._wrap(source, node.body, inside)
            if not isinstance(node, ast.While):  # the else of a loop that is cut short is not run
                self._wrap(source, node.orelse, around)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                manager = item.context_expr
                item.context_expr = recorder_call("manager", [number, manager], manager)
            self._wrap(source, node.body, replace(inside, managers=(*around.managers, number)))
        elif isinstance(node, ast.Try):
            if not node.handlers:
                self._wrap(source, node.body, inside)
            for handler in node.handlers:
                self._wrap(source, handler.body, replace(inside, in_handler=True))
            self._wrap(source, node.orelse, inside)
            self._wrap(source, node.finalbody, inside)
        elif isinstance(node, ast.If):
            self._wrap(source, node.body, inside)
            if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
                self._isolate_inside(source, node.orelse[0], number, around)  # elif: no block of its own
            else:
                self._wrap(source, node.orelse, inside)

    def _wrap(self, source: SourceFile, body: List[ast.stmt], around: _Around) -> None:
        body[:] = [self._wrapped(source, statement, around) for statement in body]

    def _wrapped(self, source: SourceFile, node: ast.stmt, around: _Around) -> ast.stmt:
        # In a handler ``raise`` means to leave the block.
        constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)  # a docstring has to stay bare
        if constant or isinstance(node, _NEVER_FAIL) or (around.in_handler and isinstance(node, ast.Raise)):
            return node
        # A block is wrapped around its isolated parts, because its header may fail too.
        number = self.add(source, node, around.managers)
        if isinstance(node, _COMPOUND):
            self._isolate_inside(source, node, number, around)
        if around.variables is not None:
            ended = self._ended_in_function(number, node, around.variables)
        else:
            ended = [ast.Expr(recorder_call("isolate", [number], node))]
        if around.loop_ends:
            # What was to end the loop may never come: ``while True: batch = next(batches)``.
            ended.append(ast.Break())
        handler = OurHandler(type=None, name=None, body=[ast.copy_location(item, node) for item in ended])
        wrapped = ast.Try(body=[node], handlers=[ast.copy_location(handler, node)], orelse=[], finalbody=[])
        return ast.copy_location(wrapped, node)

    def _ended_in_function(self, number: int, node: ast.stmt, variables: FrozenSet[str]) -> List[ast.stmt]:
        """Return what follows an exception: it is raised again, or the names and the result are unknown."""
        leave = ast.copy_location(ast.Raise(), node)
        body: List[ast.stmt] = [ast.If(recorder_call("leaves", [number], node), [leave], [])]
        for index, name in enumerate(self._noted[number].binds):
            if name not in variables:
                continue  # an assignment would make a global variable a local one
            target = ast.copy_location(ast.Name(name, ast.Store()), node)
            body.append(ast.Assign([target], recorder_call("unknown", [number, index], node)))
        if isinstance(node, ast.Return) or (isinstance(node, _COMPOUND) and _returns(node)):
            # Where a block would have returned, what follows it is not what a plain run does.
            body.append(ast.Return(recorder_call("unknown", [number, -1], node)))
        return body


def _header(source: SourceFile, node: ast.stmt) -> Location:
    """Return where a statement stands; of a block only the first line, so that a mark does not cover it all."""
    location = source.location(node)
    body: Sequence[ast.stmt] = getattr(node, "body", ())
    span = location.span
    if not body or span.end_line == span.line:
        return location
    line = source.lines[span.line]
    return Location(location.path, Span(span.line, span.column, span.line, len(line.rstrip())))


def _returns(node: ast.stmt) -> bool:
    waiting: List[ast.AST] = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, ast.Return):
            return True
        if not isinstance(item, (*FUNCTIONS, ast.ClassDef, ast.expr)):
            waiting.extend(ast.iter_child_nodes(item))
    return False


def _is_property(decorator: ast.expr) -> bool:
    # Their exceptions mean something to ``hasattr``.
    name = getattr(decorator, "attr", None) or getattr(decorator, "id", "")
    return name in ("property", "cached_property", "getter", "setter", "deleter")
