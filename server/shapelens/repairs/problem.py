"""What a repair has to go by: the diagnostic, the shapes around it, the data, the loss, the text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from shapelens.diagnostics.message import essence
from shapelens.diagnostics.model import Diagnostic
from shapelens.evaluation.analysis import Analysis
from shapelens.features.shape_text import leaves
from shapelens.repairs.model import TextEdit
from shapelens.repairs.sites import Site, site_at, site_of
from shapelens.repairs.style import Style
from shapelens.source.syntax_tree import SourceTree, callee
from shapelens.worker.contract import Comparison, Fault, Given, Kind, Location, Observation, Span, TensorSpec, Training

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class LayerSeen:
    """A layer that the file makes, with what one call of it gave."""

    observation: Observation
    maker: ast.Call
    site: Site

    @property
    def name(self) -> str:
        """The layer's class."""
        return self.observation.type_name

    @property
    def output(self) -> Shape | None:
        """The shape of its one output."""
        return shape_of(self.observation.output)

    @property
    def input(self) -> Shape | None:
        """The shape of its one input."""
        return shape_of(self.observation.input)


class Problem:
    """One diagnostic of a program's own file."""

    def __init__(self, analysis: Analysis, diagnostic: Diagnostic) -> None:
        self.analysis = analysis
        self.diagnostic = diagnostic
        self.tree = SourceTree(analysis.program.text)
        self.style = Style(self.tree)

    @property
    def code(self) -> str:
        """The code of the diagnostic."""
        return self.diagnostic.code

    @property
    def path(self) -> str:
        """The file."""
        return self.analysis.program.path

    @cached_property
    def fault(self) -> Fault | None:
        """The exception behind the diagnostic; None for what Keras accepts."""
        faults = [item for item in self.analysis.faults if item.location == self.diagnostic.location]
        return next((item for item in faults if not item.handled), faults[0] if faults else None)

    @cached_property
    def message(self) -> str:
        """The essential part of Keras' message."""
        return essence(self.fault.message) if self.fault is not None else self.diagnostic.message

    @cached_property
    def site(self) -> Site | None:
        """The layer that the diagnostic stands at."""
        return site_at(self.tree, self.diagnostic.span)

    # --- shapes -------------------------------------------------------------------------------------------

    @cached_property
    def found(self) -> Shape | None:
        """What the layer that failed was called with."""
        return shape_of(self.fault.input) if self.fault is not None else None

    @cached_property
    def layers(self) -> tuple[LayerSeen, ...]:
        """The layers that the file makes and calls, in the order of their calls."""
        seen = []
        for item in sorted(self.analysis.observations, key=lambda item: item.key):
            if item.kind is Kind.LAYER and item.created and item.location.path == self.path and item.output is not None:
                node = self.tree.at(item.location.span)
                site = site_of(self.tree, node) if isinstance(node, ast.Call) else None
                if isinstance(node, ast.Call) and site is not None and site.maker is not None:
                    seen.append(LayerSeen(item, site.maker, site))
        return tuple(seen)

    def made(self, *shapes: Shape | None) -> Iterator[LayerSeen]:
        """Yield the layers whose output has one of these shapes, the last in the text first."""
        for layer in sorted(self.layers, key=lambda layer: layer.observation.location, reverse=True):
            if any(shape is not None and alike(layer.output, shape) for shape in shapes):
                yield layer

    @cached_property
    def producer(self) -> LayerSeen | None:
        """The layer that made what the failing layer was called with."""
        here = self.diagnostic.span
        before = [
            layer
            for layer in self.made(self.found)
            if (layer.observation.location.span.line, layer.observation.location.span.column) < (here.line, here.column)
        ]
        return before[0] if before else None

    # --- training -----------------------------------------------------------------------------------------

    @cached_property
    def training(self) -> Training | None:
        """The call of ``fit`` or its kin that failed, or that led to the failure."""
        places: set[Location] = {self.diagnostic.location}
        if self.fault is not None:
            places.update(frame.location for frame in self.fault.frames)
        return next((item for item in reversed(self.analysis.trainings) if item.location in places), None)

    @cached_property
    def any_training(self) -> Training | None:
        """The same, else the first that fits a model at all: it tells what was meant."""
        fits = [item for item in self.analysis.trainings if item.method.startswith(("fit", "train"))]
        return self.training or next(iter(fits), None)

    @cached_property
    def comparison(self) -> Comparison | None:
        """The loss that fails, with its target and output."""
        training = self.training
        return training.comparisons[-1] if training is not None and training.comparisons else None

    def given(self, name: str) -> Given | None:
        """Return what a method was given under this name: ``x``, ``y``."""
        training = self.any_training
        if training is None:
            return self._written(name)
        return next((item for item in training.given if item.name == name), None)

    def _written(self, name: str) -> Given | None:
        """Return what ``fit`` would be given, where the program does not get that far."""
        call = self.call
        node = self.tree.argument(call, name, "xy".find(name)) if call is not None and name in ("x", "y") else None
        held = node.id if isinstance(node, ast.Name) else None
        for item in sorted(self.analysis.observations, key=lambda item: item.key, reverse=True):
            if held and item.name == held and item.kind is Kind.TENSOR and isinstance(item.output, TensorSpec):
                return Given(name, item.output)
        return None

    @cached_property
    def call(self) -> ast.Call | None:
        """The call of ``fit`` or its kin."""
        if self.training is not None:
            node = self.tree.at(self.training.location.span)
            return node if isinstance(node, ast.Call) else None
        calls = [node for node in self.tree.walk(ast.Call) if callee(node) == "fit"]
        return min(calls, key=lambda node: node.lineno, default=None)

    @cached_property
    def compile_call(self) -> ast.Call | None:
        """The call of ``compile`` that chose the loss."""
        if self.training is not None and self.training.compiled is not None:
            node = self.tree.at(self.training.compiled.span)
            return node if isinstance(node, ast.Call) else None
        calls = [node for node in self.tree.walk(ast.Call) if callee(node) == "compile"]
        return calls[0] if len(calls) == 1 else None

    @cached_property
    def output_layer(self) -> LayerSeen | None:
        """The layer whose output the loss compares, else the last one of the model."""
        comparison = self.comparison
        wanted = comparison.output.shape if comparison is not None else None
        if wanted is None and self.training is not None:
            wanted = shape_of(self.training.outputs)
        if wanted is None:
            return self.layers[-1] if self.layers else None
        return next(self.made(wanted), None)

    def before(self, layer: LayerSeen) -> LayerSeen | None:
        """Return the layer that made the input of another."""
        here = layer.observation.location.span
        for other in self.made(layer.input):
            place = other.observation.location.span
            if (place.line, place.column) < (here.line, here.column):
                return other
        return None

    # --- edits --------------------------------------------------------------------------------------------

    def replace(self, node: ast.expr | ast.stmt | ast.keyword, text: str) -> TextEdit:
        """Return an edit that puts a text in the place of a node."""
        return TextEdit(self.tree.span(node), text)

    def add_argument(self, call: ast.Call, text: str) -> TextEdit:
        """Return an edit that adds an argument at the end of a call's."""
        spans = [*(self.tree.span(item) for item in call.args), *(self.tree.span(item) for item in call.keywords)]
        if not spans:
            span = self.tree.span(call)
            place = Span(span.end_line, span.end_column - 1, span.end_line, span.end_column - 1)
            return TextEdit(place, text)
        span = max(spans)
        return TextEdit(Span(span.end_line, span.end_column, span.end_line, span.end_column), f", {text}")


def ordered(*edits: TextEdit) -> tuple[TextEdit, ...]:
    """Return edits in the order of the text, each once."""
    return tuple(sorted(dict.fromkeys(edits), key=lambda item: item.span))


def shape_of(structure: object) -> Shape | None:
    """Return the shape of a structure of one tensor."""
    if isinstance(structure, TensorSpec):
        return structure.shape
    found = leaves(structure) if structure is not None else ()  # type: ignore[arg-type]
    return found[0].shape if len(found) == 1 else None


def alike(one: Shape | None, other: Shape | None) -> bool:
    """Tell whether two shapes are the same but for sizes that one of them does not know."""
    if one is None or other is None or len(one) != len(other):
        return False
    return all(left == right or left is None or right is None for left, right in zip(one, other, strict=True))
