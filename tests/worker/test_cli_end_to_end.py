"""The command line as a user starts it: real processes, the real pool, real Keras."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import shapelens

SERVER = str(Path(shapelens.__file__).parent.parent)
OWN = ("--python", sys.executable)
"""The interpreter of the tests, which has Keras; the repository may hold an environment that has not."""

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "shapelens", *map(str, arguments)]


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "FORCE_COLOR", "NO_COLOR")}
    return {**kept, "PYTHONPATH": SERVER, **more}


def run(*arguments: str | Path, cwd: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), cwd=cwd, env=environment(**more), capture_output=True, encoding="utf-8", timeout=100
    )


def checked(*arguments: str | Path, cwd: Path | None = None) -> tuple[int, dict[str, Any]]:
    result = run("check", *OWN, "--format", "json", *arguments, cwd=cwd)
    assert result.stderr == ""
    return result.returncode, json.loads(result.stdout)


def lines_and_codes(file: dict[str, Any]) -> list[tuple[int, str]]:
    return [(item["range"]["start"]["line"] + 1, item["code"]) for item in file["diagnostics"]]


@pytest.fixture(scope="module")
def models(fixtures: Path) -> Path:
    return fixtures / "models"


def test_errors_and_shapes_as_json(models: Path) -> None:
    code, report = checked(models / "e3_dense_into_lstm.py", models / "c2_cnn_with_flatten.py")
    assert code == 1
    assert report["version"] == 1
    assert report["environment"]["keras"]
    assert report["environment"]["device"] == "cpu"
    broken, sound = report["files"]
    assert (broken["status"], sound["status"]) == ("partial", "evaluated")
    (diagnostic,) = broken["diagnostics"]
    assert (diagnostic["code"], diagnostic["severity"]) == ("layer-rank-mismatch", "error")
    assert diagnostic["range"] == {"start": {"line": 6, "character": 10}, "end": {"line": 6, "character": 25}}
    assert sound["diagnostics"] == []
    assert [None, 26, 26, 32] in [item["shape"] for item in sound["shapes"]]


def test_the_text_report_marks_the_expression(models: Path) -> None:
    result = run("check", *OWN, models / "e3_dense_into_lstm.py")
    assert result.returncode == 1
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    marked = next(number for number, line in enumerate(lines) if "layers.LSTM(64)" in line)
    assert lines[marked].index("layers.LSTM(64)") == lines[marked + 1].index("^" * len("layers.LSTM(64)"))
    assert "error[layer-rank-mismatch]" in lines[marked + 2]
    assert "\x1b" not in result.stdout


KERAS_FAULTS = """\
import keras, numpy as np, tensorflow as tf
from keras import Input, layers, ops
d = layers.Dense(3)
d(Input((4,)))
zeros = lambda *shape: tf.zeros(shape)
layers.LSTM(3)(Input((4,)))  # layer-rank-mismatch
layers.Conv2D(3, 3)(Input((28, 28)))  # layer-rank-mismatch
layers.RepeatVector(3)(Input((4, 5)))  # layer-rank-mismatch
layers.TimeDistributed(layers.Dense(3))(Input(()))  # layer-rank-mismatch
d(Input((5,)))  # feature-axis-mismatch
layers.Conv2D(4, 3, groups=2)(Input((8, 8, 3)))  # feature-axis-mismatch
layers.Reshape((64,))(Input((1,)))  # reshape-size-mismatch
layers.Reshape((-1, 7))(Input((10,)))  # reshape-size-mismatch
tf.reshape(zeros(2, 3), (4, 5))  # reshape-size-mismatch
np.zeros((2, 3)).reshape(4, 5)  # reshape-size-mismatch
layers.Concatenate()([Input((3, 4)), Input((4, 4))])  # merge-mismatch
layers.Add()([Input((3,)), Input((4,))])  # merge-mismatch
layers.Add()(Input((3,)))  # merge-mismatch
layers.Dot(axes=1)([Input((3,)), Input((4,))])  # merge-mismatch
layers.Subtract()([Input((3,))] * 3)  # merge-mismatch
layers.Conv2D(3, 3)(Input((2, 2, 1)))  # non-positive-dimension
layers.MaxPooling2D(3)(Input((2, 2, 1)))  # non-positive-dimension
layers.Cropping1D(3)(Input((4, 4)))  # non-positive-dimension
tf.matmul(zeros(2, 3), zeros(4, 5))  # operation-shape-mismatch
ops.matmul(Input((3,)), zeros(4, 5))  # operation-shape-mismatch
np.zeros((2, 3)) @ np.zeros((4, 5))  # operation-shape-mismatch
zeros(2, 3) + zeros(2, 4)  # operation-shape-mismatch
Input((3,)) + Input((4,))  # operation-shape-mismatch
np.zeros((2, 3)) + np.zeros((2, 4))  # operation-shape-mismatch
tf.concat([zeros(2, 3), zeros(3, 4)], 1)  # operation-shape-mismatch
tf.einsum("ij,jk->ik", zeros(2, 3), zeros(4, 5))  # operation-shape-mismatch
ops.stack([Input((3,)), Input((4,))])  # operation-shape-mismatch
tf.function(lambda a, b: tf.matmul(a, b))(zeros(2, 3), zeros(4, 5))  # operation-shape-mismatch
keras.losses.CategoricalCrossentropy()(zeros(8, 3), zeros(8, 4))  # loss-target-mismatch
keras.Model(m := Input((28, 28, 1)), m)(zeros(8, 32, 32, 3))  # input-structure-mismatch
layers.Dense(-1)  # keras-error
layers.Dense(3, bogus=1)  # keras-error
layers.Dens(3)  # python-error
layers.Dense()  # python-error
int("three")  # python-error
print(undefined)  # not-evaluated
"""


def test_every_kind_of_fault_has_its_code(tmp_path: Path) -> None:
    (tmp_path / "faults.py").write_text(KERAS_FAULTS)
    code, report = checked("faults.py", cwd=tmp_path)
    assert code == 1
    expected = [
        (number, line.split("  # ")[1]) for number, line in enumerate(KERAS_FAULTS.splitlines(), 1) if "  # " in line
    ]
    assert lines_and_codes(report["files"][0]) == expected


def test_a_folder_with_every_kind_of_odd_file(tmp_path: Path) -> None:
    write = {
        "a_latin.py": b"# -*- coding: latin-1 -*-\nimport keras\nx = '\xe9'; y = keras.Input((3,))\n",
        "b_invalid.py": b"import keras\nx = '\xe9'\n",
        "c_syntax.py": b"import keras\nx = (1,\n",
        "d_mark.py": b"\xef\xbb\xbfimport keras\r\nx = keras.Input((3,))\r\n",
        "e_exits.py": b"import keras, os\nx = keras.Input((3,))\nos._exit(3)\n",
        "f_loops.py": b"import keras\nx = keras.Input((3,))\nwhile True:\n    pass\n",
        "g_module.py": b"import keras\n\ndef block(x):\n    return keras.layers.LSTM(3)(x)\n",
        "h_program.py": b"import keras\nfrom g_module import block\ny = block(keras.Input((3,)))\n",
        "unrelated.py": b"import json\n",
        "book.ipynb": b"{}",
    }
    for name, data in write.items():
        (tmp_path / name).write_bytes(data)
    code, report = checked(".", "book.ipynb", "--budget-seconds", "1", "--jobs", "2", cwd=tmp_path)
    assert code == 1
    files = {file["path"]: file for file in report["files"]}
    assert list(files) == [name for name in write if name != "unrelated.py"]
    assert {path: file["status"] for path, file in files.items()} == {
        "a_latin.py": "evaluated",
        "b_invalid.py": "failed",
        "c_syntax.py": "failed",
        "d_mark.py": "evaluated",
        "e_exits.py": "partial",
        "f_loops.py": "partial",
        "g_module.py": "partial",  # what its caller finds wrong there is shown there
        "h_program.py": "partial",
        "book.ipynb": "failed",
    }
    found = {path: lines_and_codes(file) for path, file in files.items() if file["diagnostics"]}
    assert found == {
        "b_invalid.py": [(1, "not-evaluated")],
        "c_syntax.py": [(2, "not-evaluated")],
        "e_exits.py": [(3, "evaluation-stopped")],
        "f_loops.py": [(3, "evaluation-stopped")],
        "g_module.py": [(4, "layer-rank-mismatch")],
        "book.ipynb": [(1, "not-evaluated")],
    }
    related = files["g_module.py"]["diagnostics"][0]["related"]
    assert [(item["path"], item["range"]["start"]["line"]) for item in related] == [("h_program.py", 2)]
    assert files["d_mark.py"]["shapes"][0]["range"]["start"] == {"line": 1, "character": 4}


def test_a_program_runs_in_the_root_of_its_project_or_where_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "units.txt").write_text("7")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "units.txt").write_text("9")
    (tmp_path / "src" / "model.py").write_text(
        "import keras\ny = keras.layers.Dense(int(open('units.txt').read()))(keras.Input((3,)))\n"
    )
    for options, units in ([], 7), (["--cwd", tmp_path / "src"], 9):
        code, report = checked(tmp_path / "src" / "model.py", *options)
        assert code == 0
        assert [None, units] in [item["shape"] for item in report["files"][0]["shapes"]]


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment without Keras."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    return folder


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program.py"
    path.write_text("import keras\nx = keras.Input((3,))\n")
    return path


def assert_one_sentence_and_advice(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
    problem, advice = result.stderr.splitlines()
    assert problem.startswith("shapelens: ")
    assert advice
    for word in words:
        assert word in problem


def test_an_environment_without_keras(program: Path, bare: Path) -> None:
    result = run("check", program, "--python", bare)
    assert_one_sentence_and_advice(result, str(bare), "has no Keras")
    assert result.stdout == ""


def test_json_stays_valid_without_an_environment(program: Path, bare: Path) -> None:
    result = run("check", "--format", "json", program, "--python", bare)
    assert_one_sentence_and_advice(result, "has no Keras")
    (file,) = json.loads(result.stdout)["files"]
    assert (file["status"], file["diagnostics"], file["shapes"]) == ("skipped", [], [])


def test_an_old_python(program: Path) -> None:
    old = _old_python()
    if old is None:
        pytest.skip("no Python 3.8 on this machine")
    assert_one_sentence_and_advice(run("check", program, "--python", old), "too old", "3.8")


def _old_python() -> str | None:
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    installed = sorted(versions.glob("3.8.*/bin/python"))
    return str(installed[0]) if installed else shutil.which("python3.8")


@pytest.fixture
def broken(tmp_path: Path) -> str:
    """A PYTHONPATH on which TensorFlow cannot be imported."""
    package = tmp_path / "broken" / "tensorflow"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('libcudart.so.12: cannot open shared object file')\n")
    return os.pathsep.join((str(package.parent), SERVER))


def test_a_broken_tensorflow(program: Path, broken: str) -> None:
    result = run("check", *OWN, program, PYTHONPATH=broken)
    assert_one_sentence_and_advice(result, "tensorflow", "libcudart.so.12: cannot open shared object file")


def test_the_doctor_finds_what_is_wrong(tmp_path: Path, bare: Path, broken: str) -> None:
    for options, more, word in (["--python", bare], {}, "has no Keras"), (OWN, {"PYTHONPATH": broken}, "libcudart"):
        result = run("doctor", *options, cwd=tmp_path, **more)
        assert result.returncode == 2
        assert result.stderr == ""
        assert word in result.stdout
        assert "Traceback" not in result.stdout


def test_the_doctor_says_what_works(tmp_path: Path) -> None:
    result = run("doctor", *OWN, "--format", "json", cwd=tmp_path)
    assert result.returncode == 0
    findings = json.loads(result.stdout)
    assert findings["works"] is True
    assert findings["interpreter"]["path"]
    assert findings["environment"]["sandbox"] in ("strict", "basic")
    assert findings["sandbox_detail"]
    assert findings["cores"] >= 1


def test_a_reader_that_goes_away_is_no_failure(models: Path) -> None:
    with subprocess.Popen(
        command("check", *OWN, models / "e3_dense_into_lstm.py"),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 1


@LINUX
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_nothing_behind(tmp_path: Path, number: int, status: int) -> None:
    path = tmp_path / "endless.py"
    path.write_text("import keras\nwhile True:\n    pass\n")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with subprocess.Popen(
        command("check", *OWN, path, "--budget-seconds", "60"),
        env=environment(TMPDIR=str(temporary)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        started: set[int] = set()
        deadline = time.monotonic() + 60
        # The host, and the child that it forked for the evaluation.
        while len(started) < 2 and time.monotonic() < deadline:
            started = set(_descendants(process.pid))
            time.sleep(0.05)
        time.sleep(0.2)
        started |= set(_descendants(process.pid))
        process.send_signal(number)
        output, errors = process.communicate(timeout=30)
    assert (process.returncode, output, errors) == (status, b"", b"")
    assert not list(temporary.iterdir())
    deadline = time.monotonic() + 5
    while any(map(_is_alive, started)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [number for number in started if _is_alive(number)] == []


def _descendants(number: int) -> Iterator[int]:
    try:
        children = Path(f"/proc/{number}/task/{number}/children").read_text().split()
    except OSError:
        return
    for child in map(int, children):
        yield child
        yield from _descendants(child)


def _is_alive(number: int) -> bool:
    return Path(f"/proc/{number}").exists()


@LINUX
def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "model.py").write_text("import keras\nx = keras.Input((3,))\n")
    code, report = checked(tmp_path)
    assert (code, [Path(file["path"]).name for file in report["files"]]) == (0, ["model.py"])


def test_an_interpreter_is_counted_from_the_current_folder(program: Path, bare: Path, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    below = tmp_path / "below"
    below.mkdir()
    (below / "environment").symlink_to(bare, target_is_directory=True)
    result = run("check", "--python", "./environment", program, cwd=below)
    assert result.returncode == 2
    assert str(below / "environment") in result.stderr and "has no Keras" in result.stderr


def test_the_usual_end_of_a_script_leaves_nothing_out(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(
        "import sys\nimport keras\n\n\ndef main():\n    keras.Input((3,))\n    return 0\n\n\n"
        'if __name__ == "__main__":\n    sys.exit(main())\n'
    )
    code, report = checked(path)
    assert (code, report["files"][0]["status"], report["files"][0]["diagnostics"]) == (0, "evaluated", [])


def test_an_exception_that_the_program_catches_leaves_it_evaluated(models: Path) -> None:
    _, report = checked(models / "broken_but_handled.py")
    assert report["files"][0]["status"] == "evaluated"
