"""Every shape that is shown of a fixture equals what a plain run of it has, and nothing is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from shapelens.evaluation.analysis import Analysis
from shapelens.worker.contract import Kind, Observation, Outcome, Span, TensorSpec
from support.corpus import exact_text, shapes_shown, whole_input
from support.expectations import Expectations, read_expectations
from support.oracle import Oracle, Report, Value, needs_columns
from worker.conftest import AnalysisOf

pytestmark = [pytest.mark.slow, needs_columns]

FIXTURES = Path(__file__).parents[2] / "fixtures"


@dataclass(frozen=True)
class Fixture:
    """A program and the working folder it is run in."""

    path: Path
    directory: Path

    @property
    def expectations(self) -> Expectations:
        return read_expectations(self.path)


ALL = [Fixture(path, path.parent) for path in sorted((FIXTURES / "models").glob("*.py"))] + [
    Fixture(FIXTURES / "workspaces" / folder / script, FIXTURES / "workspaces" / folder)
    for folder, script in (("packaged", "scripts/inspect_model.py"), ("plain", "train.py"))
]
TOUR = [Fixture(path, path.parent) for path in sorted((FIXTURES / "workspaces" / "tour").glob("*.py"))]
"""Shown to newcomers by ``make demo``, so without marks; held to plain runs like all others."""

RUNNABLE = [fixture for fixture in ALL if fixture.expectations.never_run is None] + TOUR

every_fixture = pytest.mark.parametrize("fixture", ALL, ids=lambda fixture: fixture.path.stem)
every_runnable = pytest.mark.parametrize("fixture", RUNNABLE, ids=lambda fixture: fixture.path.stem)


@every_fixture
def test_the_evaluation_runs_to_its_end(fixture: Fixture, analysis_of: AnalysisOf) -> None:
    finished = analysis_of(fixture.path, fixture.directory).finished
    assert finished is not None
    assert finished.outcome is Outcome.COMPLETED, finished


@every_runnable
def test_calls_of_layers_are_exactly_those_of_a_plain_run(
    fixture: Fixture, analysis_of: AnalysisOf, oracle: Oracle
) -> None:
    analysis, report = analysis_of(fixture.path, fixture.directory), oracle.report(fixture.path, fixture.directory)
    shown, real = calls_shown(analysis), calls_made(report)
    names = {item.layer_name for item in layers_in(analysis)}
    if report.fault is not None:
        # A plain run ends at its first fault; names of later layers are not comparable either.
        names &= {layer.layer_name for layer in report.layers}
        names -= made_or_called_after(analysis, report)
    for name in sorted(names):
        assert shown.get(name, set()) == real.get(name, set()), f"calls of layer {name}"
    compared = sum(len(shown.get(name, ())) for name in names)
    assert compared > 0 or not real, "nothing was compared"


@every_runnable
def test_every_called_layer_that_the_program_made_is_shown(
    fixture: Fixture, analysis_of: AnalysisOf, oracle: Oracle, record_property: pytest.RecordProperty
) -> None:
    analysis, report = analysis_of(fixture.path, fixture.directory), oracle.report(fixture.path, fixture.directory)
    called = {call.layer_name for call in report.calls}
    places = {layer.layer_name: layer.created for layer in report.layers if layer.created is not None}
    shown = {(item.layer_name, item.location) for item in layers_in(analysis) if item.created}
    missing = {(name, place) for name, place in places.items() if name in called} - shown
    assert not missing
    assert called & set(places) or not report.calls, "the program made none of the layers that were called"
    # Layers that Keras makes for itself, as in keras.applications, have no expression of the user's.
    internal = {layer.layer_name for layer in report.layers if layer.created is None} & called
    record_property("called layers made inside Keras", f"{len(internal)} of {len(called)}")


@every_runnable
def test_assigned_tensors_are_exactly_those_of_a_plain_run(
    fixture: Fixture, analysis_of: AnalysisOf, oracle: Oracle
) -> None:
    analysis, report = analysis_of(fixture.path, fixture.directory), oracle.report(fixture.path, fixture.directory)
    shown, real = tensors_shown(analysis), tensors_stored(report.stores)
    for place in sorted(real):
        assert shown.get(place, set()) == real[place], place
    if report.fault is None:
        assert set(shown) == set(real)


@every_fixture
def test_shapes_written_in_the_file_are_shown(fixture: Fixture, analysis_of: AnalysisOf) -> None:
    analysis = analysis_of(fixture.path, fixture.directory)
    expected = fixture.expectations.shapes
    for shape in expected:
        assert shapes_shown(analysis, fixture.path, shape) == set(shape.shapes), f"line {shape.line + 1}"
    assert expected or fixture.expectations.errors


def test_shapes_written_in_local_modules_are_shown(analysis_of: AnalysisOf) -> None:
    folder = FIXTURES / "workspaces" / "packaged"
    analysis = analysis_of(folder / "scripts" / "inspect_model.py", folder)
    module = folder / "src" / "birdsong" / "model.py"
    expected = read_expectations(module).shapes
    assert expected
    for shape in expected:
        assert shapes_shown(analysis, module, shape) == set(shape.shapes), f"line {shape.line + 1}"


def test_weights_of_forty_gigabytes_cost_nothing(analysis_of: AnalysisOf) -> None:
    path = FIXTURES / "models" / "big_dense.py"
    finished = analysis_of(path, path.parent).finished
    assert finished is not None
    assert finished.peak_memory_mb < 500


# --- what is shown ------------------------------------------------------------------------------------------------

Flow = tuple[str, str]
"""Input and output with dtypes, as texts."""

Place = tuple[str, int, str]
"""File, line and name of a variable."""


def layers_in(analysis: Analysis) -> list[Observation]:
    return [item for item in analysis.observations if item.kind in (Kind.LAYER, Kind.MODEL)]


def calls_shown(analysis: Analysis) -> dict[str, set[Flow]]:
    shown = defaultdict(set)
    for item in layers_in(analysis):
        if item.output is not None:
            shown[item.layer_name].add((exact_text(item.input), exact_text(item.output)))
    return shown


def tensors_shown(analysis: Analysis) -> dict[Place, set[str]]:
    shown = defaultdict(set)
    for item in analysis.observations:
        if item.kind is Kind.TENSOR and item.target is not None and isinstance(item.output, TensorSpec):
            shown[item.location.path, item.target.line, item.name].add(exact_text(item.output))
    return shown


# --- what a plain run has -----------------------------------------------------------------------------------------


def calls_made(report: Report) -> dict[str, set[Flow]]:
    """A model's own graph counts as a call of it, as ``summary()`` shows it: never called, it still has shapes."""
    made = defaultdict(set)
    for call in report.calls:
        made[call.layer_name].add((exact_text(whole_input(call)), exact_text(call.output)))
    for layer in report.layers:
        if layer.declared is not None:
            taken, given = layer.declared
            made[layer.layer_name].add((exact_text(taken), exact_text(given)))
    return made


def tensors_stored(stores: Iterable[Value]) -> dict[Place, set[str]]:
    stored = defaultdict(set)
    for value in stores:
        if value.assigned and isinstance(value.structure, TensorSpec):
            stored[value.location.path, value.location.span.line, value.name].add(exact_text(value.structure))
    return stored


def made_or_called_after(analysis: Analysis, report: Report) -> set[str]:
    """Return layers that statements after the one where the plain run ended make or mention."""
    assert report.fault is not None
    end = report.fault.frames[0].span
    return {
        item.layer_name
        for item in layers_in(analysis)
        if item.location.path == analysis.program.path and _after(item, end)
    }


def _after(item: Observation, end: Span) -> bool:
    # A call at the top level leads to a place inside a function that may stand anywhere.
    span = item.via[0].span if item.via else item.location.span
    return (span.line, span.column) > (end.end_line, end.end_column)
