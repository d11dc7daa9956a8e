"""The functions and classes that a file defines at its top level, as its syntax tree tells."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from shapelens.source.lines import Lines
from shapelens.worker.contract import Span

FRAMEWORKS = frozenset(
    ("keras", "keras_cv", "keras_hub", "keras_nlp", "keras_tuner", "tensorflow", "tensorflow_hub", "tf_keras")
)

_BLOCKS = (ast.If, ast.Try, ast.With, ast.For, ast.While)
_LAYER_BASES = ("Layer", "Model", "Module", "Sequential", "Functional", "Wrapper")
"""Ends of the names of classes that layers and models derive from, those of a project's own among them."""

_NONE_IS_MEANT = ("activation", "constraint", "dtype", "initializer", "mask", "name", "prefix", "regularizer", "seed")
"""Ends of the names of parameters for which None is a value like any other."""
_NONE_IS_MEANT_TOO = frozenset(("initial_state", "training", "weights"))

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
DefinitionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Parameter:
    """A parameter that a caller may name."""

    name: str
    has_default: bool = False
    only_positional: bool = False
    positional: bool = True
    """Whether it may be given by its position."""
    value: str | None = None
    """The value that follows from its annotation."""
    may_be_meant_to_be_given: bool = False
    """Whether its default of None rather means that callers give it."""

    @property
    def must_be_given(self) -> bool:
        """Whether there is no call without it."""
        return not self.has_default and self.value is None


@dataclass(frozen=True)
class Definition:
    """A function or a class."""

    name: str
    node: DefinitionNode
    parameters: tuple[Parameter, ...]
    """Of the function, or of the constructor, without self."""
    inputs: tuple[Parameter, ...]
    """What an object of the class is called with."""
    loads: frozenset[str]
    """Names that it reads, outside of itself."""
    decorators: frozenset[str]
    is_generator: bool
    has_init: bool
    can_be_called: bool
    """False for what is awaited, and for classes that are no layers or have no code of their own."""

    @property
    def is_class(self) -> bool:
        """Whether it is a class."""
        return isinstance(self.node, ast.ClassDef)

    @property
    def tensors(self) -> tuple[Parameter, ...]:
        """The parameters that a comment may give the shape of."""
        return (*self.inputs, *self.parameters)

    @property
    def called_on(self) -> frozenset[str]:
        """Names that layers are called with: the x of ``Dense(3)(x)``."""
        return frozenset(_called_on(self.node))

    @property
    def first_line(self) -> int:
        """The zero-based line of its first decorator, or its own."""
        return min([self.node.lineno, *(item.lineno for item in self.node.decorator_list)]) - 1

    @property
    def last_line(self) -> int:
        """The zero-based line that it ends on."""
        return (self.node.end_lineno or self.node.lineno) - 1


def definitions(tree: ast.Module) -> dict[str, Definition]:
    """Return the functions and classes by name; of several with one name the last."""
    found: dict[str, Definition] = {}
    classes: set[str] = set()
    for node in _definition_nodes(tree.body):
        is_layer = isinstance(node, ast.ClassDef) and _is_layer(node, classes)
        if is_layer:
            classes.add(node.name)
        found[node.name] = _definition(node, is_layer)
    return found


def span_of(lines: Lines, node: ast.expr | ast.stmt) -> Span:
    """Return where a node stands; the columns of ``ast`` count UTF-8 bytes."""
    line, end_line = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    return Span(
        line, _column(lines[line], node.col_offset), end_line, _column(lines[end_line], node.end_col_offset or 0)
    )


def _column(text: str, column: int) -> int:
    return column if text.isascii() else len(text.encode("utf-8", "replace")[:column].decode("utf-8", "replace"))


def loaded_names(body: Iterable[ast.AST], enter: bool = True) -> frozenset[str]:
    """Return the names that are read; with ``enter`` false, not those that only run when something is called."""
    found: set[str] = set()
    waiting: list[ast.AST] = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            found.add(node.id)
        if isinstance(node, FunctionNode) and not enter:
            waiting += [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
        elif isinstance(node, ast.ClassDef) and not enter:
            waiting += [*node.decorator_list, *node.keywords, *node.body]  # a base class is not thereby called
        else:
            waiting.extend(ast.iter_child_nodes(node))
    return frozenset(found)


def framework_names(tree: ast.Module) -> frozenset[str]:
    """Return the names by which a file knows Keras, TensorFlow and what it imports from them."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] in FRAMEWORKS:
                    found.add(alias.asname or alias.name.partition(".")[0])
        elif isinstance(node, ast.ImportFrom):
            local = node.level > 0
            if local or (node.module or "").partition(".")[0] in FRAMEWORKS:
                # What a module beside this one offers may be a layer; a class or a maker of something is taken for one.
                names = [alias.asname or alias.name for alias in node.names]
                found.update(name for name in names if not local or _may_be_layer(name))
    return frozenset(found)


def _may_be_layer(name: str) -> bool:
    words = ("block", "model", "layer", "build", "make", "create", "encoder", "decoder", "conv", "dense", "head", "net")
    return name[:1].isupper() or any(word in name for word in words)


def _definition_nodes(body: Sequence[ast.stmt]) -> Iterator[DefinitionNode]:
    for node in body:
        if isinstance(node, DefinitionNode):
            yield node
        elif isinstance(node, _BLOCKS):
            for inner in (node.body, node.orelse if not isinstance(node, ast.With) else []):
                yield from _definition_nodes(inner)


def _is_layer(node: ast.ClassDef, local: set[str]) -> bool:
    for base in node.bases:
        name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
        if name in local or name.endswith(_LAYER_BASES):
            return True
    return False


def _definition(node: DefinitionNode, is_layer: bool) -> Definition:
    inputs: tuple[Parameter, ...] = ()
    has_init = can_be_called = True
    if isinstance(node, ast.ClassDef):
        methods = {item.name: item for item in node.body if isinstance(item, ast.FunctionDef)}
        init, call = methods.get("__init__"), methods.get("call") or methods.get("__call__")
        parameters = _parameters(init, method=True) if init else ()
        inputs = _parameters(call, method=True) if call and is_layer else ()
        has_init = init is not None
        can_be_called = is_layer and bool(init or call) and not _is_abstract(node)
    else:
        parameters = _parameters(node, method=False)
        can_be_called = isinstance(node, ast.FunctionDef)
    own = [item for item in ast.iter_child_nodes(node) if item not in node.decorator_list]
    return Definition(
        name=node.name,
        node=node,
        parameters=parameters,
        inputs=inputs,
        loads=loaded_names(own) - {node.name},
        decorators=frozenset(map(_decorator_name, node.decorator_list)),
        is_generator=not isinstance(node, ast.ClassDef) and any(map(_yields, node.body)),
        has_init=has_init,
        can_be_called=can_be_called,
    )


def _is_abstract(node: ast.ClassDef) -> bool:
    return any(
        _decorator_name(decorator) == "abstractmethod"
        for item in node.body
        if isinstance(item, FunctionNode)
        for decorator in item.decorator_list
    )


def _decorator_name(node: ast.expr) -> str:
    function = node.func if isinstance(node, ast.Call) else node
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _yields(node: ast.AST) -> bool:
    if isinstance(node, (ast.Yield, ast.YieldFrom)):
        return True
    inner = () if isinstance(node, (*DefinitionNode.__args__, ast.Lambda)) else ast.iter_child_nodes(node)
    return any(map(_yields, inner))


def _called_on(node: ast.AST) -> Iterator[str]:
    for item in ast.walk(node):
        if isinstance(item, ast.Call) and isinstance(item.func, ast.Call):
            yield from (argument.id for argument in item.args if isinstance(argument, ast.Name))


def _parameters(node: FunctionNode, method: bool) -> tuple[Parameter, ...]:
    given = node.args
    positional = [*given.posonlyargs, *given.args]
    first_default = len(positional) - len(given.defaults)
    found = []
    for index, argument in enumerate(positional):
        default = given.defaults[index - first_default] if index >= first_default else None
        found.append(_parameter(argument, default, True, index < len(given.posonlyargs)))
    if method and found:
        del found[0]
    for argument, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        found.append(_parameter(argument, default, False, False))
    return tuple(found)


def _parameter(argument: ast.arg, default: ast.expr | None, positional: bool, only_positional: bool) -> Parameter:
    name, annotation = argument.arg, argument.annotation
    takes_none = _takes_none(annotation)
    is_none = isinstance(default, ast.Constant) and default.value is None
    meant = takes_none or name.endswith(_NONE_IS_MEANT) or name in _NONE_IS_MEANT_TOO
    return Parameter(
        name,
        default is not None,
        only_positional,
        positional,
        _value(annotation, takes_none) if default is None else None,
        is_none and not meant,
    )


def _takes_none(annotation: ast.expr | None) -> bool:
    """Tell whether an annotation reads ``Optional[...]`` or ``... | None``."""
    if isinstance(annotation, ast.Constant):
        if isinstance(annotation.value, str):
            return annotation.value.startswith("Optional[") or annotation.value.endswith("| None")
        return annotation.value is None
    if isinstance(annotation, ast.Subscript):
        return _decorator_name(annotation.value) == "Optional"
    if isinstance(annotation, ast.BinOp):
        return _takes_none(annotation.left) or _takes_none(annotation.right)
    return False


def _value(annotation: ast.expr | None, takes_none: bool) -> str | None:
    """Return the only value that an annotation leaves, as an expression."""
    if takes_none:
        return "None"
    if isinstance(annotation, ast.Subscript) and isinstance(annotation.slice, ast.Constant):
        return repr(annotation.slice.value) if _decorator_name(annotation.value) == "Literal" else None
    return None
