"""Environments beside the usual one: another backend, another generation of Keras; ``make environments`` creates them.

Fixtures are written for ``tf.keras`` mostly. ``Environment.translated`` gives their text as one writes it where the
same classes have other names; only import lines change, and no line moves.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from shapelens.source.framework_choice import FrameworkChoice
from support.expectations import read_expectations

ROOT = Path(__file__).parents[2]

_IMPORT_TENSORFLOW = re.compile(r"^import tensorflow as tf$", re.MULTILINE)


@dataclass(frozen=True)
class Environment:
    """An interpreter with a Keras of its own, and what makes Keras choose it."""

    name: str
    generation: int = 3
    backend: str = "tensorflow"
    variables: tuple[tuple[str, str], ...] = ()
    tf_keras: bool = False
    """Whether ``import keras`` is written ``import tf_keras as keras``."""

    @property
    def interpreter(self) -> Path:
        """The Python that has it."""
        return ROOT / ".environments" / self.name / "bin" / "python"

    @property
    def exists(self) -> bool:
        """Whether it was created."""
        return (ROOT / ".environments" / self.name / ".stamp").exists()

    @property
    def choice(self) -> FrameworkChoice:
        """What a host of it is started with."""
        return FrameworkChoice(self.variables)

    @property
    def tags(self) -> frozenset[str]:
        """The names by which marks in fixtures speak of it."""
        return frozenset((self.name, self.backend, f"keras{self.generation}"))

    def translated(self, text: str) -> str:
        """Return a program's text with the imports that this environment has."""
        if self.backend != "tensorflow":
            text = re.sub(r"\bfrom tensorflow\.keras\b", "from keras", text)
            text = re.sub(r"\bfrom tensorflow import keras\b", "import keras", text)
            text = re.sub(r"\bimport tensorflow\.keras as keras\b", "import keras", text)
            # Nothing but tf.keras is used where this is not left out.
            text = _IMPORT_TENSORFLOW.sub("import keras; tf = type('tf', (), {'keras': keras})", text)
        if self.tf_keras:
            text = re.sub(r"^(\s*)import keras$", r"\1import tf_keras as keras", text, flags=re.MULTILINE)
            text = re.sub(r"^(\s*)from keras\b", r"\1from tf_keras", text, flags=re.MULTILINE)
        return text

    def left_out(self, path: Path) -> str:
        """Return why a fixture cannot be run in this environment; empty where it can."""
        text = path.read_text("utf-8")
        needs = read_expectations(path).needs
        if self.generation == 2 and "keras 3" in needs:
            return "its API is that of Keras 3"
        if self.backend != "tensorflow" and (_uses_tensorflow(text) or "tensorflow" in needs):
            return "it uses TensorFlow itself"
        return ""


ENVIRONMENTS = (
    Environment("keras3-jax", backend="jax", variables=(("KERAS_BACKEND", "jax"),)),
    Environment("keras3-torch", backend="torch", variables=(("KERAS_BACKEND", "torch"),)),
    Environment("tensorflow-2.16"),
    Environment("keras2-tensorflow-2.15", generation=2),
    Environment("tf-keras", generation=2, variables=(("TF_USE_LEGACY_KERAS", "1"),), tf_keras=True),
)


def _uses_tensorflow(text: str) -> bool:
    """Tell whether a program uses more of TensorFlow than ``tf.keras``."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return False
    uses = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "tf"
    }
    return bool(uses - {"keras"})
