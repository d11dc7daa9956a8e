"""How repairs are written into a file: its own names, its imports, its indentation; comments stay."""

from __future__ import annotations

import ast
import textwrap

import pytest

from shapelens.repairs.model import Outcome, TextEdit
from shapelens.repairs.patch import patched
from shapelens.repairs.sites import insert_before, insert_behind, site_of
from shapelens.repairs.style import Style
from shapelens.source.syntax_tree import SourceTree, callee
from shapelens.worker.contract import Span


def inserted(text: str, layer: str, before: str, behind: bool = False) -> str:
    """Return the text with Flatten in front of the layer of this class."""
    source = textwrap.dedent(text).lstrip("\n")
    tree = SourceTree(source)
    makers = [node for node in tree.walk(ast.Call) if callee(node) == before]
    site = site_of(tree, makers[-1])
    assert site is not None
    written = Style(tree).layer(layer, makers[-1])
    insertion = (insert_behind if behind else insert_before)(tree, site, written)
    assert insertion is not None
    change = patched(source, insertion.edits)
    assert change is not None
    place = change.place(insertion.outcome, insertion.edits)
    assert place is not None
    return change.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            """
            from keras import layers
            model.add(layers.Conv2D(3, 3))
            model.add(layers.Dense(10))  # scores
            """,
            "model.add(layers.Flatten())\nmodel.add(layers.Dense(10))  # scores\n",
        ),
        (
            """
            import tensorflow as tf
            model = tf.keras.Sequential([
                tf.keras.layers.Conv2D(3, 3),  # 26 x 26
                tf.keras.layers.Dense(10),
            ])
            """,
            "    tf.keras.layers.Flatten(),\n    tf.keras.layers.Dense(10),\n])\n",
        ),
        (
            """
            from keras.layers import Conv2D, Dense
            model = Sequential([Conv2D(3, 3), Dense(10)])
            """,
            "import Conv2D, Dense, Flatten\nmodel = Sequential([Conv2D(3, 3), Flatten(), Dense(10)])\n",
        ),
        (
            """
            from keras.layers import (
                Conv2D,
                Dense,
            )
            def build(x):
                x = Conv2D(3, 3)(x)
                x = Dense(10)(x)
                return x
            """,
            "    x = Flatten()(x)\n    x = Dense(10)(x)\n    return x\n",
        ),
        (
            """
            from tensorflow.keras import layers as L
            outputs = L.Dense(10)(features)
            """,
            "outputs = L.Dense(10)(L.Flatten()(features))\n",
        ),
    ],
)
def test_a_layer_is_inserted_as_the_file_writes_them(text: str, expected: str) -> None:
    assert inserted(text, "Flatten", "Dense").endswith(expected)


def test_a_layer_is_inserted_behind_another() -> None:
    text = "from keras import layers\nmodel.add(layers.LSTM(3))  # sequence\nmodel.add(layers.Dense(1))\n"
    changed = inserted(text, "Flatten", "LSTM", behind=True)
    assert changed.splitlines()[1:3] == ["model.add(layers.LSTM(3))  # sequence", "model.add(layers.Flatten())"]


def test_columns_count_characters_and_line_ends_stay() -> None:
    text = "from keras import layers\r\ngröße = '\U0001f600'; m.add(layers.Dense(10))\r\n"
    changed = inserted(text, "Flatten", "Dense")
    assert changed == (
        "from keras import layers\r\ngröße = '\U0001f600'; m.add(layers.Flatten()); m.add(layers.Dense(10))\r\n"
    )


def test_edits_that_overlap_make_no_patch() -> None:
    one, other = TextEdit(Span(0, 0, 0, 4), "a"), TextEdit(Span(0, 3, 0, 6), "b")
    assert patched("some text\n", (one, other)) is None


def test_spans_are_found_again_after_a_patch() -> None:
    text = "a = 1\nb = Dense(3)\nc = 3\n"
    edits = (TextEdit(Span(0, 4, 0, 5), "one +\\\n  1"), TextEdit(Span(1, 4, 1, 4), "Flatten() or "))
    change = patched(text, edits)
    assert change is not None and change.text == "a = one +\\\n  1\nb = Flatten() or Dense(3)\nc = 3\n"
    assert change.moved(Span(1, 4, 1, 12)) == Span(2, 17, 2, 25)
    assert change.moved(Span(2, 0, 2, 5)) == Span(3, 0, 3, 5)
    assert change.place(Outcome(1, "Flatten()"), edits) == Span(2, 4, 2, 13)


@pytest.mark.parametrize(
    ("head", "written", "added"),
    [
        ("import numpy as np\nfrom tensorflow import keras\n", "keras.utils.to_categorical", ""),
        ("from keras.utils import to_categorical as hot\n", "hot", ""),
        ("import tensorflow as tf\n", "tf.keras.utils.to_categorical", ""),
        ("from keras.models import Sequential\n", "to_categorical", "from keras.utils import to_categorical\n"),
    ],
)
def test_helpers_are_named_by_what_is_imported(head: str, written: str, added: str) -> None:
    found = Style(SourceTree(head + "x = 1\n")).utility("to_categorical")
    assert (found.text, "".join(edit.text for edit in found.edits)) == (written, added)
