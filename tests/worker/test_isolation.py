"""Statements fail one by one: the rest goes on, and what depends on a failure says so."""

from __future__ import annotations

from shapelens.evaluation.analysis import Analysis, Status
from shapelens.worker.contract import Fault, Kind, Outcome, SkipReason, Structure
from support.evaluation import Run, seen


def shape(structure: Structure | None) -> object:
    return getattr(structure, "shape", structure)


def text_of(analysis: Analysis, fault: Fault) -> str:
    span = fault.location.span
    line = analysis.program.text.split("\n")[span.line]
    assert span.line == span.end_line
    return line[span.column : span.end_column]


def test_three_independent_faults_and_every_good_layer(run: Run) -> None:
    analysis = run(
        """
        import keras
        from keras import layers
        a = keras.Sequential([keras.Input((8,)), layers.Dense(4), layers.LSTM(3), layers.Dense(1)])
        x = keras.Input((6,))
        h = layers.Dense(5)(x)
        y = layers.Conv1D(3, 2)(h)
        z = layers.Dense(2)(h)
        c = keras.Sequential()
        c.add(keras.Input((9,)))
        c.add(layers.Dense(7))
        c.add(layers.Reshape((8,)))
        c.add(layers.Dense(1))
        """
    )
    assert [text_of(analysis, fault) for fault in analysis.faults] == [
        "layers.LSTM(3)",
        "layers.Conv1D(3, 2)(h)",
        "layers.Reshape((8,))",
    ]
    assert shape(seen(analysis, "layers.Dense(4)")[0].output) == (None, 4)
    assert shape(seen(analysis, "layers.Dense(2)(h)")[0].output) == (None, 2)
    assert shape(seen(analysis, "layers.Dense(7)")[0].output) == (None, 7)
    (skip,) = analysis.skips
    assert skip.reason is SkipReason.DEPENDS_ON_UNKNOWN and skip.name == "c"
    assert analysis.status is Status.PARTIAL


def test_unknown_spreads_with_its_first_reason(run: Run) -> None:
    analysis = run(
        """
        import keras
        a = missing(1)
        b = a + 1
        def use():
            return b
        c = use()
        d = keras.Input((3,))
        """
    )
    first, *others = analysis.skips
    assert first.reason is SkipReason.UNKNOWN_NAME and first.name == "missing"
    assert [(skip.name, skip.origin.span.line) for skip in others] == [("a", 1), ("b", 1)]
    assert seen(analysis, "keras.Input((3,))")
    assert not analysis.faults


def test_simple_statements_inside_blocks_are_isolated(run: Run) -> None:
    analysis = run(
        """
        import keras, contextlib
        x = keras.Input((3,))
        if True:
            a = missing_one
            b = keras.layers.Dense(2)(x)
        for n in range(3):
            c = keras.layers.LSTM(n + 1)(x)
            d = keras.layers.Dense(5)(x)
        with contextlib.nullcontext():
            e = missing_two
            f = keras.layers.Dense(6)(x)
        try:
            g = missing_three
            h = keras.layers.Dense(7)(x)
        finally:
            i = keras.layers.Dense(8)(x)
        while True:
            j = missing_four
            break
        """
    )
    assert [skip.name for skip in analysis.skips] == ["missing_one", "missing_two", "missing_three", "missing_four"]
    (fault,) = analysis.faults  # one, however often the loop runs
    assert text_of(analysis, fault) == "keras.layers.LSTM(n + 1)(x)"
    for units in (2, 5, 6, 7, 8):
        assert seen(analysis, f"keras.layers.Dense({units})(x)")


def test_exception_that_the_program_handles_reaches_its_handler(run: Run) -> None:
    analysis = run(
        """
        import keras
        x = keras.Input((3,))
        try:
            y = keras.layers.LSTM(2)(x)
            never = keras.layers.Dense(9)(x)
        except ValueError as error:
            y = keras.layers.Dense(4)(x)
        try:
            import not_there
        except ImportError:
            z = keras.layers.Dense(5)(x)
        """
    )
    (fault,) = analysis.faults
    assert fault.handled and text_of(analysis, fault) == "keras.layers.LSTM(2)(x)"
    assert seen(analysis, "keras.layers.Dense(4)(x)") and seen(analysis, "keras.layers.Dense(5)(x)")
    assert not seen(analysis, "keras.layers.Dense(9)(x)")
    assert not analysis.skips


def test_expected_exceptions_reach_their_context_manager(run: Run) -> None:
    analysis = run(
        """
        import contextlib, keras
        with contextlib.suppress(ValueError):
            keras.layers.LSTM(2)(keras.Input((3,)))
        y = keras.layers.Dense(2)(keras.Input((3,)))
        """
    )
    assert not [fault for fault in analysis.faults if not fault.handled]
    assert seen(analysis, "keras.layers.Dense(2)(keras.Input((3,)))")


def test_each_reason_for_a_skip(run: Run) -> None:
    analysis = run(
        """
        import package_that_is_not_there
        from another_missing.part import thing
        import os, sys
        data = open("not_there.csv").read()
        key = os.environ["A_VARIABLE_THAT_IS_NOT_SET"]
        answer = input("name? ")
        import subprocess
        subprocess.run(["ls"])
        import urllib.request
        urllib.request.urlopen("http://127.0.0.1:9/")
        open("/etc/shapelens-was-here", "w")
        sys.exit(1)
        import keras
        x = keras.Input((3,))
        """
    )
    assert [skip.reason for skip in analysis.skips] == [
        SkipReason.MISSING_PACKAGE,
        SkipReason.MISSING_PACKAGE,
        SkipReason.MISSING_FILE,
        SkipReason.UNAVAILABLE,
        SkipReason.UNAVAILABLE,
        SkipReason.FORBIDDEN,
        SkipReason.NETWORK,
        SkipReason.EXITED,
    ], [(skip.reason, skip.message) for skip in analysis.skips]
    assert not analysis.faults
    assert seen(analysis, "keras.Input((3,))")


def test_real_mistakes_are_faults(run: Run) -> None:
    analysis = run(
        """
        import numpy as np
        from tensorflow import keras
        a = keras.layers.Dens(3)
        b = np.zeros((3, 4)) @ np.zeros((3, 4))
        c = keras.layers.Dense()
        from keras.layers import NotALayer
        """
    )
    assert [fault.exception for fault in analysis.faults] == [
        "AttributeError",
        "ValueError",
        "TypeError",
        "ImportError",
    ]
    assert text_of(analysis, analysis.faults[0]) == "keras.layers.Dens"
    assert text_of(analysis, analysis.faults[1]) == "np.zeros((3, 4)) @ np.zeros((3, 4))"


def test_text_that_does_not_parse(run: Run) -> None:
    analysis = run("import keras\nmodel = keras.Sequential([\n")
    assert analysis.finished is not None and analysis.finished.outcome is Outcome.UNPARSABLE
    assert analysis.status is Status.FAILED
    (fault,) = analysis.faults
    assert fault.exception == "SyntaxError" and "never closed" in fault.message


def test_models_and_layers_are_told_apart(run: Run) -> None:
    analysis = run("import keras\nm = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])\n")
    kinds = {item.name: item.kind for item in analysis.observations if item.created}
    assert kinds == {"m": Kind.MODEL, "dense": Kind.LAYER}
