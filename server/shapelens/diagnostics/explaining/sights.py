"""What was seen around the faults of one analysis: who made the tensors, which data a model was given."""

from __future__ import annotations

import ast
import copy
import enum
from collections.abc import Iterator
from dataclasses import dataclass

from shapelens.diagnostics.explaining.shapes import Shape, alike
from shapelens.diagnostics.model import Related
from shapelens.diagnostics.written_layers import parsed
from shapelens.evaluation.analysis import Analysis
from shapelens.features.shape_text import leaves, shape_text
from shapelens.source.lines import Lines
from shapelens.source.syntax_tree import SourceTree, callee
from shapelens.worker.contract import Fault, Given, Kind, Location, Observation, TensorSpec, Training

_LONGEST_SOURCE = 40
"""Characters of an expression that is named in a message."""

_LONGEST_OPERAND = 24


class Naming(enum.Enum):
    """How much is said of a place, most first."""

    EXPRESSION = "expression"
    """```Dense(1)` in line 12``"""
    CLASS = "class"
    """```Dense` in line 12``"""
    LINE = "line"
    """``line 12``"""


@dataclass(frozen=True)
class Operand:
    """An expression that an operation was given."""

    text: str
    shape: Shape | None
    made: Location | None = None
    """What its variable got its value from, or the expression itself."""
    is_name: bool = False


class Sights:
    """What was seen around faults of one analysis."""

    def __init__(self, analysis: Analysis) -> None:
        self.analysis = analysis
        self.naming = Naming.EXPRESSION
        texts = {analysis.program.path: analysis.program.text}
        texts.update((module.path, module.text) for module in analysis.program.modules)
        self._texts = texts
        self._lines = {path: Lines(text) for path, text in texts.items()}

    def named(self, naming: Naming) -> Sights:
        """Return the same, where places are named so."""
        other = copy.copy(self)
        other.naming = naming
        return other

    # --- layers -------------------------------------------------------------------------------------------

    def producers(self, fault: Fault) -> Iterator[tuple[TensorSpec, Observation | None]]:
        """Yield each tensor that the failing layer was called with, and the layer that made it where it is known."""
        specs = leaves(fault.input) if fault.input is not None else ()
        places = [item.made for item in self.operands(fault)]
        for number, spec in enumerate(specs):
            place = places[number] if len(places) == len(specs) else None
            yield spec, self._made_at(place, spec) or self._producer(spec, fault.location)

    def _made_at(self, place: Location | None, spec: TensorSpec) -> Observation | None:
        for item in reversed(self.analysis.observations):
            if place is not None and self._makes(item, spec) and _holds(place, item.location):
                return item
        return None

    def _producer(self, spec: TensorSpec, before: Location) -> Observation | None:
        found: Observation | None = None
        for item in self.analysis.observations:
            if self._makes(item, spec) and item.location.path == before.path and item.location < before:
                found = item
        return found

    @staticmethod
    def _makes(item: Observation, spec: TensorSpec) -> bool:
        return item.kind is Kind.LAYER and item.created and item.output == spec

    def maker(self, output: TensorSpec) -> Observation | None:
        """Return the last layer of the file that gives this output, its batch axis aside."""
        rest = None if output.shape is None else output.shape[1:]
        found = None
        for item in self.analysis.observations:
            given = item.output if isinstance(item.output, TensorSpec) else None
            if item.kind is Kind.LAYER and item.created and given is not None and given.shape is not None:
                found = item if given.shape[1:] == rest else found
        return found

    def source(self, item: Observation) -> str:
        """Return the expression that made a layer, in backticks, with its line: ```Dense(1)` in line 12``."""
        line = f"line {item.location.span.line + 1}"
        if self.naming is Naming.LINE:
            return line
        text = self.text(item.location) if self.naming is Naming.EXPRESSION else ""
        return f"`{text if 0 < len(text) <= _LONGEST_SOURCE else item.type_name}` in {line}"

    def text(self, location: Location) -> str:
        """Return the source of a place as one line; empty where the file is not known."""
        lines = self._lines.get(location.path)
        return "" if lines is None else " ".join(lines.slice(location.span).split())

    def mentions(self, word: str) -> bool:
        """Tell whether a word stands anywhere in the program."""
        return any(word in text for text in self._texts.values())

    # --- training -----------------------------------------------------------------------------------------

    def training(self, fault: Fault) -> Training | None:
        """Return the call of ``fit`` or its kin that a fault came of."""
        places = {fault.location, *(frame.location for frame in fault.frames)}
        return next((item for item in reversed(self.analysis.trainings) if item.location in places), None)

    def given(self, fault: Fault, name: str) -> tuple[Given, ...]:
        """Return what ``x`` or ``y`` of that call held, member by member."""
        training = self.training(fault)
        given = training.given if training is not None else ()
        return tuple(item for item in given if item.name == name or item.name.startswith(f"{name}["))

    def sample_without_batch(self, fault: Fault, declared: Shape | None = None) -> Shape | None:
        """Return the shape of an array that ``predict`` or its kin took for a batch and that is one sample."""
        training, given = self.training(fault), self.given(fault, "x")
        if training is None or not training.method.startswith("predict") or len(given) != 1 or given[0].batched:
            return None
        if declared is None and isinstance(training.inputs, TensorSpec):
            declared = training.inputs.shape
        shape = given[0].spec.shape
        if declared is None or not alike(shape, declared[1:]) or declared[1] in self.numbers_of_samples():
            return None
        return shape

    def numbers_of_samples(self) -> set[int]:
        """Return how many samples the arrays hold that models of the program are fitted to."""
        fits = [item for item in self.analysis.trainings if item.method == "fit"]
        shapes = [given.spec.shape for item in fits for given in item.given if not given.batched]
        return {shape[0] for shape in shapes if shape and shape[0] is not None}

    def argument_text(self, fault: Fault, given: Given) -> str:
        """Return the argument that held an array as it is written: ``y_train``, else its place: ``y[0]``."""
        training = self.training(fault)
        tree = None if training is None else self.tree(training.location)
        node = None if tree is None or training is None else tree.at(training.location.span)
        if given.text or tree is None or not isinstance(node, ast.Call) or given.name not in ("x", "y"):
            return given.text or given.name
        written = tree.argument(node, given.name, "xy".index(given.name))
        text = tree.text(written) if written is not None else ""
        return text if 0 < len(text) <= _LONGEST_OPERAND else given.name

    # --- expressions --------------------------------------------------------------------------------------

    def tree(self, location: Location) -> SourceTree | None:
        """Return the syntax tree of the file that a place lies in."""
        text = self._texts.get(location.path)
        return None if text is None else parsed(text)

    def expression(self, fault: Fault) -> ast.expr | None:
        """Return the expression that failed."""
        tree = self.tree(fault.location)
        return None if tree is None else tree.at(fault.location.span)

    def called(self, fault: Fault) -> str:
        """Return the last name of the function that failed: ``matmul``; empty for anything but a call."""
        node = self.expression(fault)
        return callee(node) if isinstance(node, ast.Call) else ""

    def operands(self, fault: Fault) -> tuple[Operand, ...]:
        """Return the sides of an operator, the members of a list, or the arguments of a call that failed."""
        node, tree = self.expression(fault), self.tree(fault.location)
        nodes: list[ast.expr] = []
        if isinstance(node, ast.BinOp):
            nodes = [node.left, node.right]
        elif isinstance(node, ast.Call) and node.args:
            first = node.args[0]
            nodes = list(first.elts) if isinstance(first, (ast.List, ast.Tuple)) else list(node.args)
        if tree is None or any(isinstance(item, ast.Starred) for item in nodes):
            return ()
        return tuple(self._operand(tree, item, fault.location) for item in nodes)

    def operand(self, node: ast.expr, fault: Fault) -> Operand | None:
        """Return an expression as an operand."""
        tree = self.tree(fault.location)
        return None if tree is None else self._operand(tree, node, fault.location)

    def _operand(self, tree: SourceTree, node: ast.expr, fault: Location) -> Operand:
        place = Location(fault.path, tree.span(node))
        name = node.id if isinstance(node, ast.Name) else ""
        shape: Shape | None = None
        made: Location | None = None if name else place
        for item in self.analysis.observations:
            if item.location.path != fault.path or not isinstance(item.output, TensorSpec):
                continue
            if item.location == place:
                shape = item.output.shape
            elif name and item.name == name and item.target is not None and item.location < fault:
                shape, made = shape if shape is not None else item.output.shape, item.location
        return Operand(self.text(place), shape, made, bool(name))

    def operand_text(self, operand: Operand | None, shape: Shape) -> str:
        """Return a shape, with its expression in front where it is short and surely has this shape."""
        written = shape_text(TensorSpec(shape, ""))
        if operand is None or self.naming is not Naming.EXPRESSION or not alike(operand.shape, shape):
            return written
        return f"`{operand.text}` {written}" if len(operand.text) <= _LONGEST_OPERAND else written

    def related_operands(self, operands: tuple[Operand, ...], shapes: tuple[Shape, ...]) -> tuple[Related, ...]:
        """Return the places that operands got their values from, those whose shape is sure."""
        pairs = zip(operands, shapes, strict=False)
        return tuple(
            Related(operand.made, f"gives {shape_text(TensorSpec(shape, ''))}")
            for operand, shape in pairs
            if operand.made is not None and operand.is_name and alike(operand.shape, shape)
        )


def _holds(outer: Location, inner: Location) -> bool:
    one, two = outer.span, inner.span
    return (
        outer.path == inner.path
        and (one.line, one.column) <= (two.line, two.column)
        and (two.end_line, two.end_column) <= (one.end_line, one.end_column)
    )


def from_producer(sights: Sights, spec: TensorSpec, item: Observation | None) -> str:
    """Return a shape with its origin: ``(None, 1) from `Dense(1)` in line 12``."""
    return shape_text(spec) if item is None else f"{shape_text(spec)} from {sights.source(item)}"


def related_to(*items: Observation | None) -> tuple[Related, ...]:
    """Return the places of the layers that made what does not fit."""
    return tuple(Related(item.location, f"gives {shape_text(item.output)}") for item in items if item is not None)


def input_text(sights: Sights, fault: Fault, otherwise: str = "") -> tuple[str, tuple[Related, ...]]:
    """Return what a layer was called with first, with its origin, and the place of that origin."""
    spec, item = next(sights.producers(fault), (None, None))
    if not isinstance(spec, TensorSpec):
        return otherwise, ()
    return from_producer(sights, spec, item), related_to(item)
