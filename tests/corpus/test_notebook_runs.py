"""Notebooks are read as IPython would run them, and no line moves."""

from __future__ import annotations

import json
import textwrap

import pytest

from support.notebooks import python_of, read_notebook


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("x = 1", "x = 1"),
        ("%matplotlib inline\nimport numpy", "pass\nimport numpy"),
        ("!pip install -q \\\n    keras\nx = 1", "pass\n\nx = 1"),
        ("if True:\n    !ls\n    y = 5 % 2", "if True:\n    pass\n    y = 5 % 2"),
        ("files = !ls data\nlen(files)", "files = []\nlen(files)"),
        ("%%time\nmodel.fit(x)", "\nmodel.fit(x)"),
        ("%%bash\nls -l\nrm x", "\n\n"),
        ("model?\n?model\nx = 1", "pass\npass\nx = 1"),
        ("x = (5\n% 3)\n%time y = 1", "x = (5\n% 3)\ny = 1"),
        ('text = """\n%not magic\n!nor this\n"""\n%env A=1', 'text = """\n%not magic\n!nor this\n"""\npass'),
        ("a = 'it''s' # don't (\n%pip list", "a = 'it''s' # don't (\npass"),
        ("total = 7 \\\n % 3\n%pwd", "total = 7 \\\n % 3\npass"),
    ],
)
def test_what_is_not_python_is_stepped_over(cell: str, python: str) -> None:
    assert python_of(cell) == python


def test_cells_are_joined_and_found_again() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# Title"]},
        {"cell_type": "code", "source": ["import keras\n", "x = 1"]},
        {"cell_type": "code", "source": ""},
        {"cell_type": "code", "source": "y = x\nz = y\n"},
    ]
    notebook = read_notebook(json.dumps({"cells": cells, "nbformat": 4}))
    assert notebook.text == textwrap.dedent(
        """\
        import keras
        x = 1

        y = x
        z = y

        """
    )
    assert [notebook.place(line) for line in range(6)] == [(1, 0), (1, 1), (2, 0), (3, 0), (3, 1), (3, 2)]
