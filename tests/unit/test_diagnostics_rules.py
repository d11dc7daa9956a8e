"""What becomes a diagnostic, under which code, how grave, and with what beside it."""

from __future__ import annotations

import pytest

from shapelens.diagnostics import RULES, diagnose
from shapelens.diagnostics.model import Severity
from shapelens.evaluation.analysis import Analysis
from shapelens.worker.contract import (
    Budget,
    Fault,
    Finished,
    Frame,
    Location,
    Outcome,
    Program,
    Skip,
    SkipReason,
    Span,
)
from support.made import READY, Source

SOURCE = Source("import keras\nx = keras.Input((3,))\ny = keras.layers.LSTM(3)(x)\n")
PLACE = SOURCE.place("keras.layers.LSTM(3)(x)")

TF_ERROR = "tensorflow.python.framework.errors_impl.InvalidArgumentError"
INPUT_0 = "Input 0 with name 'None' of layer 'layer' is incompatible with the layer: "

MESSAGES = [
    # Keras 3.15 as measured; origin is that of the traceback's last frame, empty for operators of NumPy.
    ("layer-rank-mismatch", "keras", INPUT_0 + "expected ndim=3, found ndim=2. Full shape received: (None, 4)"),
    ("layer-rank-mismatch", "keras", INPUT_0 + "expected min_ndim=4, found ndim=3. Full shape received: (28, 28, 1)"),
    ("layer-rank-mismatch", "keras", INPUT_0 + "expected max_ndim=3, found ndim=4"),
    (
        "layer-rank-mismatch",
        "keras",
        "`TimeDistributed` Layer should be passed an `input_shape` with at least 3 dimensions, received: (None,)",
    ),
    (
        "layer-rank-mismatch",
        "tf_keras",
        'Input 0 of layer "lstm" is incompatible with the layer: expected ndim=3, found ndim=2.',
    ),
    (
        "feature-axis-mismatch",
        "keras",
        INPUT_0 + "expected axis -1 of input shape to have value 4, but received input with shape (None, 5)",
    ),
    (
        "feature-axis-mismatch",
        "keras",
        (
            "The number of input channels must be evenly divisible by the number of groups. Received groups=2, but the "
            "input has 3 channels (full input shape is (None, 8, 8, 3))."
        ),
    ),
    ("input-structure-mismatch", "keras", INPUT_0 + "expected shape=(None, 28, 28, 1), found shape=(None, 32, 32, 3)"),
    (
        "input-structure-mismatch",
        "keras",
        "Layer \"functional_9\" expects 2 named input(s) with keys ['a', 'b'], but it received 1 input tensors.",
    ),
    (
        "input-structure-mismatch",
        "keras",
        (
            'Invalid input shape for input Tensor("data:0", shape=(4,), dtype=float32) with name '
            "'keras_tensor_128' and "
            "path ''. Expected shape (None, 4), but input has incompatible shape (4,)"
        ),
    ),
    (
        "merge-mismatch",
        "keras",
        (
            "A `Concatenate` layer requires inputs with matching shapes except for the concatenation axis. Received: "
            "input_shape=[(None, 3, 4), (None, 4, 4)]"
        ),
    ),
    ("merge-mismatch", "keras", "Inputs have incompatible shapes. Received shapes (8, 8, 3) and (4, 4, 3)"),
    (
        "merge-mismatch",
        "keras",
        "A merge layer should be called on a list of inputs. Received: input_shape=(None, 3) (not a list)",
    ),
    (
        "merge-mismatch",
        "keras",
        "Cannot merge tensors with different batch sizes. Received tensors with shapes [(1, 3), (2, 3)]",
    ),
    (
        "merge-mismatch",
        "keras",
        "Incompatible input shapes: axis values 3 (at axis 1) != 4 (at axis 1). Full input shapes: ...",
    ),
    (
        "reshape-size-mismatch",
        "keras",
        "The total size of the tensor must be unchanged. Received: input_shape=(1,), target_shape=(64,)",
    ),
    (
        "reshape-size-mismatch",
        "tensorflow",
        "Input to reshape is a tensor with 6 values, but the requested shape has 20 [Op:Reshape]",
    ),
    ("reshape-size-mismatch", "", "cannot reshape array of size 6 into shape (4,5)"),
    (
        "non-positive-dimension",
        "keras",
        "Computed output size would be zero or negative. Received `inputs shape=(None, 2, 2, 1)`",
    ),
    (
        "non-positive-dimension",
        "keras",
        "Values in `cropping` argument should be smaller than the corresponding spatial dimension of the input.",
    ),
    (
        "loss-target-mismatch",
        "keras",
        (
            "Arguments `target` and `output` must have the same shape. Received: target.shape=(None, 1), "
            "output.shape=(None, 64)"
        ),
    ),
    (
        "loss-target-mismatch",
        "keras",
        "Argument `output` must have rank (ndim) `target.ndim - 1`. Received: target.shape=(None, 3)",
    ),
    (
        "cardinality-mismatch",
        "keras",
        "Data cardinality is ambiguous. Make sure all arrays contain the same number of samples.",
    ),
    (
        "operation-shape-mismatch",
        "tensorflow",
        "Matrix size-incompatible: In[0]: [2,3], In[1]: [4,5] [Op:MatMul] name: ",
    ),
    ("operation-shape-mismatch", "tensorflow", "Incompatible shapes: [2,3] vs. [2,4] [Op:AddV2] name: "),
    (
        "operation-shape-mismatch",
        "keras",
        (
            "Inner dimensions (`x1.shape[-1]` and `x2.shape[-2]`) must be equal, but received `x1.shape=(None, 3)` and "
            "`x2.shape=(4, 5)`."
        ),
    ),
    (
        "operation-shape-mismatch",
        "keras",
        "Cannot broadcast shape, the failure dim has value 3, which cannot be broadcasted to 4.",
    ),
    ("operation-shape-mismatch", "", "operands could not be broadcast together with shapes (2,3) (2,4) "),
    ("operation-shape-mismatch", "", "shapes (2,3) and (4,5) not aligned: 3 (dim 1) != 4 (dim 0)"),
    ("operation-shape-mismatch", "numpy", "all input arrays must have the same shape"),
    (
        "operation-shape-mismatch",
        "tensorflow",
        "Can not squeeze dim[1], expected a dimension of 1, got 3 [Op:Squeeze] name: ",
    ),
    ("keras-error", "keras", "Received an invalid value for `units`, expected a positive integer. Received: units=-1"),
    ("keras-error", "numpy", "cannot convert float NaN to integer"),
    ("python-error", "", "invalid literal for int() with base 10: 'x'"),
    ("python-error", "pandas", "Length of values (3) does not match length of index (4)"),
]


def only(analysis: Analysis):
    (diagnostic,) = diagnose(analysis)
    return diagnostic


def fault(message: str, exception: str = "ValueError", **more) -> Fault:
    return Fault(PLACE, exception, message, **more)


@pytest.mark.parametrize(("code", "origin", "message"), MESSAGES)
def test_a_message_of_keras_has_its_code(code: str, origin: str, message: str) -> None:
    diagnostic = only(SOURCE.analysis(faults=(fault(message, origin=origin),)))
    assert diagnostic.code == code
    assert diagnostic.severity is Severity.ERROR
    assert diagnostic.location == PLACE


def test_the_message_is_the_sentence_and_the_detail_is_all_of_it() -> None:
    message = (
        "Exception encountered when calling Permute.call().\n\n\x1b[1mInvalid permutation argument `dims` for Permute "
        "Layer.\x1b[0m\n\nArguments received by Permute.call():\n  • args=()"
    )
    diagnostic = only(SOURCE.analysis(faults=(fault(message, origin="keras", layer="Permute", layer_name="to_image"),)))
    assert diagnostic.message == "Permute 'to_image': Invalid permutation argument `dims` for Permute Layer."
    assert diagnostic.detail.startswith("Exception encountered when calling Permute.call().")
    assert diagnostic.detail.endswith("• args=()")
    assert "\x1b" not in diagnostic.detail


def test_a_layer_that_the_sentence_names_is_not_named_twice() -> None:
    message = (
        "Input 0 with name 'None' of layer 'lstm_1' is incompatible with the layer: expected ndim=3, found ndim=2."
    )
    diagnostic = only(SOURCE.analysis(faults=(fault(message, origin="keras", layer="LSTM", layer_name="lstm_1"),)))
    assert diagnostic.message == message
    assert diagnostic.detail == ""


def test_calls_that_led_to_a_fault_are_related_innermost_first() -> None:
    calls = tuple(Location("/project/model.py", Span(line, 0, line, 7)) for line in (20, 10))
    frames = (Frame(calls[0], "<module>"), Frame(calls[1], "build"))
    diagnostic = only(SOURCE.analysis(faults=(fault("cannot", origin="keras", frames=frames),)))
    assert [(item.location, item.message) for item in diagnostic.related] == [
        (calls[1], "called from here in build()"),
        (calls[0], "called from here"),
    ]


def test_a_recursion_does_not_fill_the_screen() -> None:
    frames = tuple(Frame(Location("/project/model.py", Span(line, 0, line, 7)), "f") for line in range(900))
    diagnostic = only(
        SOURCE.analysis(faults=(fault("maximum recursion depth exceeded", "RecursionError", frames=frames),))
    )
    lines = [item.location.span.line for item in diagnostic.related]
    assert lines == [899, 898, 897, 896, 895, 894, 893, 0]


def test_equal_faults_at_one_expression_are_one_diagnostic() -> None:
    same = fault("shapes (2,3) and (4,5) not aligned")
    assert len(diagnose(SOURCE.analysis(faults=(same, same, fault("axes don't match array"))))) == 2


def test_an_exception_of_python_is_named_as_python_names_it() -> None:
    missing = fault("module 'keras.layers' has no attribute 'Dens'", "AttributeError")
    diagnostic = only(SOURCE.analysis(faults=(missing,)))
    assert diagnostic.code == "python-error"
    assert diagnostic.message == "AttributeError: module 'keras.layers' has no attribute 'Dens'"


@pytest.mark.parametrize(
    ("exception", "message", "expected"),
    [
        ("IndexError", "tuple index out of range", "IndexError: tuple index out of range"),
        ("KeyError", "", "KeyError"),
        ("ValueError", "", "ValueError"),
        ("__main__.BadData", "empty", "BadData: empty"),
        (TF_ERROR, "Could not parse example input [Op:ParseExampleV2]", "Could not parse example input"),
    ],
)
def test_the_class_of_an_exception_is_told_where_its_text_needs_it(exception: str, message: str, expected: str) -> None:
    assert only(SOURCE.analysis(faults=(fault(message, exception, origin="keras"),))).message == expected


def test_user_code_within_a_layer_is_an_error_of_that_layer() -> None:
    diagnostic = only(SOURCE.analysis(faults=(fault("no", "RuntimeError", layer="Block", layer_name="block_1"),)))
    assert (diagnostic.code, diagnostic.message) == ("keras-error", "Block 'block_1': RuntimeError: no")


def test_what_the_program_catches_itself_is_information() -> None:
    diagnostic = only(SOURCE.analysis(faults=(fault("axes don't match array", handled=True),)))
    assert diagnostic.severity is Severity.INFORMATION
    assert diagnostic.message == "axes don't match array. The program catches this exception itself."


def test_an_unknown_name_is_a_hint() -> None:
    reason = "The name x_train is defined nowhere in this file."
    diagnostic = only(SOURCE.analysis(skips=(Skip(PLACE, SkipReason.UNKNOWN_NAME, reason, "x_train"),)))
    assert (diagnostic.code, diagnostic.severity, diagnostic.message) == ("not-evaluated", Severity.HINT, reason)
    assert diagnostic.related == ()


def test_what_depends_on_a_failed_statement_points_to_it() -> None:
    origin = SOURCE.place("x = keras.Input((3,))")
    skip = Skip(PLACE, SkipReason.DEPENDS_ON_UNKNOWN, "x has no value.", "x", origin)
    (related,) = only(SOURCE.analysis(skips=(skip,))).related
    assert (related.location, related.message) == (origin, "x has no value because of this")


def test_a_hundred_statements_without_a_value_are_one_hint() -> None:
    origin = SOURCE.place("x = keras.Input((3,))")
    skips = tuple(Skip(PLACE, SkipReason.DEPENDS_ON_UNKNOWN, "x has no value.", "x", origin) for _ in range(100))
    other = Skip(PLACE, SkipReason.UNKNOWN_NAME, "y is defined nowhere.", "y")
    first, second = diagnose(SOURCE.analysis(skips=(*skips, other)))
    assert first.message == "x has no value. Nor is what 99 other statements would make of it."
    assert len(first.related) == 11
    assert second.message == "y is defined nowhere."


def test_a_syntax_error_is_an_error() -> None:
    ended = Finished(1, Outcome.UNPARSABLE, 0.0)
    analysis = SOURCE.analysis(faults=(fault("'(' was never closed", "SyntaxError"),), finished=ended)
    diagnostic = only(analysis)
    assert (diagnostic.code, diagnostic.severity) == ("not-evaluated", Severity.ERROR)
    assert diagnostic.message == "SyntaxError: '(' was never closed"


@pytest.mark.parametrize(
    ("finished", "message"),
    [
        (
            Finished(
                1, Outcome.OVER_BUDGET, 10.0, "The evaluation took longer than 10 s and was stopped.", Budget.SECONDS
            ),
            "The evaluation took longer than 10 s and was stopped. Shapes after this place are not known.",
        ),
        (
            Finished(1, Outcome.OVER_BUDGET, 10.0, budget=Budget.MEMORY),
            "The evaluation ended here: it used up its memory. Shapes after this place are not known.",
        ),
        (
            Finished(1, Outcome.CRASHED, 1.0),
            "The evaluation ended here: the process crashed. Shapes after this place are not known.",
        ),
    ],
)
def test_an_evaluation_that_ended_early_is_a_warning(finished: Finished, message: str) -> None:
    diagnostic = only(SOURCE.analysis(finished=finished))
    assert (diagnostic.code, diagnostic.severity) == ("evaluation-stopped", Severity.WARNING)
    assert diagnostic.message == message
    assert diagnostic.span == Span(0, 0, 0, len("import keras"))


def test_the_statement_that_was_cut_off_is_marked() -> None:
    finished = Finished(1, Outcome.CRASHED, 1.0, location=PLACE)
    assert only(SOURCE.analysis(finished=finished)).location == PLACE


def test_nothing_is_said_of_what_is_right_still_running_or_cancelled() -> None:
    program = Program("/project/model.py", "", "/project")
    assert diagnose(SOURCE.analysis()) == ()
    assert diagnose(Analysis(program, 1, READY)) == ()
    assert diagnose(SOURCE.analysis(finished=Finished(1, Outcome.CANCELLED, 0.1))) == ()


def test_the_own_file_comes_first_in_the_order_of_its_text() -> None:
    elsewhere = Fault(Location("/a/helper.py", Span(0, 0, 0, 1)), "ValueError", "one", origin="keras")
    late = Fault(SOURCE.place("y"), "ValueError", "two", origin="keras")
    early = Fault(SOURCE.place("x"), "ValueError", "three", origin="keras")
    found = diagnose(SOURCE.analysis(faults=(elsewhere, late, early)))
    assert [item.message for item in found] == ["three", "two", "one"]


def test_every_rule_has_a_page() -> None:
    codes = [rule.code for rule in RULES]
    assert len(codes) == len(set(codes)) >= 12
    for rule in RULES:
        page = rule.documentation
        assert all([page.what, page.why, page.example, page.instead, page.keras]), rule.code
        compile(page.example, rule.code, "exec")
        compile(page.instead, rule.code, "exec")
