"""A program's own choice of a Keras: obeyed where it is there, said at its statement where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from shapelens.evaluation.analysis import Status
from shapelens.worker.contract import Outcome, SkipReason
from support.evaluation import Evaluations, Run

pytestmark = pytest.mark.slow

DENSE = "x = keras.Input((4,))\ny = keras.layers.Dense(3)(x)\n"


def test_a_backend_that_is_not_installed_is_said_where_it_is_chosen(run: Run) -> None:
    analysis = run(f"import os\n\nos.environ['KERAS_BACKEND'] = 'jax'\nimport keras\n{DENSE}")
    (skip,) = analysis.skips
    assert (skip.reason, skip.location.span.line) == (SkipReason.MISSING_PACKAGE, 2)
    assert "is set to run on jax, which is not installed there" in skip.message
    assert (analysis.status, analysis.faults) == (Status.FAILED, ())


def test_other_files_are_evaluated_all_the_same(run: Run) -> None:
    run("import os\nos.environ['KERAS_BACKEND'] = 'jax'\nimport keras\n")
    assert run(f"import keras\n{DENSE}").status is Status.EVALUATED


def test_a_choice_that_is_the_usual_one_is_obeyed(run: Run) -> None:
    analysis = run(f"import os\nos.environ['KERAS_BACKEND'] = 'tensorflow'\nimport keras\n{DENSE}")
    assert (analysis.status, analysis.environment.backend) == (Status.EVALUATED, "tensorflow")


def test_a_choice_of_the_usual_backend_needs_no_host_of_its_own(tmp_path: Path) -> None:
    evaluations = Evaluations()
    path = tmp_path / "program.py"
    evaluations.text(f"import keras\n{DENSE}", path)
    before = evaluations.pool.hosts_started
    evaluations.text(f"import os\nos.environ['KERAS_BACKEND'] = 'tensorflow'\nimport keras\n{DENSE}", path)
    evaluations.text(f"import os\nos.environ.setdefault('KERAS_BACKEND', 'tensorflow')\nimport keras\n{DENSE}", path)
    started = evaluations.pool.hosts_started
    evaluations.close()
    assert (before, started) == (1, 1)


def test_a_choice_that_a_local_module_makes_is_noticed(evaluations: Evaluations, tmp_path: Path) -> None:
    (tmp_path / "configured.py").write_text("import os\nos.environ['KERAS_BACKEND'] = 'torch'\n", "utf-8")
    path = tmp_path / "program.py"
    analysis = evaluations.text(f"import configured\nimport keras\n{DENSE}", path)
    (skip,) = analysis.skips
    assert "torch, which is not installed" in skip.message


def test_set_backend_is_obeyed(run: Run) -> None:
    analysis = run(f"import keras\nkeras.config.set_backend('tensorflow')\n{DENSE}")
    assert analysis.status is Status.EVALUATED
    analysis = run(f"import keras\nwanted = 'to' + 'rch'\nkeras.config.set_backend(wanted)\n{DENSE}")
    (skip,) = analysis.skips
    assert "torch, which is not installed" in skip.message


def test_setting_it_after_the_import_changes_nothing(run: Run) -> None:
    analysis = run(f"import os\nimport keras\nos.environ['KERAS_BACKEND'] = 'jax'\n{DENSE}")
    assert analysis.finished is not None and analysis.finished.outcome is Outcome.COMPLETED
    assert analysis.status is Status.EVALUATED


def test_a_missing_tf_keras_is_said_at_its_import(run: Run) -> None:
    analysis = run("import tf_keras as keras\nx = keras.Input((4,))\n")
    (skip,) = analysis.skips
    assert (skip.location.span.line, skip.name) == (0, "tf_keras")
    assert "The program imports tf_keras, which is not installed" in skip.message


def test_the_settings_file_of_keras_is_obeyed(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    settings = tmp_path / "keras.json"
    settings.write_text('{"backend": "tensorflow", "floatx": "float64"}', "utf-8")
    (tensor,) = [item for item in run(f"import keras\n{DENSE}").observations if item.name == "y"]
    assert "float64" in repr(tensor.output)
    settings.write_text('{"backend": "tensorflow", "floatx": "float16"}', "utf-8")
    (tensor,) = [item for item in run(f"import keras\n{DENSE}").observations if item.name == "y"]
    assert "float16" in repr(tensor.output), "a host that has read the old settings is replaced"
