"""Callers in the workspace, found by jedi, and what reaches them."""

from __future__ import annotations

from pathlib import Path

import pytest

from shapelens.source.callers import CallerFile, CallerFinder

MODEL = (
    "import keras\ndef build_model(units):\n    return keras.layers.Dense(units)\nclass Net(keras.Model):\n    pass\n"
)


def put(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def find(
    root: Path, target: str = "shop/model.py", names: tuple[str, ...] = ("build_model", "Net"), **unsaved: str
) -> tuple[CallerFile, ...]:
    if not (root / target).exists():
        put(root, target, MODEL)
    texts = {str(root / name.replace("__", "/").replace("_py", ".py")): text for name, text in unsaved.items()}
    return CallerFinder().find(str(root / target), names, root, (str(root),), texts)


def expressions(root: Path, test: str) -> list[str]:
    put(root, "tests/test_model.py", test)
    return [call.expression for file in find(root) for call in file.calls]


def test_a_script_calls_by_itself(tmp_path: Path) -> None:
    put(tmp_path, "train.py", "from shop.model import build_model\nmodel = build_model(3)\n")
    (caller,) = find(tmp_path)
    assert (caller.path, caller.calls) == (str(tmp_path / "train.py"), ())


@pytest.mark.parametrize(
    "text",
    [
        "from shop.model import build_model\ndef test_it():\n    build_model(3)\n",
        "from shop.model import build_model as make\ndef test_it():\n    make(3)\n",
        "from shop import model\ndef test_it():\n    model.build_model(3)\n",
        "import shop.model as m\ndef test_it():\n    assert m.build_model(3)\n",
        "import shop.model\ndef test_it():\n    'ä'; shop.model.build_model(3)\n",
        "def test_it():\n    from shop.model import build_model\n    build_model(3)\n",
    ],
)
def test_a_test_has_to_be_called(tmp_path: Path, text: str) -> None:
    assert expressions(tmp_path, text) == ["test_it()"]


def test_a_parametrized_test_is_called_with_its_first_case(tmp_path: Path) -> None:
    text = """\
import pytest
from shop.model import build_model
@pytest.mark.parametrize("units, kind", [(3, "a"), (4, "b")])
@pytest.mark.parametrize("rate", [pytest.param(0.5, id="half")])
def test_it(units, kind, rate, *, deep=False):
    build_model(units)
"""
    assert expressions(tmp_path, text) == ["test_it(units=3, kind='a', rate=0.5)"]


def test_a_test_with_unknown_fixtures_is_not_called(tmp_path: Path) -> None:
    assert expressions(tmp_path, "from shop.model import Net\ndef test_it(tmp_path):\n    Net()\n") == []


def test_fixtures_are_called_for_what_they_make(tmp_path: Path) -> None:
    text = """\
import pytest
from shop.model import build_model, Net
@pytest.fixture
def model():
    return build_model(3)
@pytest.fixture()
def net():
    yield Net()
"""
    assert expressions(tmp_path, text) == ["model.__wrapped__()", "next(net.__wrapped__())"]


def test_methods_of_test_classes_are_called_behind_what_sets_them_up(tmp_path: Path) -> None:
    text = """\
import unittest
from shop.model import build_model
class ModelCase(unittest.TestCase):
    def setUp(self):
        self.units = 3
    def test_it(self):
        build_model(self.units)
class TestModel:
    def test_it(self):
        build_model(4)
"""
    assert expressions(tmp_path, text) == [
        "(lambda case: (case.setUp(), case.test_it()))(ModelCase('test_it'))",
        "TestModel().test_it()",
    ]


def test_another_function_of_that_name_is_no_caller(tmp_path: Path) -> None:
    put(tmp_path, "other.py", "def build_model(units):\n    return units\n")
    put(tmp_path, "train.py", "import shop.model\nfrom other import build_model\nbuild_model(3)\n")
    put(tmp_path, "words.py", "# shop.model: build_model\nimport shop\n")
    assert find(tmp_path) == ()


def test_a_package_may_offer_it_under_its_own_name(tmp_path: Path) -> None:
    put(tmp_path, "shop/__init__.py", "from .model import build_model\n")
    put(tmp_path, "train.py", "from shop import build_model\nbuild_model(3)\n")
    assert [Path(file.path).name for file in find(tmp_path)] == ["train.py"]


def test_tests_come_before_scripts_and_short_ones_before_long_ones(tmp_path: Path) -> None:
    put(tmp_path, "a_long.py", "from shop.model import Net\nNet()\n" + "# more\n" * 9)
    put(tmp_path, "b_short.py", "from shop.model import Net\nNet()\n")
    put(tmp_path, "tests/test_net.py", "from shop.model import Net\ndef test_net():\n    Net()\n" + "# more\n" * 9)
    assert [Path(file.path).name for file in find(tmp_path)] == ["test_net.py", "b_short.py", "a_long.py"]


def test_callers_of_a_caller_that_nobody_can_call(tmp_path: Path) -> None:
    put(tmp_path, "shop/blocks.py", "import keras\ndef block(x, units):\n    return keras.layers.Dense(units)(x)\n")
    put(tmp_path, "shop/model.py", "from shop.blocks import block\ndef build_model(x):\n    return block(x, 3)\n")
    put(tmp_path, "train.py", "from shop.model import build_model\nbuild_model(3)\n")
    (caller,) = find(tmp_path, "shop/blocks.py", ("block",))
    assert Path(caller.path).name == "train.py"


def test_what_an_editor_holds_counts_in_place_of_the_disk(tmp_path: Path) -> None:
    put(tmp_path, "train.py", "import keras\n")
    text = "from shop.model import build_model\nbuild_model(3)\n"
    (caller,) = find(tmp_path, train_py=text)
    assert caller.text == text
    assert len(find(tmp_path, scripts__new_py=text)) == 1


@pytest.mark.parametrize("folder", [".hidden", "node_modules", "env", "build"])
def test_folders_of_others_are_left_out(tmp_path: Path, folder: str) -> None:
    put(tmp_path, f"{folder}/train.py", "from shop.model import build_model\nbuild_model(3)\n")
    put(tmp_path, "env/pyvenv.cfg", "")
    assert find(tmp_path) == ()


@pytest.mark.parametrize(
    "text", ["def (\nbuild_model(3)\n", "\x00 build_model", "from shop.model import build_model\nx = (\n"]
)
def test_half_typed_callers_are_none(tmp_path: Path, text: str) -> None:
    put(tmp_path, "train.py", text)
    assert find(tmp_path) == ()


def test_looking_leaves_nothing_behind(tmp_path: Path) -> None:
    put(tmp_path, "train.py", "from shop.model import build_model\nbuild_model(3)\n")
    find(tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["model.py", "train.py"]
