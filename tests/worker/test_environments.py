"""The fixtures in environments of their own: other backends, and both generations of Keras.

Run with ``make environments-test``; environments that are not there are skipped with the target that creates them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.evaluator import EvaluationRequest, HostKey
from shapelens.worker.contract import Limits, Location, Outcome, Program
from support.environments import ENVIRONMENTS, Environment
from support.evaluation import Evaluations
from support.expectations import Expectations, read_expectations
from support.oracle import Oracle, needs_columns
from worker.test_fixtures_exact import (
    Flow,
    calls_made,
    calls_shown,
    layers_in,
    made_or_called_after,
    shapes_shown,
    tensors_shown,
    tensors_stored,
)
from worker.test_fixtures_located import without_kernel

pytestmark = [pytest.mark.environments, needs_columns]

_TRIED = re.compile(r"\b(83|89)\b")
"""What Keras puts in place of None when it infers shapes on PyTorch; no fixture has such sizes itself."""

MODELS = sorted((Path(__file__).parents[2] / "fixtures" / "models").glob("*.py"))


class Place:
    """One environment, with its host and the truth of plain runs."""

    def __init__(self, environment: Environment, folder: Path) -> None:
        self.environment = environment
        self.evaluations = Evaluations(environment.interpreter)
        self.oracle = Oracle(
            folder, environment.interpreter, dict(environment.variables), translated=environment.translated
        )
        self._known: dict[Path, Analysis] = {}

    def analysis(self, path: Path) -> Analysis:
        if path not in self._known:
            self._known[path] = self.evaluated(self.environment.translated(path.read_text("utf-8")), path)
        return self._known[path]

    def evaluated(self, text: str, path: Path) -> Analysis:
        """Return the analysis of a text as the content of a file."""
        key = HostKey(self.environment.interpreter, choice=self.environment.choice)
        program = Program(str(path), text, str(path.parent))
        result = self.evaluations.outcome(EvaluationRequest(key, program, 1, Limits(seconds=60.0)))
        assert isinstance(result, Analysis), str(result)
        return result


@dataclass(frozen=True)
class Case:
    """A fixture in an environment."""

    place: Place
    path: Path

    @property
    def expected(self) -> Expectations:
        return read_expectations(self.path, self.place.environment.tags)

    @property
    def analysis(self) -> Analysis:
        return self.place.analysis(self.path)


@pytest.fixture(scope="module", params=ENVIRONMENTS, ids=lambda environment: environment.name)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    environment = request.param
    if not environment.exists:
        pytest.skip(f"make environment-{environment.name} creates it")
    made = Place(environment, tmp_path_factory.mktemp("plain"))
    yield made
    made.evaluations.close()


@pytest.fixture(params=MODELS, ids=lambda path: path.stem)
def case(place: Place, request: pytest.FixtureRequest) -> Case:
    reason = place.environment.left_out(request.param)
    if reason:
        pytest.skip(reason)
    return Case(place, request.param)


def test_the_environment_is_the_one_that_was_meant(place: Place, tmp_path: Path) -> None:
    environment, meant = place.evaluated("x = 1\n", tmp_path / "empty.py").environment, place.environment
    assert (environment.backend, environment.reusable) == (meant.backend, True)
    assert (int(environment.keras.split(".")[0]) == 2) is (meant.generation == 2)


def test_faults_and_skips_are_the_marked_ones(case: Case) -> None:
    analysis, expected = case.analysis, case.expected
    assert analysis.finished is not None
    assert analysis.finished.outcome is Outcome.COMPLETED, analysis.finished
    faults = [fault for fault in analysis.faults if not fault.handled]
    assert [fault.location for fault in faults] == [Location(str(case.path), error.span) for error in expected.errors]
    for fault, error in zip(faults, expected.errors, strict=True):
        assert error.message in fault.message
    assert [skip.location for skip in analysis.skips] == [
        Location(str(case.path), skip.span) for skip in expected.skips
    ]


def test_shapes_written_in_the_file_are_shown(case: Case) -> None:
    for shape in case.expected.shapes:
        assert shapes_shown(case.analysis, case.path, shape) == set(shape.shapes), f"line {shape.line + 1}"


def test_calls_and_tensors_are_those_of_a_plain_run(case: Case) -> None:
    if case.expected.never_run is not None:
        pytest.skip(f"never run plainly: {case.expected.never_run}")
    analysis, report = case.analysis, case.place.oracle.report(case.path)
    # A model that a layer builds on the way is declared with such a size, in a plain run too.
    shown = {name: untried(flows) for name, flows in calls_shown(analysis).items()}
    real = {name: untried(flows) for name, flows in calls_made(report).items()}
    names = {item.layer_name for item in layers_in(analysis)}
    if report.fault is not None:
        names &= {layer.layer_name for layer in report.layers}
        names -= made_or_called_after(analysis, report)
    for name in sorted(names):
        assert shown.get(name, set()) == real.get(name, set()), f"calls of layer {name}"
    assert sum(len(shown.get(name, ())) for name in names) > 0 or not real, "nothing was compared"
    stored = tensors_stored(report.stores)
    for place in sorted(stored):
        assert tensors_shown(analysis).get(place, set()) == {_TRIED.sub("None", text) for text in stored[place]}, place


def untried(flows: set[Flow]) -> set[Flow]:
    return {(_TRIED.sub("None", taken), _TRIED.sub("None", given)) for taken, given in flows}


def test_faults_are_those_of_plain_runs(case: Case) -> None:
    if not case.expected.errors:
        pytest.skip("nothing is wrong in it")
    faults = [fault for fault in case.analysis.faults if not fault.handled]
    real = [
        report.fault
        for report in case.place.oracle.isolated(case.path)
        if report.fault is not None and report.fault.exception != "NameError"
    ]
    assert [fault.exception for fault in faults] == [fault.exception for fault in real]
    for shown, plain in zip(faults, real, strict=True):
        # AutoGraph, which Keras 2 uses for every ``call``, keeps the inner frames in the message alone.
        assert shown.location == plain.place or "in user code:" in plain.message
    assert without_kernel(faults[0].message) == without_kernel(real[0].message)


TRAINING = """import numpy as np
import keras

model = keras.Sequential([keras.Input((6, 6, 1)), keras.layers.Conv2D(4, 3), keras.layers.Flatten()])
model.add(keras.layers.Dense(3, activation="softmax"))
model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
x, y = np.zeros((100, 6, 6, 1), "float32"), np.arange(100) % 3
history = model.fit(x, y, epochs=3, validation_split=0.2, verbose=0)
assert len(history.history["val_accuracy"]) == 3
predicted = model.predict(x, verbose=0)
one = model.predict_on_batch(x[:8])
model.compile(optimizer="adam", loss="categorical_crossentropy")
model.fit(x, np.zeros((100, 4), "float32"), verbose=0)
"""


def test_training_ends_as_a_plain_run_does(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "training.py"
    path.write_text(TRAINING, "utf-8")
    analysis, report = place.analysis(path), place.oracle.report(path)
    assert report.fault is not None
    (fault,) = (fault for fault in analysis.faults if not fault.handled)
    assert (fault.exception, fault.location.span.line) == (report.fault.exception, report.fault.frames[0].span.line)
    if place.environment.generation == 3:  # Keras 2 trains within a graph, whose traceback is in the message
        assert fault.message == report.fault.message
    stored = tensors_stored(report.stores)
    assert {(name, *shapes) for (_, _, name), shapes in stored.items()} >= {
        ("predicted", "(100, 3) float32"),
        ("one", "(8, 3) float32"),
    }
    shown = tensors_shown(analysis)
    assert all(shown.get(there, set()) == shapes for there, shapes in stored.items())


MODELS_OF_ALL_KINDS = """import keras
from keras import layers

a, b = keras.Input((8,), name="a"), keras.Input((6,), name="b")
encoder = keras.Sequential([layers.Dense(4, name="first"), layers.Dense(3, name="second")], name="encoder")
net = keras.Model([a, b], layers.Concatenate(name="c")([encoder(a), layers.Dense(3, name="d")(b)]))


class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.inner, self.head = layers.Dense(4, name="inner"), layers.Dense(2, name="head")

    def call(self, x):
        return self.head(self.inner(x))


own = Own()
own(keras.Input((8,)))
stack = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 3, name="conv"), layers.LSTM(2, name="lstm")])
"""


def test_models_are_described_with_any_keras(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "models.py"
    analysis = place.evaluated(place.environment.translated(MODELS_OF_ALL_KINDS), path)
    graphs = {graph.name: graph for graph in analysis.graphs}
    assert list(graphs) == ["encoder", "net", "own", "stack"]
    ways = {
        name: [(graph.nodes[edge.source].name, graph.nodes[edge.target].name) for edge in graph.edges]
        for name, graph in graphs.items()
    }
    assert ways["encoder"][-1:] == [("first", "second")]
    assert sorted(ways["net"]) == [("a", "encoder"), ("b", "d"), ("d", "c"), ("encoder", "c")]
    assert ways["own"] == [("inputs", "inner"), ("inner", "head")]
    assert ways["stack"][-1:] == [("conv", "lstm")]
    assert [node.parameters for node in graphs["encoder"].nodes][-2:] == [36, 15]
    assert [edge.faulty for edge in graphs["stack"].edges] == [False, True]
    assert graphs["stack"].broken and not any(graphs[name].broken for name in ("encoder", "net", "own"))
