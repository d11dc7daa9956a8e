"""Code that its file never calls gets its shapes from comments, callers and defaults."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from shapelens.diagnostics.model import Severity
from shapelens.evaluation.analysis import Analysis, CallKind
from shapelens.features.calls import chosen_call, next_choice, with_choices
from shapelens.features.code_lenses import code_lenses
from shapelens.features.hover import hover
from shapelens.features.inlay_hints import inlay_hints
from shapelens.worker.contract import SkipReason
from support.callers import Project
from support.evaluation import Evaluations, seen
from support.expectations import read_expectations
from support.made import spec

HEAD = "import keras\nfrom keras import layers\nimport tensorflow as tf\n"

Examine = Callable[[str], Analysis]


@pytest.fixture
def project(evaluations: Evaluations, tmp_path: Path) -> Project:
    return Project(evaluations, tmp_path)


@pytest.fixture
def examine(project: Project) -> Examine:
    def run(text: str) -> Analysis:
        project.put("model.py", HEAD + textwrap.dedent(text))
        return project.examined("model.py")[0]

    return run


def labels(analysis: Analysis, choices: dict[str, str] | None = None) -> list[str]:
    shown = with_choices(analysis, choices or {})
    return [hint.label for hint in inlay_hints(shown, analysis.program.path, 0, 10_000)]


def lenses(analysis: Analysis, choices: dict[str, str] | None = None) -> list[str]:
    return [lens.title for lens in code_lenses(analysis, analysis.program.path, choices, can_edit=True)]


# --- comments and defaults ----------------------------------------------------------------------------------------


def test_defaults(examine: Examine) -> None:
    analysis = examine(
        """
        def build(input_shape=(28, 28, 1), units=10):
            inputs = keras.Input(input_shape)
            x = layers.Flatten()(inputs)
            return keras.Model(inputs, layers.Dense(units)(x))
        """
    )
    assert labels(analysis) == [": (None, 28, 28, 1)", ": (None, 784)", "→ (None, 10)"]
    assert lenses(analysis)[0] == "shapes from default arguments"
    found = hover(analysis, analysis.program.path, (6, 5))
    assert found is not None and found.card.plain().endswith("from build() with its default arguments")


def test_a_comment_gives_the_arguments(examine: Examine) -> None:
    analysis = examine(
        """
        # shapelens: call build(units=7)
        def build(units):
            return keras.Sequential([keras.Input((3,)), layers.Dense(units)])
        """
    )
    assert seen(analysis, "layers.Dense(units)")[0].output == spec(None, 7)
    assert lenses(analysis)[0] == "shapes from the comment in line 5"
    found = hover(analysis, analysis.program.path, (6, 50))
    assert found is not None and "from the comment in line 5: build(units=7)" in found.card.plain()


def test_two_comments_give_two_calls_to_choose_from(examine: Examine) -> None:
    analysis = examine(
        """
        # shapelens: call build(7)
        # shapelens: call build(9)
        def build(units):
            inputs = keras.Input((3,))
            return keras.Model(inputs, layers.Dense(units)(inputs))
        """
    )
    (code,) = analysis.uncalled
    assert labels(analysis) == [": (None, 3)", "→ (None, 7)"]
    choice = next_choice(analysis, code, {})
    assert choice is not None
    chosen = {"build": choice}
    assert labels(analysis, chosen) == [": (None, 3)", "→ (None, 9)"]
    assert lenses(analysis, chosen)[0] == "shapes from the comment in line 6 (2 of 2)"
    assert next_choice(analysis, code, chosen) != choice


def test_shapes_of_parameters(examine: Examine) -> None:
    analysis = examine(
        """
        def block(x, skip):
            # shapelens: shape x = (None, 8, 8, 3)
            # shapelens: shape skip = (None, 4, 4, 16)
            x = layers.Conv2D(16, 3, strides=2, padding="same")(x)
            return layers.add([x, skip])
        """
    )
    assert labels(analysis) == [": (None, 4, 4, 16)", ": (None, 4, 4, 16)"]
    assert not analysis.faults and not analysis.skips


def test_nests_of_shapes(examine: Examine) -> None:
    analysis = examine(
        """
        def block(features):
            # shapelens: shape features = {"a": (None, 3), "b": [(None, 4), (2, 5)]}
            a = features["a"]
            b = features["b"][1]
            return layers.concatenate([a, features["b"][0]])
        """
    )
    assert labels(analysis) == [": (None, 3)", ": (2, 5)", ": (None, 7)"]


def test_functions_of_tensorflow_get_what_tf_function_would_give_them(examine: Examine) -> None:
    analysis = examine(
        """
        def attend(q, k):
            # shapelens: shape q = (None, 5, 8)
            # shapelens: shape k = (None, 7, 8)
            scores = tf.matmul(q, k, transpose_b=True)
            return tf.nn.softmax(scores) + tf.zeros((6,))
        """
    )
    assert seen(analysis, "tf.matmul(q, k, transpose_b=True)")[0].output == spec(None, 5, 7)
    (fault,) = analysis.faults
    assert "Dimensions must be equal, but are 7 and 6" in fault.message
    assert fault.location.span.line == 8


def test_a_layer_that_nobody_makes(examine: Examine) -> None:
    analysis = examine(
        """
        class Scale(layers.Layer):
            def __init__(self, units=4):
                super().__init__()
                self.dense = layers.Dense(units)

            def call(self, inputs):
                # shapelens: shape inputs = (None, 3)
                return self.dense(inputs)
        """
    )
    assert labels(analysis) == ["→ (None, 4)", ": (None, 4)"]


def test_the_wrong_argument_of_a_comment_is_an_error_at_the_comment(project: Project) -> None:
    text = "# shapelens: call build(unitss=7)\ndef build(units):\n    return layers.Dense(units)\n"
    project.put("model.py", HEAD + text)
    _, (found,) = project.examined("model.py")
    assert found.location.span.line == 3 and "unexpected keyword argument 'unitss'" in found.message


def test_a_fault_in_code_with_good_defaults_is_an_error(examine: Examine) -> None:
    analysis = examine(
        """
        def build(units=10):
            return keras.Sequential([keras.Input((3,)), layers.Dense(units), layers.LSTM(3)])
        """
    )
    (fault,) = analysis.faults
    assert fault.location.span.line == 5 and "expected ndim=3, found ndim=2" in fault.message


def test_defaults_of_none_prove_nothing(examine: Examine) -> None:
    analysis = examine(
        """
        def build(input_shape=None, classes=None):
            inputs = keras.Input(input_shape[1:])
            return keras.Model(inputs, layers.Dense(classes)(inputs))
        """
    )
    assert not analysis.faults
    (skip, *_) = analysis.skips
    assert skip.reason is SkipReason.UNAVAILABLE and "was called with its defaults" in skip.message


def test_what_a_comment_says_of_an_unknown_name(examine: Examine) -> None:
    analysis = examine(
        """
        # shapelens: shape images = (100, 28, 28) float32
        # shapelens: shape labels = (100,) int64
        images = open("nowhere.bin").read()
        flat = layers.Flatten()(images)
        print(labels)
        """
    )
    assert ": (100, 784)" in labels(analysis)
    assert [skip.reason for skip in analysis.skips] == [SkipReason.MISSING_FILE]


def test_what_the_program_does_itself_stays_as_it_is(examine: Examine) -> None:
    text = """
        def build(units=3):
            return keras.Sequential([keras.Input((2,)), layers.Dense(units)])

        model = build(8)
        """
    analysis = examine(text)
    assert set(labels(analysis)) == {"→ (None, 8)"}
    assert analysis.uncalled == () and len(lenses(analysis)) == 1


# --- callers ------------------------------------------------------------------------------------------------------

LIBRARY = """\
import keras
from keras import layers


def build_model(features, classes=3):
    inputs = keras.Input((features,))
    outputs = layers.Dense(classes)(inputs)
    return keras.Model(inputs, outputs)
"""


def test_the_library_of_the_fixtures(evaluations: Evaluations, fixtures: Path) -> None:
    project = Project(evaluations, fixtures / "workspaces" / "library_project")
    analysis, diagnostics = project.examined("src/weathernet/models.py")
    expected = read_expectations(Path(analysis.program.path)).shapes
    hints = inlay_hints(with_choices(analysis, {}), analysis.program.path, 0, 10_000)
    shown = {hint.span.end_line: hint.label.lstrip(":→ ") for hint in hints}
    assert expected
    assert {shape.line: shown.get(shape.line) for shape in expected} == {
        shape.line: shape.shapes[0] for shape in expected
    }
    assert not diagnostics
    titles = lenses(analysis)
    assert "shapes from test_models.py:7 (1 of 2)" in titles
    assert titles[-1] == "give example inputs"


def test_blocks_get_their_shapes_from_the_callers_of_their_callers(evaluations: Evaluations, fixtures: Path) -> None:
    project = Project(evaluations, fixtures / "workspaces" / "library_project")
    analysis, diagnostics = project.examined("src/weathernet/blocks.py")
    assert set(labels(analysis)) == {": (None, 48, 16)", "→ (None, 48, 16)"}
    assert not diagnostics
    code = next(code for code in analysis.uncalled if code.name == "temporal_block")
    call = chosen_call(code, {})
    assert call is not None and call.text == "build_forecaster(48, 5)"


def test_each_caller_is_a_choice(project: Project) -> None:
    project.put("library.py", LIBRARY)
    project.put("train.py", "from library import build_model\nmodel = build_model(7)\n")
    test = "from library import build_model\ndef test_it():\n    build_model(5, classes=2)\n"
    project.put("test_library.py", test)
    analysis, _ = project.examined("library.py")
    (code,) = analysis.uncalled
    assert [(call.text, call.kind) for call in code.calls] == [
        ("build_model(5, classes=2)", CallKind.CALLER),
        ("build_model(7)", CallKind.CALLER),
    ]
    assert labels(analysis) == [": (None, 5)", ": (None, 2)", "→ (None, 2)"]
    found = hover(analysis, analysis.program.path, (6, 6))
    assert found is not None
    assert found.card.plain().splitlines()[2:] == [
        "from build_model(5, classes=2) in test_library.py, line 3",
        "call                                          shapes",
        "build_model(5, classes=2)  test_library.py:3  (None, 2)",
        "build_model(7)  train.py:2                    (None, 3)",
    ]


def test_callers_come_before_defaults(project: Project) -> None:
    project.put("library.py", LIBRARY.replace("features,", "features=2,", 1))
    project.put("train.py", "from library import build_model\nmodel = build_model(7)\n")
    analysis, _ = project.examined("library.py")
    (code,) = analysis.uncalled
    assert [call.kind for call in code.calls] == [CallKind.CALLER, CallKind.DEFAULTS]
    assert labels(analysis)[0] == ": (None, 7)"


def test_comments_come_before_callers(project: Project) -> None:
    project.put("library.py", "# shapelens: call build_model(4)\n" + LIBRARY)
    project.put("train.py", "from library import build_model\nmodel = build_model(7)\n")
    analysis, _ = project.examined("library.py")
    (code,) = analysis.uncalled
    assert [call.kind for call in code.calls] == [CallKind.COMMENT]


def test_a_fault_names_the_caller(project: Project) -> None:
    project.put("library.py", LIBRARY.replace("layers.Dense(classes)", "layers.LSTM(classes)"))
    project.put("train.py", "from library import build_model\nmodel = build_model(7)\n")
    _, (found,) = project.examined("library.py")
    assert found.severity is Severity.ERROR and found.location.span.line == 6
    (related,) = found.related
    assert (Path(related.location.path).name, related.location.span.line) == ("train.py", 1)


def test_what_a_test_expects_to_fail_is_no_fault(project: Project) -> None:
    project.put("library.py", LIBRARY.replace("layers.Dense(classes)", "layers.Dense(classes, input_shape=0.5)"))
    test = (
        "import pytest\nfrom library import build_model\n"
        "def test_it():\n    with pytest.raises(Exception):\n        build_model(-1)\n"
    )
    project.put("test_library.py", test)
    _, diagnostics = project.examined("library.py")
    assert not [item for item in diagnostics if item.severity is Severity.ERROR]


def test_callers_see_unsaved_text(project: Project) -> None:
    project.put("library.py", "")
    project.put("train.py", "")
    unsaved = {"library.py": LIBRARY, "train.py": "from library import build_model\nbuild_model(9)\n"}
    # jedi follows imports on the disk, where the name has to be.
    project.put("library.py", "def build_model(): pass\n")
    analysis, _ = project.examined("library.py", unsaved)
    assert labels(analysis)[0] == ": (None, 9)"


def test_tests_in_classes_and_fixtures_are_callers(project: Project) -> None:
    project.put("library.py", LIBRARY)
    test = """\
import unittest
import pytest
from library import build_model


@pytest.fixture
def model():
    return build_model(4)


class ModelCase(unittest.TestCase):
    def setUp(self):
        self.features = 6

    def test_it(self):
        self.assertEqual(build_model(self.features).output_shape, (None, 3))
"""
    project.put("test_library.py", test)
    analysis, _ = project.examined("library.py")
    (code,) = analysis.uncalled
    assert [call.text for call in code.calls] == ["build_model(4)", "build_model(self.features)"]
