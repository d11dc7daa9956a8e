"""Before Python 3.11 code objects know no columns: faults are found by marks, at the same expressions."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

DRIVER = """
import sys
sys.path.insert(0, sys.argv[1])
from shapelens.worker.contract import Fault, Limits, Program, Skip
from shapelens.worker.framework import load_framework
from shapelens.worker.runner import Runner

def tell(told):
    if isinstance(told, (Fault, Skip)):
        span = told.location.span
        print(span.line, span.column, span.end_line, span.end_column, type(told).__name__, file=sys.stderr)

load_framework(lambda stage: None)
text = open(sys.argv[2]).read()
program = Program(sys.argv[2], text, ".")
runner = Runner(program, Limits(), tell, lambda location: None, columns=sys.argv[3] == "columns")
runner.run()
"""

PROGRAM = """
import keras
from keras import layers
x = keras.Input((3,))
a = layers.Dense(2)(layers.LSTM(3)(x))
b = layers.Dense(2)(x) + missing
c = [layers.Dense(n)(
    x) for n in (1, 2, -1)]
d = c
model = keras.Sequential([
    keras.Input((4,)),
    layers.Dense(2), layers.Reshape((5,)),
])
class Block(layers.Layer):
    def call(self, inputs):
        h = inputs[:, :2]; return keras.ops.concatenate([h, keras.ops.zeros((2, 2, 2))])
Block()(x)
try:
    layers.GRU(1)(x)
except ValueError:
    pass
def two_deep(value):
    return inner(value)
def inner(value): return (value,
    layers.Conv2D(1, 1)(value))
two_deep(x)
"""


@pytest.mark.slow
def test_marks_find_what_columns_find(tmp_path: Path, repository: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.lstrip("\n"))
    driver = tmp_path / "driver.py"
    driver.write_text(textwrap.dedent(DRIVER))
    found = {}
    for way in ("columns", "marks") if sys.version_info >= (3, 11) else ("marks",):
        command = [sys.executable, driver, repository / "server", program, way]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
        found[way] = [line for line in done.stderr.splitlines() if line.endswith((" Fault", " Skip"))]
    if sys.version_info >= (3, 11):
        assert len(found["columns"]) >= 8
        assert found["marks"] == found["columns"]
    else:
        assert "3 20 3 37 Fault" in found["marks"]
