"""Rewrites a syntax tree so that every expression whose value may carry a shape is recorded where it stands.

``expression`` becomes ``__shapelens__(7, expression)``, a call that returns its second argument. Positions are
kept, so tracebacks, warnings and ``inspect`` show what a plain run shows. Nothing is recorded in annotations,
patterns and stores. The name lives in ``builtins``, so a module's own globals stay those of a plain run.
"""

from __future__ import annotations

import ast
import builtins
import sys
from typing import List, Optional, Sequence, Tuple, TypeVar, Union

from .contract import Role
from .sites import Site, Target
from .source_file import SourceFile

RECORD = "__shapelens__"
"""Both ends have two underscores: such names are not mangled inside classes."""

_BUILTINS = frozenset(dir(builtins))

Node = TypeVar("Node", bound=ast.AST)


class OurHandler(ast.ExceptHandler):
    """Made by the isolation of statements; no handler of the program."""


class Instrumenter(ast.NodeTransformer):
    """Instruments one file; its sites are numbered from ``first`` on.

    Without ``names``, variables and attributes are left alone: their values were recorded where they were computed.
    """

    def __init__(self, source: SourceFile, first: int, mark_calls: bool, names: bool = True) -> None:
        self._names = names
        self._source = source
        self._first = first
        self._mark_calls = mark_calls
        self._role = Role.OPERAND
        self._targets: Tuple[Target, ...] = ()
        self._called_at_once = False
        self.sites: List[Site] = []

    # --- statements ---------------------------------------------------------------------------------------

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        if isinstance(node.value, ast.Constant):
            return node  # a docstring must stay the bare first statement
        node.value = self._expression(node.value, Role.STATEMENT)
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST:
        node.value = self._optional(node.value, Role.STATEMENT)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        targets = tuple(item for target in node.targets for item in self._bound(target))
        node.value = self._expression(node.value, Role.STATEMENT, targets)
        node.targets = [self.visit(target) for target in node.targets]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is not None:
            node.value = self._expression(node.value, Role.STATEMENT, self._bound(node.target))
        node.target = self.visit(node.target)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        node.value = self._expression(node.value, Role.STATEMENT)
        node.target = self.visit(node.target)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        first = node.body[0]
        self._visit_body(node.body)
        node.body.insert(0, ast.copy_location(ast.Expr(recorder_call("handled", [], first)), first))
        return node

    def visit_OurHandler(self, node: OurHandler) -> ast.AST:
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.decorator_list = [self._expression(item, Role.OPERAND) for item in node.decorator_list]
        self._defaults(node.args)
        self._visit_body(node.body)
        return node

    def _defaults(self, arguments: ast.arguments) -> None:
        arguments.defaults = [self._expression(item, Role.OPERAND) for item in arguments.defaults]
        arguments.kw_defaults = [self._optional(item, Role.OPERAND) for item in arguments.kw_defaults]

    def _visit_body(self, body: List[ast.stmt]) -> None:
        body[:] = [self.visit(statement) for statement in body]

    def visit_match_case(self, node: ast.AST) -> ast.AST:
        # Patterns are not expressions: a recorded value in one would be a syntax error.
        guard = getattr(node, "guard", None)
        if guard is not None:
            node.guard = self._expression(guard, Role.OPERAND)  # type: ignore[attr-defined]
        self._visit_body(node.body)  # type: ignore[attr-defined]
        return node

    def visit_TypeAlias(self, node: ast.AST) -> ast.AST:
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        # Before Python 3.12 (PEP 701) expressions inside f-strings carry wrong positions.
        return self._children(node, Role.OPERAND) if sys.version_info >= (3, 12) else node

    # --- expressions --------------------------------------------------------------------------------------

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if _is_recorder_function(node.func):  # around a context manager, which is instrumented like any expression
            node.args = [self._expression(item, Role.OPERAND) for item in node.args]
            return node
        site = self._begin(node)
        called_at_once = isinstance(node.func, ast.Call)
        node.func = self._expression(node.func, Role.CALLEE, called_at_once=called_at_once)
        node.args = [self._expression(item, Role.ARGUMENT) for item in node.args]
        for keyword in node.keywords:
            keyword.value = self._expression(keyword.value, Role.ARGUMENT)
        return self._recorded(node, site)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if (
            not self._names
            or not isinstance(node.ctx, ast.Load)
            or (self._role is Role.CALLEE and node.id in _BUILTINS)
        ):
            return node
        return self._recorded(node, self._begin(node))

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        loads = self._names and isinstance(node.ctx, ast.Load)
        site = self._begin(node) if loads else None
        node.value = self._expression(node.value, Role.CALLEE)
        return self._recorded(node, site) if site is not None else node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        loads = isinstance(node.ctx, ast.Load)
        site = self._begin(node) if loads else None
        node.value = self._expression(node.value, Role.CALLEE)
        node.slice = self._expression(node.slice, Role.OPERAND)
        return self._recorded(node, site) if site is not None else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        return self._operation(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        return self._operation(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        return self._operation(node)

    def visit_Await(self, node: ast.Await) -> ast.AST:
        return self._operation(node)

    def _operation(self, node: ast.expr) -> ast.AST:
        site = self._begin(node)
        self._children(node, Role.OPERAND)
        return self._recorded(node, site)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.AST:
        node.value = self._expression(node.value, Role.OPERAND, self._bound(node.target))
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        role, targets = self._role, self._targets
        node.test = self._expression(node.test, Role.OPERAND)
        node.body = self._expression(node.body, role, targets)
        node.orelse = self._expression(node.orelse, role, targets)
        return node

    def visit_Starred(self, node: ast.Starred) -> ast.AST:
        node.value = self._expression(node.value, self._role)
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self._defaults(node.args)
        node.body = self._expression(node.body, Role.STATEMENT)
        return node

    def visit_List(self, node: ast.List) -> ast.AST:
        return self._children(node, Role.ELEMENT)

    def visit_Set(self, node: ast.Set) -> ast.AST:
        return self._children(node, Role.ELEMENT)

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        return self._children(node, Role.ELEMENT)

    def visit_Tuple(self, node: ast.Tuple) -> ast.AST:
        targets = self._targets
        starred = any(isinstance(element, ast.Starred) for element in node.elts)
        if targets and not starred and all(item.position is not None for item in targets):
            # ``a, b = f(x), g(x)``: each element has the target at its own place.
            for position, element in enumerate(node.elts):
                mine = tuple(Target(t.name, t.span) for t in targets if t.position == position)
                node.elts[position] = self._expression(element, Role.ELEMENT, mine)
            return node
        return self._children(node, Role.ELEMENT)

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        return self._children(node, Role.ELEMENT)

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        return self._children(node, Role.ELEMENT)

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        return self._children(node, Role.ELEMENT)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        return self._children(node, Role.ELEMENT)

    # --- the mechanism ------------------------------------------------------------------------------------

    def generic_visit(self, node: Node) -> Node:
        self._children(node, Role.OPERAND)
        return node

    def _children(self, node: Node, role: Role) -> Node:
        self._role, self._targets, self._called_at_once = role, (), False
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.AST):
                self._role, self._targets, self._called_at_once = role, (), False
                setattr(node, name, self.visit(value))
            elif isinstance(value, list):
                for index, item in enumerate(value):
                    if isinstance(item, ast.AST):
                        self._role, self._targets, self._called_at_once = role, (), False
                        value[index] = self.visit(item)
        return node

    def _expression(
        self, node: ast.expr, role: Role, targets: Tuple[Target, ...] = (), called_at_once: bool = False
    ) -> ast.expr:
        self._role, self._targets, self._called_at_once = role, targets, called_at_once
        result: ast.expr = self.visit(node)
        return result

    def _optional(self, node: Optional[ast.expr], role: Role) -> Optional[ast.expr]:
        return None if node is None else self._expression(node, role)

    def _begin(self, node: ast.expr) -> int:
        """Number the site before its children, so that sites are in the order of the text."""
        self.sites.append(
            Site(
                location=self._source.location(node),
                role=self._role,
                node=type(node).__name__,
                text=self._source.text_of(node),
                called_at_once=self._called_at_once,
                targets=self._targets,
            )
        )
        return self._first + len(self.sites) - 1

    def _recorded(self, node: ast.expr, site: int) -> ast.expr:
        number: ast.expr = ast.copy_location(ast.Constant(site), node)
        if self._mark_calls and not isinstance(node, ast.Name):
            number = recorder_call("mark", [site], node)
        function = ast.copy_location(ast.Name(RECORD, ast.Load()), node)
        return ast.copy_location(ast.Call(function, [number, node], []), node)

    def _bound(self, target: ast.expr) -> Tuple[Target, ...]:
        if isinstance(target, ast.Name):
            return (Target(target.id, self._source.location(target).span),)
        if isinstance(target, (ast.Tuple, ast.List)):
            if any(isinstance(item, ast.Starred) for item in target.elts):
                return ()
            return self._unpacked(target.elts)
        return ()

    def _unpacked(self, elements: Sequence[ast.expr]) -> Tuple[Target, ...]:
        return tuple(
            Target(item.id, self._source.location(item).span, position)
            for position, item in enumerate(elements)
            if isinstance(item, ast.Name)
        )


def recorder_call(method: str, arguments: Sequence[Union[int, ast.expr]], where: ast.AST) -> ast.expr:
    """Return a call of one of the recorder's methods, placed where a node of the program stands."""
    recorder = ast.copy_location(ast.Name(RECORD, ast.Load()), where)
    function = ast.copy_location(ast.Attribute(recorder, method, ast.Load()), where)
    given = [ast.copy_location(ast.Constant(item), where) if isinstance(item, int) else item for item in arguments]
    return ast.copy_location(ast.Call(function, given, []), where)


def _is_recorder_function(function: ast.expr) -> bool:
    recorder = function.value if isinstance(function, ast.Attribute) else None
    return isinstance(recorder, ast.Name) and recorder.id == RECORD
