"""Instrumented code sees what a plain run of the file sees."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from shapelens.worker.contract import Fault, SourceText
from support.evaluation import Evaluations, Run, runner, seen

CHECKS = '''
    """The module's docstring."""
    from __future__ import annotations
    import inspect, os, pickle, sys
    import keras

    "a string on its own"

    class Widget:
        """A class."""
        __secret = 1

        def get(self, flag: "made up" = 3) -> int:
            """A method."""
            return self.__secret + flag

    def decorated(function):
        return function

    @decorated
    def outer(x, *rest, key=None, **more):
        def inner():
            nonlocal x
            x += 1
            return x
        return inner() if rest else [n for n in range(x)]

    def report():
        found = {
            "name": __name__,
            "file": os.path.basename(__file__),
            "argv": [os.path.basename(a) for a in sys.argv],
            "path": os.path.samefile(sys.path[0], os.path.dirname(__file__)),
            "doc": __doc__,
            "globals": sorted(n for n in globals() if "shapelens" in n),
            "annotations": Widget.get.__annotations__,
            "source": inspect.getsource(Widget.get),
            "class source": inspect.getsource(Widget),
            "pickled": pickle.loads(pickle.dumps(Widget)) is Widget,
            "main": sys.modules["__main__"].Widget is Widget,
            "private": Widget().get(),
            "closure": (outer(2, 1), outer(2)),
            "line": inspect.currentframe().f_lineno,
            "stack": [frame.function for frame in inspect.stack()][:2],
            "module": Widget.__module__,
            "super": type("Sub", (Widget,), {}).get.__qualname__,
            "text": f"{len('ab')!r:>4}",
            "walrus": (y := 5) + y,
            "star": [*range(2), *(1, 2)],
            "names": keras.layers.Dense(1).name,
        }
        return found
'''


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plain") / "program.py"
    path.write_text(textwrap.dedent(CHECKS).lstrip("\n"))
    return path


def test_what_code_can_ask_about_itself(evaluations: Evaluations, program: Path) -> None:
    plain_text = program.read_text() + "print(report())\n"
    # The evaluation tells what it found through an exception's message: it can write nothing else.
    asked_text = program.read_text() + "raise RuntimeError(str(report()))\n"
    program.write_text(plain_text)
    plain = subprocess.run([sys.executable, program], capture_output=True, text=True, check=True, cwd=program.parent)
    (fault,) = evaluations.text(asked_text, program).faults
    assert isinstance(fault, Fault)
    assert fault.message == plain.stdout.strip()


def test_unsaved_text_of_a_module_is_what_is_imported(evaluations: Evaluations, tmp_path: Path) -> None:
    (tmp_path / "blocks.py").write_text("UNITS = 3\n")
    unsaved = "import keras\nUNITS = 7\ndef head(x):\n    return keras.layers.Dense(UNITS)(x)\n"
    analysis = evaluations.text(
        "import keras\nfrom blocks import head\ny = head(keras.Input((2,)))\n",
        tmp_path / "program.py",
        modules=(SourceText(str(tmp_path / "blocks.py"), unsaved),),
    )
    inside = [item for item in analysis.observations if item.location.path.endswith("blocks.py")]
    assert [item.output.shape for item in inside if item.node == "Call" and item.target is None][-1:] == [(None, 7)]
    assert all(item.via[0].path.endswith("program.py") for item in inside if item.via)


def test_fault_in_a_local_module_is_shown_there_with_its_caller(evaluations: Evaluations, tmp_path: Path) -> None:
    (tmp_path / "blocks.py").write_text("import keras\ndef head(x):\n    return keras.layers.LSTM(3)(x)\n")
    analysis = evaluations.text(
        "import keras\nimport blocks\ny = blocks.head(keras.Input((2,)))\n", tmp_path / "program.py"
    )
    (fault,) = analysis.faults
    assert fault.location.path == str(tmp_path / "blocks.py") and fault.location.span.line == 2
    (frame,) = fault.frames
    assert frame.location.path == str(tmp_path / "program.py") and frame.location.span.line == 2


def test_nothing_is_written_beside_the_program(evaluations: Evaluations, tmp_path: Path) -> None:
    (tmp_path / "blocks.py").write_text("UNITS = 3\n")
    run = runner(evaluations, tmp_path)
    run("import blocks\nopen('made.txt', 'w')\n")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["blocks.py"]


def test_converted_functions_are_recorded_and_keep_their_lines(run: Run) -> None:
    analysis = run(
        """
        import tensorflow as tf

        @tf.function
        def step(a, b):
            # a comment line
            c = a @ b
            if tf.reduce_sum(c) > 0:
                c = c * 2
            return c

        good = step(tf.ones((2, 3)), tf.ones((3, 5)))
        bad = step(tf.ones((2, 3)), tf.ones((4, 5)))
        """
    )
    assert seen(analysis, "a @ b")[0].output.shape == (2, 5)
    assert seen(analysis, "c * 2")[0].output.shape == (2, 5)
    (fault,) = analysis.faults
    assert (fault.location.span.line, fault.location.span.column) == (5, 8)
    assert fault.frames[0].location.span.line == 11
    assert 'program.py", line 6, in step' in fault.message


def test_forty_gigabytes_of_weights_cost_nothing(run: Run) -> None:
    analysis = run(
        """
        import keras
        model = keras.Sequential([keras.Input((100_000,)), keras.layers.Dense(100_000)])
        """
    )
    (model,) = [item for item in analysis.observations if item.name == "model"]
    assert model.parameters == 100_000 * 100_000 + 100_000
    assert analysis.finished is not None and analysis.finished.peak_memory_mb < 50


def test_values_of_variables_are_there_when_they_are_read(run: Run) -> None:
    analysis = run(
        """
        import keras
        import numpy as np
        layer = keras.layers.Dense(3, kernel_initializer="ones", bias_initializer="zeros")
        y = layer(np.ones((2, 4), "float32"))
        assert float(y[0, 0]) == 4.0
        layer.set_weights([np.full((4, 3), 2.0), np.ones(3)])
        assert float(layer(np.ones((2, 4), "float32"))[0, 0]) == 9.0
        layer.kernel.assign_add(np.ones((4, 3)))
        assert float(layer.kernel.numpy()[0, 0]) == 3.0
        other = keras.layers.Dense(2)
        other.build((None, 5))
        other.bias.assign([1.0, 2.0])
        assert other.get_weights()[1].tolist() == [1.0, 2.0]
        import tensorflow as tf
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(other(tf.ones((2, 5))))
        gradients = tape.gradient(loss, other.trainable_variables)
        assert all(gradient is not None for gradient in gradients)
        optimizer = keras.optimizers.Adam()
        optimizer.apply_gradients(zip(gradients, other.trainable_variables))
        """
    )
    assert not analysis.faults, analysis.faults[0].message
    assert not analysis.skips


def test_module_that_was_never_saved_can_be_imported(evaluations: Evaluations, tmp_path: Path) -> None:
    analysis = evaluations.text(
        "import keras\nfrom parts.head import UNITS\ny = keras.layers.Dense(UNITS)(keras.Input((2,)))\n",
        tmp_path / "program.py",
        modules=(
            SourceText(str(tmp_path / "parts" / "__init__.py"), ""),
            SourceText(str(tmp_path / "parts" / "head.py"), "UNITS = 11\n"),
        ),
    )
    assert seen(analysis, "keras.layers.Dense(UNITS)(keras.Input((2,)))")[0].output.shape == (None, 11)


def test_working_folder_that_is_not_there(evaluations: Evaluations, tmp_path: Path) -> None:
    analysis = evaluations.text("import keras\n", tmp_path / "program.py", directory=tmp_path / "nowhere")
    assert analysis.finished is not None and "cannot be entered" in analysis.finished.detail
