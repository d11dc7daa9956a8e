"""What has to be called in a file so that a place in it is reached: the test that stands around it, as a rule."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from shapelens.source.definitions import FunctionNode, loaded_names, span_of
from shapelens.source.lines import Lines
from shapelens.source.uncalled import outline
from shapelens.worker.contract import ExtraCall, Location, Span

_BEFORE_EACH = ("setUp", "setup_method", "setup")
"""Methods of test classes that run before each test."""


@dataclass(frozen=True)
class Reach:
    """How places of a file are reached."""

    by_run: bool = False
    """Whether the file's own run leads to one of them."""
    calls: tuple[ExtraCall, ...] = ()
    """What else has to be called."""
    waiting: tuple[str, ...] = ()
    """Functions around other places, whose own callers may lead there."""


def reach(path: str, text: str, tree: ast.Module, places: Sequence[ast.expr]) -> Reach:
    """Return how the places are reached."""
    lines = Lines(text)
    own = {item.name: item.calls for item in outline(path, text).functions}
    found: dict[Span, ExtraCall] = {}
    reached_by_run = False
    waiting: dict[str, None] = {}
    for place in places:
        around = _around(tree, place)
        if not around or _is_used(tree, around[0].name):
            reached_by_run = True
            continue
        outermost = around[0]
        calls = list(own.get(outermost.name, ()))
        if not calls:
            expression = _expression(around)
            name = around[1] if isinstance(outermost, ast.ClassDef) and len(around) > 1 else outermost
            if expression is not None:
                calls = [ExtraCall(expression, Location(path, _name_span(lines, name)))]
        if not calls:
            waiting[outermost.name] = None
        found.update((call.location.span, call) for call in calls)
    return Reach(reached_by_run, tuple(found[span] for span in sorted(found)), tuple(waiting))


def _around(tree: ast.Module, place: ast.expr) -> list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """Return the definitions around a place, outermost first."""
    found: list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef] = []
    node: ast.AST | None = tree
    while node is not None and node is not place:
        node = next((child for child in ast.iter_child_nodes(node) if _holds(child, place)), None)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.append(node)
    return found


def _holds(node: ast.AST, place: ast.expr) -> bool:
    return any(item is place for item in ast.walk(node))


def _is_used(tree: ast.Module, name: str) -> bool:
    """Tell whether the file uses a name of its own outside of that name's definition."""
    others = [
        node
        for node in tree.body
        if not (isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and node.name == name)
    ]
    return name in loaded_names(others)


def _expression(around: Sequence[ast.AST]) -> str | None:
    """Return the call of a test or another function without arguments of its own, None where there is none."""
    outermost = around[0]
    if isinstance(outermost, FunctionNode):
        return _function_call(outermost)
    if not isinstance(outermost, ast.ClassDef) or len(around) < 2 or not isinstance(around[1], ast.FunctionDef):
        return None
    return _method_call(outermost, around[1])


def _function_call(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str | None:
    if isinstance(node, ast.AsyncFunctionDef):
        return None
    arguments = _arguments(node, method=False)
    if arguments is None:
        return None
    # pytest puts an object in place of a fixture that may not be called.
    function = f"{node.name}.__wrapped__" if _is_fixture(node) else node.name
    call = f"{function}({arguments})"
    return f"next({call})" if _yields(node) else call


def _method_call(node: ast.ClassDef, method: ast.FunctionDef) -> str | None:
    arguments = _arguments(method, method=True)
    is_unittest = any(_last_name(base).endswith("TestCase") for base in node.bases)
    if arguments is None or not (is_unittest or node.name.startswith("Test")) or _is_fixture(method):
        return None
    made = f"{node.name}({method.name!r})" if is_unittest else f"{node.name}()"
    methods = {item.name: item for item in node.body if isinstance(item, ast.FunctionDef)}
    before = [name for name in _BEFORE_EACH if name in methods and name != method.name]
    steps = []
    for name in before:
        given = _arguments(methods[name], method=True)
        steps.append(f"case.{name}({'None' if given is None else given})")
    if not steps:
        return f"{made}.{method.name}({arguments})"
    return f"(lambda case: ({', '.join(steps)}, case.{method.name}({arguments})))({made})"


def _arguments(node: ast.FunctionDef, method: bool) -> str | None:
    """Return the arguments of a call: those of the first case of a parametrized test; None where some are not known."""
    given = node.args
    positional = [*given.posonlyargs, *given.args]
    static = any(_last_name(item) == "staticmethod" for item in node.decorator_list)
    wanted = positional[1 if method and not static else 0 : len(positional) - len(given.defaults)]
    wanted += [item for item, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default is None]
    cases = dict(_parametrized(node.decorator_list))
    written = []
    for argument in wanted:
        if argument.arg not in cases:
            return None
        written.append(f"{argument.arg}={cases[argument.arg]}")
    return ", ".join(written)


def _parametrized(decorators: Iterable[ast.expr]) -> Iterator[tuple[str, str]]:
    """Yield names and values of the first case of each ``pytest.mark.parametrize``."""
    for decorator in decorators:
        if (
            not isinstance(decorator, ast.Call)
            or _last_name(decorator.func) != "parametrize"
            or len(decorator.args) < 2
        ):
            continue
        names = _names(decorator.args[0])
        cases = decorator.args[1]
        if not isinstance(cases, (ast.List, ast.Tuple)) or not cases.elts or not names:
            continue
        first = cases.elts[0]
        if isinstance(first, ast.Call) and _last_name(first.func) == "param":
            values: Sequence[ast.expr] = first.args
        elif len(names) == 1:
            values = [first]
        else:
            values = first.elts if isinstance(first, (ast.List, ast.Tuple)) else []
        if len(values) == len(names):
            yield from zip(names, map(ast.unparse, values), strict=True)


def _names(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [name.strip() for name in node.value.split(",") if name.strip()]
    if isinstance(node, (ast.List, ast.Tuple)):
        return [item.value for item in node.elts if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    return []


def _is_fixture(node: ast.FunctionDef) -> bool:
    return any(_last_name(item) == "fixture" for item in node.decorator_list)


def _yields(node: ast.FunctionDef) -> bool:
    return any(isinstance(item, (ast.Yield, ast.YieldFrom)) for item in ast.walk(node))


def _last_name(node: ast.expr) -> str:
    function = node.func if isinstance(node, ast.Call) else node
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _name_span(lines: Lines, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Span:
    whole = span_of(lines, node)
    column = lines[whole.line].find(node.name, lines[whole.line].find(" ", whole.column))
    return Span(whole.line, column, whole.line, column + len(node.name))
