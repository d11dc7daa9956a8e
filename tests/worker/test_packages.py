"""Files of packages are evaluated as modules of them, and find what the project's configuration makes importable."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from shapelens.diagnostics.model import Severity
from shapelens.evaluation.analysis import Analysis
from shapelens.worker.contract import Observation
from support.callers import Project
from support.evaluation import Evaluations, seen

BLOCKS = """\
from keras import layers


def block(x, units):
    return layers.Dense(units)(x)
"""

MODEL = """\
import keras

from .blocks import block

inputs = keras.Input((3,))
outputs = block(inputs, 5)
"""


@pytest.fixture
def project(evaluations: Evaluations, tmp_path: Path) -> Project:
    return Project(evaluations, tmp_path)


def shape(observation: Observation) -> object:
    return getattr(observation.output, "shape", None)


def outputs(analysis: Analysis) -> list[object]:
    return [shape(item) for item in seen(analysis, "block(inputs, 5)")]


def test_relative_imports_of_a_file_that_is_opened_alone(project: Project) -> None:
    project.put("src/shop/__init__.py", "")
    project.put("src/shop/blocks.py", BLOCKS)
    project.put("src/shop/model.py", MODEL)
    analysis, diagnostics = project.examined("src/shop/model.py")
    assert outputs(analysis) == [(None, 5)]
    assert not diagnostics


def test_a_namespace_package(project: Project) -> None:
    project.put("shop/parts/model.py", MODEL.replace(".blocks", "..common.blocks"))
    project.put("shop/common/blocks.py", BLOCKS)
    analysis, diagnostics = project.examined("shop/parts/model.py")
    assert outputs(analysis) == [(None, 5)]
    assert not diagnostics


def test_a_module_imports_its_own_package_by_name(project: Project) -> None:
    project.put("src/shop/__init__.py", "")
    project.put("src/shop/blocks.py", BLOCKS)
    project.put("src/shop/random.py", "raise RuntimeError('hides nothing: its folder is not searched')")
    project.put("src/shop/model.py", "import random\n" + MODEL.replace("from .blocks", "from shop.blocks"))
    analysis, diagnostics = project.examined("src/shop/model.py")
    assert outputs(analysis) == [(None, 5)]
    assert not diagnostics


def test_a_package_that_imports_the_file_shows_it_once(project: Project) -> None:
    project.put("shop/__init__.py", "from .model import outputs\n")
    project.put("shop/blocks.py", BLOCKS)
    project.put("shop/model.py", MODEL)
    analysis, diagnostics = project.examined("shop/model.py")
    assert outputs(analysis) == [(None, 5)]
    assert not diagnostics


def test_the_init_of_a_package(project: Project) -> None:
    project.put("shop/__init__.py", MODEL)
    project.put("shop/blocks.py", BLOCKS)
    analysis, diagnostics = project.examined("shop/__init__.py")
    assert outputs(analysis) == [(None, 5)]
    assert not diagnostics


def test_what_a_module_knows_of_itself_is_what_a_plain_run_tells_it(project: Project) -> None:
    asks = """\
import sys
import keras
from .blocks import block
module = sys.modules["__main__"].__name__
told = [__name__, __package__, __spec__.name, __spec__.parent, __file__, sys.argv[0], sys.path[0], module]
keras.Input([len(item) for item in told])
print(*told, sep="\\n")
"""
    project.put("shop/__init__.py", "")
    project.put("shop/blocks.py", BLOCKS)
    project.put("shop/model.py", asks)
    plain = subprocess.run(
        [sys.executable, "-m", "shop.model"],
        cwd=project.root,
        env={"PATH": "", "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=True,
    )
    told = plain.stdout.splitlines()
    assert told[:4] == ["__main__", "shop", "shop.model", "shop"]
    analysis, diagnostics = project.examined("shop/model.py")
    (found,) = seen(analysis, "keras.Input([len(item) for item in told])")
    assert shape(found) == (None, *map(len, told))
    assert not diagnostics


def test_a_fault_in_a_local_module_is_shown_there_with_the_caller(project: Project) -> None:
    project.put("shop/__init__.py", "")
    project.put("shop/blocks.py", BLOCKS.replace("Dense(units)", "LSTM(units)"))
    project.put("shop/model.py", MODEL)
    _, diagnostics = project.examined("shop/model.py")
    (found,) = (item for item in diagnostics if item.severity is Severity.ERROR)
    assert (Path(found.location.path).name, found.location.span.line) == ("blocks.py", 4)
    (related,) = found.related
    assert (Path(related.location.path).name, related.location.span.line) == ("model.py", 5)


def test_unsaved_modules_of_a_package(project: Project) -> None:
    project.put("shop/__init__.py", "")
    project.put("shop/blocks.py", BLOCKS)
    project.put("shop/model.py", MODEL)
    unsaved = {"shop/blocks.py": BLOCKS.replace("Dense(units)", "Dense(units * 2)")}
    assert outputs(project.examined("shop/model.py", unsaved)[0]) == [(None, 10)]


def test_a_package_that_was_never_saved(project: Project) -> None:
    (project.root / "shop").mkdir()
    unsaved = {"shop/__init__.py": "", "shop/blocks.py": BLOCKS, "shop/model.py": MODEL}
    assert outputs(project.examined("shop/model.py", unsaved)[0]) == [(None, 5)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pytest.ini", "[pytest]\npythonpath = lib\n"),
        (".env", "PYTHONPATH=lib\n"),
        (".vscode/settings.json", '{"python.analysis.extraPaths": ["lib"]}'),
        ("setup.cfg", "[options]\npackage_dir =\n    = lib\n"),
    ],
)
def test_folders_that_the_configuration_names(project: Project, name: str, text: str) -> None:
    project.put(name, text)
    project.put("lib/shop/__init__.py", "")
    project.put("lib/shop/blocks.py", BLOCKS)
    project.put("scripts/train.py", MODEL.replace("from .blocks", "from shop.blocks"))
    analysis, diagnostics = project.examined("scripts/train.py")
    assert outputs(analysis) == [(None, 5)]
    assert not diagnostics


def test_a_script_beside_a_package_in_the_root(project: Project) -> None:
    project.put("shop/__init__.py", "")
    project.put("shop/blocks.py", BLOCKS)
    project.put("scripts/train.py", MODEL.replace("from .blocks", "from shop.blocks"))
    assert outputs(project.examined("scripts/train.py")[0]) == [(None, 5)]
