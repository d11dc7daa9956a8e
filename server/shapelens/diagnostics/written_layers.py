"""Layers with the text that makes and calls them: what comes behind a layer, and whether anything does."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass

from shapelens.evaluation.analysis import Analysis
from shapelens.features.shape_text import leaves
from shapelens.source.syntax_tree import SourceTree, callee
from shapelens.worker.contract import Kind, Location, Observation, Span, TensorSpec, Training

Shape = tuple[int | None, ...]

_PASS_ON = frozenset(
    "Activation ActivityRegularization AlphaDropout BatchNormalization Dropout ELU GaussianDropout GaussianNoise "
    "LayerNormalization LeakyReLU PReLU ReLU Softmax SpatialDropout1D SpatialDropout2D UnitNormalization".split()
)
"""Layers that leave a shape, and what it means, as they are."""


@dataclass(frozen=True)
class WrittenLayer:
    """A layer that an expression of the file makes."""

    observations: tuple[Observation, ...]
    """One for each call, the first that was made in front."""
    maker: ast.Call
    """``Dense(3)``."""
    span: Span
    """``Dense(3)``, or ``Dense(3)(x)`` where it is called at once."""

    @property
    def type_name(self) -> str:
        """The layer's class."""
        return self.observations[0].type_name

    @property
    def input(self) -> Shape | None:
        """The shape of its one input in its first call."""
        return shape_of(self.observations[0].input)

    @property
    def output(self) -> Shape | None:
        """The shape of its one output in its first call."""
        return shape_of(self.observations[0].output)

    @property
    def passes_on(self) -> bool:
        """Whether what it returns is, feature by feature, what it got."""
        return self.type_name in _PASS_ON


def shape_of(structure: object) -> Shape | None:
    """Return the shape of a structure that is one tensor of known rank."""
    return structure.shape if isinstance(structure, TensorSpec) else None


@functools.lru_cache(maxsize=4)
def parsed(text: str) -> SourceTree | None:
    """Return the tree of a text, None for one that does not parse."""
    try:
        return SourceTree(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class WrittenModels:
    """The layers and models that a program's own file makes."""

    def __init__(self, analysis: Analysis, tree: SourceTree) -> None:
        self._path = analysis.program.path
        self._analysis = analysis
        self.tree = tree
        self.layers = tuple(self._layers())
        self._by_maker = {layer.maker: layer for layer in self.layers}

    def _made(self, kind: Kind) -> Iterator[tuple[ast.Call, tuple[Observation, ...]]]:
        """Yield the expressions that make one layer or model each; what a loop makes of many is left out."""
        found: dict[Span, list[Observation]] = {}
        for item in self._analysis.observations:
            if item.kind is kind and item.created and item.location.path == self._path:
                found.setdefault(item.location.span, []).append(item)
        for span, items in found.items():
            node = self.tree.at(span)
            if isinstance(node, ast.Call) and len({item.layer_name for item in items}) == 1:
                yield node, tuple(sorted(items, key=lambda item: item.key))

    def _layers(self) -> Iterator[WrittenLayer]:
        for node, items in self._made(Kind.LAYER):
            called = tuple(item for item in items if item.output is not None) or items
            parent = self.tree.parent(node)
            outer = parent if isinstance(parent, ast.Call) and parent.func is node else node
            yield WrittenLayer(called, node, self.tree.span(outer))

    def models(self) -> Iterator[tuple[ast.Call, tuple[Observation, ...]]]:
        """Yield each expression that makes a model, with what is known of it."""
        return self._made(Kind.MODEL)

    def place(self, layer: WrittenLayer) -> Location:
        """Return where a layer is marked."""
        return Location(self._path, layer.span)

    # --- what comes behind --------------------------------------------------------------------------------

    def next(self, layer: WrittenLayer) -> tuple[ast.Call | None, ...]:
        """Return the expressions that make what gets the layer's output; None stands for anything else that does.

        A model whose output it is gets nothing. What cannot be told is a None.
        """
        node = layer.maker
        parent = self.tree.parent(node)
        if isinstance(parent, (ast.List, ast.Tuple)):
            rest = parent.elts[parent.elts.index(node) + 1 :]
            return () if not rest else (_call(rest[0]),)
        if isinstance(parent, ast.Call) and parent.func is node:
            return self._users(parent)
        if isinstance(parent, ast.Call) and callee(parent) == "add" and parent.args == [node]:
            return self._added_behind(parent)
        return (None,)

    def _added_behind(self, call: ast.Call) -> tuple[ast.Call | None, ...]:
        function = ast.dump(call.func)
        statement = self.tree.statement(call)
        around = self.tree.parent(statement) if statement is not None else None
        behind = [
            other
            for other in self.tree.walk(ast.Call)
            if callee(other) == "add" and other.lineno > call.lineno and ast.dump(other.func) == function and other.args
        ]
        behind.sort(key=lambda other: other.lineno)
        # Another model may have the same name by then.
        for other in behind:
            if self.tree.parent(self.tree.statement(other) or other) is not around:
                return (None,)
            made = self._assigned_between(call, other)
            return () if made else (_call(other.args[0]),)
        return ()

    def _assigned_between(self, first: ast.Call, second: ast.Call) -> bool:
        owner = first.func.value if isinstance(first.func, ast.Attribute) else None
        return isinstance(owner, ast.Name) and any(
            first.lineno < item.lineno < second.lineno
            and any(isinstance(target, ast.Name) and target.id == owner.id for target in item.targets)
            for item in self.tree.walk(ast.Assign)
        )

    def _users(self, value: ast.expr) -> tuple[ast.Call | None, ...]:
        """Return what gets the value of a call of a layer."""
        parent = self.tree.parent(value)
        if isinstance(parent, ast.Call) and value in parent.args:
            return self._user(parent)
        if isinstance(parent, ast.Assign) and len(parent.targets) == 1 and isinstance(parent.targets[0], ast.Name):
            found: list[ast.Call | None] = []
            for use in self._uses(parent, parent.targets[0].id):
                user = self.tree.parent(use)
                if isinstance(user, ast.Call) and use in user.args:
                    found.extend(self._user(user))
                elif not self._is_output(use):
                    found.append(None)
            return tuple(found)
        return () if self._is_output(value) else (None,)

    def _user(self, call: ast.Call) -> tuple[ast.Call | None, ...]:
        if isinstance(call.func, ast.Call):
            return (call.func,)
        return () if callee(call) in ("Model", "Functional") else (None,)

    def _is_output(self, value: ast.expr) -> bool:
        """Tell whether a value is among those that a model is made of, or returned."""
        current: ast.AST | None = self.tree.parent(value)
        while isinstance(current, (ast.List, ast.Tuple, ast.Dict, ast.keyword)):
            current = self.tree.parent(current)
        return isinstance(current, ast.Call) and callee(current) in ("Model", "Functional")

    def _uses(self, assignment: ast.Assign, name: str) -> Iterator[ast.Name]:
        """Yield the mentions of a name behind its assignment and up to the next one."""
        function = self.tree.function(assignment)
        mentions = [
            node
            for node in self.tree.walk(ast.Name)
            if node.id == name and self.tree.function(node) is function and node.lineno > assignment.lineno
        ]
        ends = [node.lineno for node in mentions if isinstance(node.ctx, ast.Store)]
        last = min(ends, default=None)
        for node in mentions:
            # ``x = Dense(3)(x)`` mentions the old value on the line of the new one.
            if isinstance(node.ctx, ast.Load) and (last is None or node.lineno <= last):
                yield node

    def layer(self, maker: ast.Call | None) -> WrittenLayer | None:
        """Return the layer that an expression makes."""
        return self._by_maker.get(maker) if maker is not None else None

    def followers(self, layer: WrittenLayer) -> tuple[WrittenLayer | None, ...]:
        """Return the layers behind one that do not merely pass on what they get; None is anything else."""
        found: list[WrittenLayer | None] = []
        waiting: list[WrittenLayer] = [layer]
        for current in waiting:
            for maker in self.next(current):
                behind = self.layer(maker)
                if behind is not None and behind.passes_on:
                    waiting.append(behind)
                else:
                    found.append(behind)
        return tuple(found)

    def scope(self, layer: WrittenLayer) -> tuple[WrittenLayer, ...]:
        """Return the layers in front of one within the same list, or else the same function or module level."""
        parent = self.tree.parent(layer.maker)
        if isinstance(parent, (ast.List, ast.Tuple)):
            near = [item for item in self.layers if self.tree.parent(item.maker) is parent]
        else:
            function = self.tree.function(layer.maker)
            near = [item for item in self.layers if self.tree.function(item.maker) is function]
        return tuple(item for item in near if item.span < layer.span)


def _call(node: ast.expr) -> ast.Call | None:
    return node if isinstance(node, ast.Call) else None


def written_models(analysis: Analysis) -> WrittenModels | None:
    """Return the layers of a program's own file; None while it does not parse."""
    tree = parsed(analysis.program.text)
    return None if tree is None else WrittenModels(analysis, tree)


def failed_at(analysis: Analysis, training: Training) -> bool:
    """Tell whether a call of ``fit`` or its kin raised an exception, which says more than any rule."""
    return any(fault.location == training.location for fault in analysis.faults)


def shapes_in(structure: object) -> tuple[Shape, ...]:
    """Return the shapes of known rank in a structure."""
    found = leaves(structure)  # type: ignore[arg-type]
    return tuple(spec.shape for spec in found if spec.shape is not None)
