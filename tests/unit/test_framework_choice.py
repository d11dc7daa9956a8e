"""Which Keras a program chooses, told from its text."""

from __future__ import annotations

import pytest

from shapelens.source.framework_choice import NO_CHOICE, FrameworkChoice, framework_choice
from shapelens.worker.contract import Span

JAX = (("KERAS_BACKEND", "jax"),)
LEGACY = (("TF_USE_LEGACY_KERAS", "1"),)


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("import os\nos.environ['KERAS_BACKEND'] = 'jax'\nimport keras\n", JAX),
        ("from os import environ\nenviron['KERAS_BACKEND'] = 'jax'\nimport keras\n", JAX),
        ("import os\nNAME = 'jax'\nos.environ['KERAS_BACKEND'] = NAME\n", JAX),
        ("import os\nos.environ.setdefault('KERAS_BACKEND', 'jax')\n", JAX),
        ("import os\nos.environ.update({'KERAS_BACKEND': 'jax'})\n", JAX),
        ("import os\nos.environ.update(KERAS_BACKEND='jax')\n", JAX),
        ("import os\nos.environ |= {'KERAS_BACKEND': 'jax'}\n", JAX),
        ("__import__('os').environ['KERAS_BACKEND'] = 'jax'\nimport keras\n", JAX),
        ("try:\n    import os\n    os.environ['KERAS_BACKEND'] = 'jax'\nfinally:\n    import keras\n", JAX),
        ("import keras\nkeras.config.set_backend('jax')\n", JAX),
        ("import os\nos.environ['KERAS_BACKEND'] = 'torch'\nos.environ['KERAS_BACKEND'] = 'jax'\nimport keras\n", JAX),
        ("import os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\nimport tensorflow as tf\n", LEGACY),
        ("import os\nimport tensorflow as tf\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\ntf.keras.Model\n", LEGACY),
        ("import os\nos.environ['KERAS_BACKEND'] = 'jax'\nimport keras\nkeras.Input((\n", JAX),
    ],
)
def test_what_comes_before_the_first_import_counts(text: str, variables: tuple[tuple[str, str], ...]) -> None:
    assert framework_choice(text, {}).variables == variables


@pytest.mark.parametrize(
    "text",
    [
        "import keras\n",
        "import keras\nimport os\nos.environ['KERAS_BACKEND'] = 'jax'\n",
        "import tensorflow as tf\nimport os\nos.environ['KERAS_BACKEND'] = 'jax'\n",
        "from tensorflow.keras import layers\nimport os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\n",
        "'''os.environ['KERAS_BACKEND'] = 'jax'\n'''\nimport keras\n",
        "import os\ndef never():\n    os.environ['KERAS_BACKEND'] = 'jax'\nimport keras\n",
        # It does not change os.environ, where Keras looks.
        "import os\nos.putenv('KERAS_BACKEND', 'jax')\nimport keras\n",
        "import os\nprint(os.environ.get('KERAS_BACKEND'))\n",
        "KERAS_BACKEND = (\n",
    ],
)
def test_what_has_no_effect_does_not_count(text: str) -> None:
    assert framework_choice(text, {}) == NO_CHOICE


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.environ.setdefault('KERAS_BACKEND', 'jax')\n",
        "import os\nif 'KERAS_BACKEND' not in os.environ:\n    os.environ['KERAS_BACKEND'] = 'jax'\n",
    ],
)
def test_a_default_gives_way_to_the_environment(text: str) -> None:
    assert framework_choice(text, {"KERAS_BACKEND": "torch"}) == NO_CHOICE
    assert framework_choice(text, {}).variables == JAX


def test_the_package_tf_keras_is_a_choice() -> None:
    assert framework_choice("import tf_keras as keras\n", {}).tf_keras
    assert framework_choice("from tf_keras.layers import Dense\n", {}).tf_keras


def test_the_place_is_the_statement_that_chose() -> None:
    text = "import os\n\nos.environ['KERAS_BACKEND'] = 'jax'  # é\nimport keras\n"
    assert framework_choice(text, {}).place == Span(2, 0, 2, 35)


def test_places_do_not_tell_choices_apart() -> None:
    assert FrameworkChoice(JAX, place=Span(0, 0, 0, 1)) == FrameworkChoice(JAX)


def test_what_a_program_turned_out_to_choose_comes_before_the_rest() -> None:
    wanted = FrameworkChoice.of(("KERAS_BACKEND=jax", "tf_keras"))
    assert wanted == FrameworkChoice(JAX, tf_keras=True)
    both = wanted.with_defaults(FrameworkChoice((("KERAS_BACKEND", "torch"), *LEGACY)))
    assert both == FrameworkChoice((*JAX, *LEGACY), tf_keras=True)
