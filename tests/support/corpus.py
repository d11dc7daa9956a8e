"""The corpus of whole programs: what is shown of each beside what its plain run has.

A notebook's places are those in the joined text of ``support.notebooks``, on both sides.
"""

from __future__ import annotations

import ast
import dataclasses
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from shapelens.diagnostics import diagnose
from shapelens.diagnostics.model import Diagnostic, Severity
from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.evaluator import EvaluationRequest, HostKey
from shapelens.features.shape_text import shape_text
from shapelens.source.notebook import CellCode, NotebookCode, cell_path
from shapelens.worker.contract import (
    Fault,
    Items,
    Kind,
    Limits,
    Location,
    Observation,
    Program,
    Role,
    Span,
    Structure,
    TensorSpec,
)
from support.evaluation import Evaluations
from support.expectations import Expectations, ExpectedShape, read_expectations
from support.notebooks import read_notebook
from support.oracle import LayerCall, Report

PROGRAMS = Path(__file__).parents[2] / "fixtures" / "programs"

Name = tuple[str, str]
"""A layer's name and class."""

Flow = tuple[str, str]
"""Input and output with dtypes, as texts."""

Place = tuple[str, int, str]
"""File, zero-based line and name of a variable."""


@dataclass(frozen=True)
class Entry:
    """One program or notebook of the corpus."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def is_notebook(self) -> bool:
        return self.path.suffix == ".ipynb"

    @cached_property
    def expectations(self) -> Expectations:
        return read_expectations(self.path)

    @property
    def is_broken(self) -> bool:
        return bool(self.expectations.errors)

    @cached_property
    def text(self) -> str:
        """The text that all places speak of."""
        text = self.path.read_text("utf-8")
        return read_notebook(text).text if self.is_notebook else text

    def program(self) -> Program:
        """Return what is evaluated, run in the folder of the corpus."""
        if self.is_notebook:
            return Program(str(self.path), self._cells().text, str(self.path.parent), notebook=True)
        return Program(str(self.path), self.text, str(self.path.parent))

    def _cells(self) -> NotebookCode:
        plain = json.loads(self.path.read_text("utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in plain if cell["cell_type"] == "code"]
        path = str(self.path)
        return NotebookCode(path, [CellCode(cell_path(path, number), text) for number, text in enumerate(sources)])

    def joined(self, analysis: Analysis) -> Analysis:
        """Return the analysis of a notebook with the places of its joined text."""
        if not self.is_notebook:
            return analysis
        cells, starts = self._cells(), [cell.start for cell in read_notebook(self.path.read_text("utf-8")).cells]

        def span_of(span: Span) -> Span:
            found = cells.to_cell(span)
            assert found is not None
            start, own = starts[found[0]], found[1]
            return Span(start + own.line, own.column, start + own.end_line, own.end_column)

        def place(location: Location) -> Location:
            return Location(location.path, span_of(location.span)) if location.path == str(self.path) else location

        return dataclasses.replace(
            analysis,
            observations=tuple(
                dataclasses.replace(
                    item,
                    location=place(item.location),
                    target=span_of(item.target)
                    if item.target is not None and item.location.path == str(self.path)
                    else item.target,
                    via=tuple(map(place, item.via)),
                )
                for item in analysis.observations
            ),
            faults=tuple(dataclasses.replace(item, location=place(item.location)) for item in analysis.faults),
            skips=tuple(dataclasses.replace(item, location=place(item.location)) for item in analysis.skips),
        )


def corpus() -> list[Entry]:
    """Return every program and notebook, in order."""
    return [Entry(path) for path in sorted(PROGRAMS.iterdir()) if path.suffix in (".py", ".ipynb")]


def evaluate(evaluations: Evaluations, key: HostKey, entry: Entry, limits: Limits = Limits()) -> Analysis:
    """Return the analysis of a program in terms of the text that all places speak of."""
    analysis = evaluations.outcome(EvaluationRequest(key, entry.program(), 1, limits))
    assert isinstance(analysis, Analysis), str(analysis)
    return entry.joined(analysis)


@dataclass(frozen=True)
class Comparison:
    """What is shown of a program beside what its plain run has.

    Something shown is *compared* where the plain run tells about it. What it does not: places in functions that it
    did not enter, or entered where it cannot see (generators run by TensorFlow, code that AutoGraph converted in
    a way it cannot follow), and in a broken program whatever comes after the fault. Such are counted, as is what
    is shown as assumed.
    """

    entry: Entry
    analysis: Analysis
    report: Report

    # --- layers ---------------------------------------------------------------------------------------------------

    @cached_property
    def called(self) -> set[Name]:
        """Layers that Keras called and that expressions of the program made."""
        made = {(layer.layer_name, layer.type_name) for layer in self.report.layers if layer.created is not None}
        return self.called_anywhere & made

    @cached_property
    def called_anywhere(self) -> set[Name]:
        """Layers that Keras called, those that it made for itself included."""
        return {(call.layer_name, call.type_name) for call in self.report.calls if call.output is not None}

    @cached_property
    def shown(self) -> set[Name]:
        """Layers with a shape."""
        return {(item.layer_name, item.type_name) for item in self._layers if item.output is not None}

    @property
    def missing(self) -> list[Name]:
        """Layers that were called and have no shape here."""
        return sorted(self.called_anywhere - self.shown)

    @cached_property
    def wrong_layers(self) -> list[str]:
        """Calls shown that no plain run made."""
        real = self._flows()
        known = {(layer.layer_name, layer.type_name) for layer in self.report.layers}
        wrong = []
        for item in self._compared_layers:
            name, flow = (item.layer_name, item.type_name), (exact_text(item.input), exact_text(item.output))
            if name in known and flow not in real.get(name, set()):
                wrong.append(f"{self._where(item)}: {name[0]}: {flow}, really {sorted(real.get(name, set()))}")
            elif name not in known and self._is_told(item):
                wrong.append(f"{self._where(item)}: no plain run makes {name[0]} ({name[1]})")
        return wrong

    @property
    def compared_layers(self) -> int:
        """How many calls of layers were compared."""
        known = {(layer.layer_name, layer.type_name) for layer in self.report.layers}
        return sum((item.layer_name, item.type_name) in known for item in self._compared_layers)

    @property
    def _layers(self) -> list[Observation]:
        return [item for item in self.analysis.observations if item.kind in (Kind.LAYER, Kind.MODEL)]

    @property
    def _compared_layers(self) -> list[Observation]:
        return [
            item for item in self._layers if item.output is not None and not item.assumed and not self._is_after(item)
        ]

    def _flows(self) -> dict[Name, set[Flow]]:
        """A model's own graph counts as a call of it, as ``summary()`` shows it: never called, it still has shapes."""
        made = defaultdict(set)
        for call in self.report.calls:
            made[call.layer_name, call.type_name].add((exact_text(whole_input(call)), exact_text(call.output)))
        for layer in self.report.layers:
            if layer.declared is not None:
                taken, given = layer.declared
                made[layer.layer_name, layer.type_name].add((exact_text(taken), exact_text(given)))
        return made

    # --- tensors --------------------------------------------------------------------------------------------------

    @cached_property
    def wrong_tensors(self) -> list[str]:
        """Assigned tensors shown that no plain run has at that place."""
        real = self._stored
        return [
            f"{self._where(item)}: {item.name} is {exact_text(item.output)}, really {sorted(real.get(place, set()))}"
            for place, item in self._assigned
            if exact_text(item.output) not in real.get(place, set()) and (place in real or self._is_told(item))
        ]

    @property
    def compared_tensors(self) -> int:
        """How many assigned tensors were compared."""
        return sum(place in self._stored for place, _ in self._assigned)

    @property
    def unchecked(self) -> list[str]:
        """What is shown of layers and variables where the plain run tells nothing."""
        known = {(layer.layer_name, layer.type_name) for layer in self.report.layers}
        layers = [item for item in self._compared_layers if (item.layer_name, item.type_name) not in known]
        tensors = [item for place, item in self._assigned if place not in self._stored]
        return sorted({self._where(item) for item in (*layers, *tensors)})

    @property
    def assumed(self) -> int:
        """How many observations are marked as assumed."""
        return sum(bool(item.assumed) for item in self.analysis.observations)

    @cached_property
    def _assigned(self) -> list[tuple[Place, Observation]]:
        return [
            ((item.location.path, item.target.line, item.name), item)
            for item in self.analysis.observations
            if item.kind is Kind.TENSOR
            and item.target is not None
            and isinstance(item.output, TensorSpec)
            and not item.assumed
            and not self._is_after(item)
        ]

    @cached_property
    def _stored(self) -> dict[Place, set[str]]:
        stored = defaultdict(set)
        for value in self.report.stores:
            if value.assigned and isinstance(value.structure, TensorSpec):
                place = value.location.path, value.location.span.line, value.name
                stored[place].add(exact_text(value.structure))
        return dict(stored)

    # --- faults ---------------------------------------------------------------------------------------------------

    @property
    def faults(self) -> list[Fault]:
        """Exceptions that the program does not catch."""
        return [fault for fault in self.analysis.faults if not fault.handled]

    @property
    def alarms(self) -> list[Diagnostic]:
        """Errors and warnings."""
        return alarms(self.analysis)

    # --- places ---------------------------------------------------------------------------------------------------

    def _is_after(self, item: Observation) -> bool:
        """Return whether this comes after the statement in which the plain run ended."""
        if self.report.fault is None:
            return False
        end = self.report.fault.frames[0].span
        if item.location.path != str(self.entry.path) and not item.via:
            return False
        # A call at the top level leads to a place inside a function that may stand anywhere.
        span = item.via[0].span if item.via else item.location.span
        return (span.line, span.column) > (end.end_line, end.end_column)

    def _is_told(self, item: Observation) -> bool:
        """Return whether the plain run entered the code around this place."""
        path = item.location.path
        if path not in self._trees:
            self._trees[path] = ast.parse(
                self.entry.text if path == str(self.entry.path) else Path(path).read_text("utf-8")
            )
        first = first_line_of_code(self._trees[path], item.location.span.line + 1)
        return first is None or (path, first) in self.report.entered

    @cached_property
    def _trees(self) -> dict[str, ast.Module]:
        return {}

    def _where(self, item: Observation) -> str:
        return f"{Path(item.location.path).name}:{item.location.span.line + 1}"


def alarms(analysis: Analysis) -> list[Diagnostic]:
    """Return the errors and warnings among the diagnostics."""
    return [item for item in diagnose(analysis) if item.severity in (Severity.ERROR, Severity.WARNING)]


def shapes_shown(analysis: Analysis, path: Path, expected: ExpectedShape) -> set[str]:
    """Return the shapes shown where a fixture expects one."""
    here = [item for item in analysis.observations if item.location.path == str(path)]
    values = [item for item in here if item.location.span == expected.span and item.output is not None]
    if not expected.explicit:
        values = [item for item in values if item.role is Role.STATEMENT]
        if not values:
            values = [item for item in here if item.created and item.location.span.line == expected.line]
            places = {item.location.span for item in values if item.output is not None}
            assert len(places) <= 1, f"line {expected.line + 1} makes several layers; the mark must name one"
    return {shape_text(item.output) for item in values if item.output is not None}


def first_line_of_code(tree: ast.Module, line: int) -> int | None:
    """Return the first line, decorators included, of the innermost function or class around a line; all one-based."""
    innermost = None
    for node in ast.walk(tree):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        # The decorators, the name, defaults and bases belong to the code around.
        if node.body[0].lineno <= line <= (node.end_lineno or 0) and (innermost is None or first > innermost):
            innermost = first
    return innermost


def whole_input(call: LayerCall) -> Structure | None:
    """The contract: what a layer was called with is one structure, or all of them in the order of the call."""
    given = (*call.arguments, *call.named.values())
    if len(given) == 1:
        return given[0]
    return Items(given) if given else None


def exact_text(structure: Structure | None) -> str:
    """Return shapes and dtypes."""
    if structure is None:
        return "nothing"
    if isinstance(structure, TensorSpec):
        return f"{shape_text(structure)} {structure.dtype}"
    if isinstance(structure, Items):
        return "[" + ", ".join(exact_text(item) for item in structure.items) + "]"
    return "{" + ", ".join(f"{name}: {exact_text(item)}" for name, item in structure.entries.items()) + "}"


@dataclass(frozen=True)
class Row:
    """One line of the table that is printed at the end."""

    name: str
    milliseconds: float
    called: int
    shown: int
    called_anywhere: int
    shown_anywhere: int
    observations: int
    unchecked: int
    assumed: int
    memory_mb: float
    plain_seconds: float


def table(rows: Iterable[Row]) -> list[str]:
    """Return the lines of the table, and a last one with the sums."""
    rows = sorted(rows, key=lambda row: row.name)
    head = (
        f"{'program':<48} {'ms':>6} {'coverage':>11} {'all layers':>11} {'seen':>6} {'unchecked':>9} {'assumed':>7} "
        f"{'MB':>6} {'plain s':>7}"
    )
    lines = [head]
    for row in rows:
        own, every = f"{row.shown}/{row.called}", f"{row.shown_anywhere}/{row.called_anywhere}"
        lines.append(
            f"{row.name:<48} {row.milliseconds:>6.0f} {own:>11} {every:>11} {row.observations:>6} {row.unchecked:>9} "
            f"{row.assumed:>7} {row.memory_mb:>6.1f} {row.plain_seconds:>7.1f}"
        )
    called, shown = sum(row.called for row in rows), sum(row.shown for row in rows)
    every, some = sum(row.called_anywhere for row in rows), sum(row.shown_anywhere for row in rows)
    lines.append(
        f"{len(rows)} programs: coverage {share(shown, called):.1%}, with the layers that Keras makes for itself "
        f"{share(some, every):.1%}; slowest {max((row.milliseconds for row in rows), default=0):.0f} ms, "
        f"most memory {max((row.memory_mb for row in rows), default=0):.0f} MB"
    )
    return lines


def share(part: int, whole: int) -> float:
    """Return a part of a whole; of nothing it is all."""
    return part / whole if whole else 1.0
