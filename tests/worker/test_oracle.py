"""The oracle tells the truth about tiny programs, and every fixture's expectations are true in a plain run."""

from __future__ import annotations

from pathlib import Path

import pytest

from shapelens.worker.contract import Entries, Items, Location, Span, TensorSpec
from support.expectations import ExpectedShape, read_expectations
from support.oracle import Oracle, OracleError, Report, Value, needs_columns, plain_shapes, without_statement

pytestmark = needs_columns

MODELS = Path(__file__).parents[2] / "fixtures" / "models"
RUNNABLE = [path for path in sorted(MODELS.glob("*.py")) if read_expectations(path).never_run is None]


def run(folder: Path, text: str) -> tuple[Report, str]:
    path = folder / "program.py"
    path.write_text(text, "utf-8")
    return Oracle(folder).report(path), str(path)


def stored(report: Report) -> list[tuple[str, int, object]]:
    return [(value.name, value.location.span.line, shape_of(value)) for value in report.stores]


def shape_of(value: Value) -> object:
    return value.structure.shape if isinstance(value.structure, TensorSpec) else value.structure


ARRAYS = """import numpy as np

flat = np.zeros(6)
grid = flat.reshape(
    2,
    3,
)
for row in grid:
    double = row * 2; é = "é"; triple = row * 3
(first, second), rest = np.split(grid, 2), 1
grid = grid.T
if (wide := grid[:, :1]).size:
    pass


def scale(values, by):
    global last
    scaled = values * by
    last = scaled
    return {"scaled": scaled, "by": by}


both = scale(flat, 3)
squares = [value * value for value in grid]
"""


def test_stores_are_seen_with_their_values_at_that_moment(tmp_path: Path) -> None:
    report, _ = run(tmp_path, ARRAYS)
    plain = [item for item in stored(report) if item[0] not in ("both", "squares", "value")]
    assert plain == [
        ("flat", 2, (6,)),
        ("grid", 3, (2, 3)),
        ("row", 7, (3,)),
        ("double", 8, (3,)),
        ("triple", 8, (3,)),
        ("row", 7, (3,)),
        ("double", 8, (3,)),
        ("triple", 8, (3,)),
        ("first", 9, (1, 3)),
        ("second", 9, (1, 3)),
        ("grid", 10, (3, 2)),
        ("wide", 11, (3, 1)),
        ("scaled", 17, (6,)),
        ("last", 18, (6,)),
    ]


def test_stores_have_exact_places(tmp_path: Path) -> None:
    report, path = run(tmp_path, ARRAYS)
    triple = next(value for value in report.stores if value.name == "triple")
    assert triple.location == Location(path, Span(8, 31, 8, 37))
    scaled = next(value for value in report.stores if value.name == "scaled")
    assert (scaled.function, scaled.assigned) == ("scale", True)


def test_loop_variables_are_no_assignments(tmp_path: Path) -> None:
    report, _ = run(tmp_path, ARRAYS)
    assert {value.name for value in report.stores if not value.assigned} == {"row", "value"}


def test_nests_keep_their_structure(tmp_path: Path) -> None:
    report, path = run(tmp_path, ARRAYS)
    both = next(value for value in report.stores if value.name == "both")
    assert both.structure == Entries({"scaled": TensorSpec((6,), "float64")})
    squares = next(value for value in report.stores if value.name == "squares")
    assert squares.structure == Items((TensorSpec((2,), "float64"),) * 3)
    (returned,) = (value for value in report.returns if value.function == "scale")
    assert returned.location == Location(path, Span(19, 4, 19, 39))


KERAS = """import tensorflow as tf
from tensorflow.keras import layers


class Twice(layers.Layer):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(5)

    def call(self, x, y=None):
        return self.dense(x)


model = tf.keras.Sequential([
    layers.Input((3,)),
    layers.Dense(4, name="first"),
    Twice(),
])
out = model(tf.zeros((2, 3)))
pair = Twice()(out, y=tf.ones((2, 1)))
"""


def test_calls_of_layers_are_seen_with_inputs_and_outputs(tmp_path: Path) -> None:
    report, path = run(tmp_path, KERAS)
    seen = [
        (call.layer_name, *(getattr(item, "shape", None) for item in (*call.arguments, call.output)), call.caller)
        for call in report.calls
    ]
    inside, outside = Location(path, Span(10, 15, 10, 28)), Location(path, Span(18, 6, 18, 29))
    # Keras calls a layer without build() twice: once to build it, once for its output.
    assert list(dict.fromkeys(seen)) == [
        ("first", (None, 3), (None, 4), None),
        ("dense", (None, 4), (None, 5), inside),
        ("twice", (None, 4), (None, 5), None),
        ("first", (2, 3), (2, 4), None),
        ("dense", (2, 4), (2, 5), inside),
        ("twice", (2, 4), (2, 5), None),
        ("sequential", (2, 3), (2, 5), outside),
        ("dense_1", (2, 5), (2, 5), inside),
        ("twice_1", (2, 5), (2, 5), Location(path, Span(19, 7, 19, 38))),
    ]
    assert report.calls[-1].named == {"y": TensorSpec((2, 1), "float32")}


def test_layers_are_seen_with_the_expression_that_made_them(tmp_path: Path) -> None:
    report, path = run(tmp_path, KERAS)
    made = {layer.layer_name: layer.created for layer in report.layers}
    assert made["first"] == Location(path, Span(15, 4, 15, 33))
    assert made["dense"] == Location(path, Span(7, 21, 7, 36))
    assert made["sequential"] == Location(path, Span(13, 8, 17, 2))
    assert made["input_layer"] is None, "Keras makes it inside Input"


GRAPHS = """import keras

pair = {"a": keras.Input((2,)), "b": keras.Input((3,))}
outputs = [keras.layers.Dense(4)(pair["a"])]
keras.Model(pair, outputs, name="pair")
keras.Sequential(name="empty")
grown = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)], name="grown")
try:
    grown.add(keras.layers.LSTM(2))
except ValueError:
    assert not grown.built
"""


def test_models_are_seen_with_their_own_graph(tmp_path: Path) -> None:
    declared = {layer.layer_name: layer.declared for layer in run(tmp_path, GRAPHS)[0].layers}
    a, b = TensorSpec((None, 2), "float32"), TensorSpec((None, 3), "float32")
    assert declared["pair"] == (Entries({"a": a, "b": b}), Items((TensorSpec((None, 4), "float32"),)))
    assert declared["grown"] == (b, b), "an add that fails leaves a model without a graph; its last one counts"
    assert (declared["empty"], declared["dense"]) == (None, None)


FAULT = """import keras


def broken():
    return keras.Sequential([keras.Input((3,)), keras.layers.LSTM(2)])


try:
    broken()
except ValueError:
    print("expected")
broken()
"""


def test_an_uncaught_exception_is_seen_with_frames_and_layers(tmp_path: Path) -> None:
    report, path = run(tmp_path, FAULT)
    assert report.fault is not None
    assert report.fault.exception == "ValueError"
    assert "expected ndim=3, found ndim=2" in report.fault.message
    assert report.fault.frames == (Location(path, Span(11, 0, 11, 8)), Location(path, Span(4, 11, 4, 70)))
    assert [layer.layer_name for layer in report.fault.layers] == ["lstm_1"]
    assert report.fault.place == Location(path, Span(4, 48, 4, 68))
    assert report.printed == "expected\n"


def test_an_exception_in_the_users_code_inside_a_layer_belongs_to_that_code(tmp_path: Path) -> None:
    text = KERAS.replace("return self.dense(x)", "return self.dense(x) @ x")
    report, path = run(tmp_path, text)
    assert report.fault is not None
    assert report.fault.place == Location(path, Span(10, 15, 10, 32))


def test_the_program_runs_as_main_with_its_own_arguments(tmp_path: Path) -> None:
    report, path = run(
        tmp_path,
        "import sys, __main__\n"
        "assert (__name__, __file__, sys.argv) == ('__main__', sys.argv[0], [__file__])\n"
        "assert __main__.sys is sys and sys.path[0] == __file__.rpartition('/')[0]\n"
        "sys.exit(3)\n",
    )
    assert report.fault is None
    assert report.printed == ""
    assert Path(path).is_absolute()


def test_the_oracle_leaves_the_choice_of_the_backend_to_the_program(tmp_path: Path) -> None:
    text = (
        "import sys\nassert not [name for name in sys.modules if name.startswith(('keras', 'tensorflow', 'numpy'))]\n"
    )
    assert run(tmp_path, text)[0].fault is None


def test_a_program_that_kills_itself_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OracleError, match="exit status 7"):
        run(tmp_path, "import os\nos._exit(7)\n")


def test_a_failed_statement_is_taken_out_without_moving_the_rest() -> None:
    text = "a = '名'; b = f(\n    1)  # note\nif a:\n    c = g()\n"
    assert without_statement(text, Span(0, 13, 1, 6)) == "a = '名'; pass  \n        # note\nif a:\n    c = g()\n"
    assert without_statement(text, Span(3, 8, 3, 11)) == text.replace("c = g()", "pass   ")


@pytest.mark.slow
@pytest.mark.parametrize("path", RUNNABLE, ids=lambda path: path.stem)
def test_a_fixtures_expectations_are_true_in_a_plain_run(path: Path, oracle: Oracle) -> None:
    expected = read_expectations(path)
    reports = oracle.isolated(path)
    for shape in expected.shapes:
        assert shapes_in_any(reports, path, shape) == shape.shapes, f"line {shape.line + 1}"
    faults = [report.fault for report in reports if report.fault is not None]
    # What is given up inside a function because of an error before it is reached by no plain run.
    skips = [skip for skip in expected.skips if skip.message != "unknown"]
    assert len(faults) == len(expected.errors) + len(skips)
    for error in expected.errors:
        (message,) = (fault.message for fault in faults if fault.place == Location(str(path), error.span))
        assert error.message in message
    for skip in skips:
        (reason,) = (fault for fault in faults if fault.place == Location(str(path), skip.span))
        assert reason.exception == "NameError"
        assert skip.message in reason.message


def shapes_in_any(reports: tuple[Report, ...], path: Path, shape: ExpectedShape) -> tuple[str, ...]:
    """The first run that reaches a place counts: later ones lack what was taken out."""
    return next((shapes for shapes in (plain_shapes(report, path, shape) for report in reports) if shapes), ())
