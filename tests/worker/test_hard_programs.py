"""Programs as strangers write them: legal, odd, and evaluated like any other."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from shapelens.evaluation.analysis import Analysis
from shapelens.worker.contract import Limits, Outcome, Role, SkipReason
from support.evaluation import Evaluations, Run, seen


def clean(analysis: Analysis) -> None:
    """Check that an evaluation ran to its end and found nothing wrong."""
    assert analysis.finished is not None and analysis.finished.outcome is Outcome.COMPLETED, analysis.finished
    assert not analysis.faults, [(fault.location.span, fault.message) for fault in analysis.faults]
    assert not analysis.skips, [skip.message for skip in analysis.skips]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("return 3", "'return' outside function"),
        ("break", "'break' outside loop"),
        ("def f(a, a): pass", "duplicate argument 'a'"),
        ("from __future__ import annotations", "from __future__ imports must occur at the beginning"),
        ("*a, *b = 1, 2", "multiple starred expressions"),
    ],
)
def test_errors_that_only_the_compiler_finds(run: Run, statement: str, message: str) -> None:
    analysis = run(f"x = 1\n{statement}\n")
    assert analysis.finished is not None and analysis.finished.outcome is Outcome.UNPARSABLE
    (fault,) = analysis.faults
    assert fault.location.span.line == 1 and message in fault.message


@pytest.mark.parametrize(
    "text",
    [
        "s = " + " + ".join(['"a"'] * 400),
        's = "a"' + ".strip()" * 400,
        "x = y = 1\n" + "el".join(f"if x == {n}: y = {n}\n" for n in range(2, 60)),
        "".join(" " * n + "if True:\n" for n in range(20)) + " " * 20 + "y = 1",
        "".join(" " * n + f"for i{n} in [1]:\n" for n in range(20)) + " " * 20 + "y = 1",
    ],
    ids=["operators", "methods", "elif", "if", "for"],
)
def test_deep_but_legal_programs(run: Run, text: str) -> None:
    analysis = run(text + "\nimport keras\nx = keras.Input((3,))\n")
    clean(analysis)
    assert seen(analysis, "keras.Input((3,))")


def test_a_failure_that_was_swallowed_is_not_blamed_later(run: Run) -> None:
    analysis = run(
        """
        import keras, contextlib
        with contextlib.suppress(ValueError):
            keras.layers.Dense(3)(keras.Input(()))
        import package_that_is_not_there
        open("not_there.txt")
        """
    )
    assert [skip.reason for skip in analysis.skips] == [SkipReason.MISSING_PACKAGE, SkipReason.MISSING_FILE]
    assert not [fault for fault in analysis.faults if not fault.handled]


def test_unknown_inside_a_layer_is_a_skip(run: Run) -> None:
    analysis = run(
        """
        import keras
        units = undefined
        class M(keras.Model):
            def call(self, x):
                return x * units
        M()(keras.Input((3,)))
        """
    )
    assert [skip.name for skip in analysis.skips] == ["undefined", "units"]
    assert not analysis.faults


def test_a_variable_of_a_comprehension_is_its_own(run: Run) -> None:
    analysis = run(
        """
        import keras
        x = keras.Input((3,))
        values = [undefined(x) for x in range(3)]
        y = keras.layers.Dense(2)(x)
        """
    )
    assert [skip.name for skip in analysis.skips] == ["undefined"]
    assert seen(analysis, "keras.layers.Dense(2)(x)")


def test_a_bare_except_does_not_turn_an_unknown_into_a_guess(run: Run) -> None:
    analysis = run(
        """
        import keras
        x = undefined
        try:
            y = keras.layers.Dense(3)(x)
        except:
            y = keras.Input((7,))
        """
    )
    assert not seen(analysis, "keras.Input((7,))")
    assert [skip.name for skip in analysis.skips] == ["undefined", "x"]


def test_an_initializer_that_does_not_fit_fails_where_the_layer_is_built(run: Run) -> None:
    analysis = run(
        """
        import keras, numpy as np
        x = keras.Input((4,), dtype="int32")
        a = keras.layers.Embedding(11, 50, embeddings_initializer=keras.initializers.Constant(np.zeros((10, 50))))(x)
        b = keras.layers.Dense(2, bias_initializer="orthogonal")(keras.Input((3,)))
        c = keras.layers.Dense(2, kernel_initializer=lambda shape, dtype=None: keras.ops.ones(shape))(keras.Input((3,)))
        """
    )
    assert [fault.location.span.line for fault in analysis.faults] == [2, 3]
    assert seen(analysis, "c") == [] and [item.name for item in analysis.observations if item.name == "c"]


def test_an_exception_that_is_raised_again_is_not_handled(run: Run) -> None:
    analysis = run(
        """
        import keras
        x = keras.Input((3,))
        try:
            y = keras.layers.LSTM(2)(x)
        except Exception as error:
            print(error)
            raise
        def main():
            try:
                keras.layers.GRU(2)(x)
            except ValueError:
                raise
        main()
        """
    )
    assert [(fault.handled, fault.layer, fault.location.span.line) for fault in analysis.faults] == [
        (False, "LSTM", 3),
        (False, "GRU", 9),
    ]


def test_loops_that_only_a_failure_ends(run: Run) -> None:
    analysis = run(
        """
        import keras
        batches = iter([1, 2])
        while True:
            batch = next(batches)
        y = keras.Input((3,))
        """
    )
    assert analysis.finished is not None and analysis.finished.outcome is Outcome.COMPLETED
    assert [fault.exception for fault in analysis.faults] == ["StopIteration"]
    assert seen(analysis, "keras.Input((3,))")


def test_syntax_error_in_a_local_module_is_shown_there(evaluations: Evaluations, tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("x = 1\ny = (\n")
    (fault,) = evaluations.text("import helper\n", tmp_path / "program.py").faults
    assert fault.location.path == str(tmp_path / "helper.py") and fault.location.span.line == 1
    assert fault.frames[0].location.path == str(tmp_path / "program.py")


def test_objects_that_do_not_bear_being_looked_at(run: Run) -> None:
    analysis = run(
        """
        import keras, numpy as np
        x = keras.Input((3,))
        class NoInit(keras.layers.Layer):
            def __init__(self): pass
        a = NoInit()
        class Endless(keras.layers.Layer):
            def __getattr__(self, name): return getattr(self, name + "_")
        class Angry(dict):
            def items(self): raise RuntimeError
            def __len__(self): raise RuntimeError
            def __iter__(self): raise RuntimeError
        b = Angry(a=x)
        class Lazy(list):
            n = 0
            def __iter__(self): Lazy.n += 1; return super().__iter__()
            def __len__(self): Lazy.n += 1; return super().__len__()
        c = Lazy([x]); c
        y = keras.layers.Dense(Lazy.n + 1)(x)
        class Array(np.ndarray):
            @property
            def shape(self): raise RuntimeError
        d = np.zeros(3).view(Array)
        class Meta(type):
            def __eq__(self, other): raise RuntimeError
        class Odd(metaclass=Meta): pass
        e = Odd()
        class Liar:
            __class__ = property(lambda self: keras.layers.Layer)
        f = Liar()
        z = keras.layers.Dense(4)(x)
        """
    )
    clean(analysis)
    assert seen(analysis, "keras.layers.Dense(Lazy.n + 1)(x)")[0].output.shape == (None, 1)
    assert seen(analysis, "keras.layers.Dense(4)(x)")


def test_exceptions_whose_message_cannot_be_shown(run: Run) -> None:
    analysis = run(
        """
        import keras
        class Silent(Exception):
            def __str__(self): raise RuntimeError
        raise Silent()
        raise ValueError("long" * 30_000_000)
        x = keras.Input((3,))
        """
    )
    assert [fault.exception for fault in analysis.faults] == ["__main__.Silent", "ValueError"]
    assert len(analysis.faults[1].message) < 100_000
    assert seen(analysis, "keras.Input((3,))")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_what_a_forked_process_sees_is_not_the_programs(run: Run) -> None:
    analysis = run(
        """
        import numpy as np, os
        pid = os.fork()
        a = np.zeros((3, 1 if pid == 0 else 2))
        if pid:
            os.waitpid(pid, 0)
        b = np.ones((4,))
        """
    )
    clean(analysis)
    assert [item.output.shape for item in seen(analysis, "np.zeros((3, 1 if pid == 0 else 2))")] == [(3, 2)]
    assert seen(analysis, "np.ones((4,))")


def test_tables_of_numbers_cost_little(run: Run) -> None:
    analysis = run(
        """
        g = [[0] * 60 for _ in range(60)]
        for i in range(1, 60):
            for j in range(60):
                g[i][j] = g[i - 1][j] + 1
        """,
        limits=Limits(seconds=5),
    )
    clean(analysis)


def test_deep_recursion_of_the_program(run: Run) -> None:
    analysis = run(
        """
        import keras
        def deep(x, n):
            return deep(keras.layers.Dense(1)(x), n - 1) if n else x
        y = deep(keras.Input((2,)), 120)
        def endless(n):
            return endless(n + 1)
        endless(0)
        """
    )
    (fault,) = analysis.faults
    assert fault.exception == "RecursionError" and len(fault.frames) <= 20
    line = analysis.program.text.split("\n")[fault.location.span.line]
    assert line[fault.location.span.column : fault.location.span.end_column] == "endless(n + 1)"
    assert sum(item.count for item in seen(analysis, "keras.layers.Dense(1)(x)")) == 120


def test_a_manager_of_the_programs_own_may_swallow(run: Run) -> None:
    analysis = run(
        """
        import contextlib, keras
        class Quiet:
            def __enter__(self): return self
            def __exit__(self, *error): return True
        @contextlib.contextmanager
        def quiet():
            try:
                yield
            except ValueError:
                pass
        with Quiet():
            keras.layers.LSTM(2)(keras.Input((3,)))
        with quiet():
            keras.layers.GRU(2)(keras.Input((3,)))
        with contextlib.ExitStack() as stack:
            stack.enter_context(Quiet())
        y = keras.layers.Dense(2)(keras.Input((3,)))
        """
    )
    assert not [fault for fault in analysis.faults if not fault.handled]
    assert not analysis.skips
    assert seen(analysis, "keras.layers.Dense(2)(keras.Input((3,)))")


def test_attributes_and_items_of_a_failed_statement_are_unknown(run: Run) -> None:
    analysis = run(
        """
        import keras, types
        ns, d = types.SimpleNamespace(), {}
        x = keras.Input((3,))
        ns.h = keras.layers.LSTM(2)(x)
        d["k"] = keras.layers.GRU(2)(x)
        y = keras.layers.Dense(2)(ns.h)
        z = keras.layers.Dense(2)(d["k"])
        """
    )
    assert [fault.layer for fault in analysis.faults] == ["LSTM", "GRU"]
    assert [skip.name for skip in analysis.skips] == ["ns.h", "d['k']"]


def test_writing_into_the_channel_ends_that_evaluation_alone(run: Run) -> None:
    analysis = run(
        """
        import keras, os
        x = keras.Input((3,))
        for fd in range(3, 64):
            try:
                os.write(fd, bytes([0, 0, 0, 2, 0, 0, 0, 0, 0]) + b"{}")
            except OSError:
                pass
        """
    )
    assert analysis.finished is not None and analysis.finished.outcome is Outcome.EXITED
    assert "channel" in analysis.finished.detail
    assert seen(analysis, "keras.Input((3,))")
    clean(run("import keras\nx = keras.Input((3,))\n"))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="except* came with Python 3.11")
def test_except_star(run: Run) -> None:
    analysis = run(
        """
        import keras
        try:
            keras.layers.LSTM(2)(keras.Input((3,)))
        except* ValueError:
            pass
        """
    )
    (fault,) = analysis.faults
    assert fault.handled and fault.exception == "ValueError" and fault.location.span.line == 2


def test_files_that_hide_modules(evaluations: Evaluations, tmp_path: Path) -> None:
    (tmp_path / "queue.py").write_text("import keras\ndef jobs(x):\n    return keras.layers.Dense(9)(x)\n")
    analysis = evaluations.text(
        "import keras\nfrom queue import jobs\ny = jobs(keras.Input((3,)))\n", tmp_path / "program.py"
    )
    assert [(skip.reason, skip.name, skip.location.span.line) for skip in analysis.skips] == [
        (SkipReason.HIDDEN_MODULE, "queue", 1)
    ]
    assert seen(analysis, "jobs(keras.Input((3,)))")[0].output.shape == (None, 9)


def test_a_program_named_like_its_framework(evaluations: Evaluations, tmp_path: Path) -> None:
    program = tmp_path / "tensorflow.py"
    program.write_text("import tensorflow as tf\nx = tf.zeros((3, 4))\n")
    analysis = evaluations.file(program)
    (fault,) = [fault for fault in analysis.faults if fault.exception == "AttributeError"]
    assert "partially initialized module 'tensorflow'" in fault.message
    assert "has no attribute 'zeros'" in fault.message


def test_builtins_that_the_program_breaks(run: Run) -> None:
    analysis = run(
        """
        import keras, json, os
        x = keras.Input((3,))
        json.dumps = os.write = lambda *a, **k: 1 / 0
        y = keras.layers.Dense(2)(x)
        """
    )
    clean(analysis)
    assert seen(analysis, "keras.layers.Dense(2)(x)")


def test_attributes_that_a_failed_call_would_have_set(run: Run) -> None:
    analysis = run(
        """
        import keras, tensorflow as tf
        class Inner(keras.layers.Layer):
            def call(self, x):
                y = tf.ones((2, 4)) @ tf.ones((5, 6))
                self.weights_seen = y
                return y
        class Outer:
            def __init__(self):
                self.inner = Inner()
            def run(self, x):
                self.scores = self.inner(x)
        a = Outer()
        a.run(tf.ones((2, 4)))
        s = a.scores
        t = a.inner.weights_seen
        u = a.never_there_because_misspelt
        b = Outer()
        v = b.scores
        """
    )
    assert [fault.location.span.line for fault in analysis.faults] == [3, 17], "b is an object of its own"
    assert [skip.name for skip in analysis.skips] == ["scores", "weights_seen", "never_there_because_misspelt"]


@pytest.mark.parametrize("terms", [1500, 20_000])
def test_very_long_chains(run: Run, terms: int) -> None:
    analysis = run("import keras\nx = keras.Input((3,))\ny = 1\nz = " + " + ".join(["y"] * terms) + "\n")
    assert not analysis.faults
    assert seen(analysis, "keras.Input((3,))") or analysis.skips


def test_layers_that_libraries_make_are_told_of_their_expression(run: Run) -> None:
    analysis = run(
        """
        import keras, numpy as np
        base = keras.applications.MobileNet(weights=None, input_shape=(32, 32, 3), classes=4)
        twice = [base(np.zeros((1, 32, 32, 3), "float32")) for _ in range(2)]
        """
    )
    clean(analysis)
    made, called = (item for item in analysis.observations if item.role is Role.INSIDE and item.layer_name == "conv1")
    assert made.output.shape == (None, 16, 16, 32) and made.location.span.line == 1
    assert called.output.shape == (1, 16, 16, 32) and called.location.span.line == 2
    assert (made.count, called.count) == (1, 2)
