"""``input-structure-mismatch``: a model got inputs of another shape, or another number of them, than declared."""

from __future__ import annotations

from shapelens.diagnostics.explaining.model_input import model_input
from shapelens.diagnostics.model import Severity
from shapelens.diagnostics.rule import Documentation, FaultRule, patterns

RULE = FaultRule(
    code="input-structure-mismatch",
    severity=Severity.ERROR,
    documentation=Documentation(
        what="""\
A model was called, fitted or asked to predict with inputs of other shapes, names or number than it declares.""",
        why="""\
What `keras.Input` or `input_shape` declares is one sample, without the batch axis. The usual causes are a
missing batch axis at `predict`, `input_shape=x.shape`, which counts the samples as an axis, and images of
another size.""",
        example="""inputs = keras.Input((28, 28, 1))
model = keras.Model(inputs, layers.Flatten()(inputs))
model.predict(np.zeros((8, 32, 32, 3)))""",
        instead="""inputs = keras.Input((32, 32, 3))
model = keras.Model(inputs, layers.Flatten()(inputs))
model.predict(np.zeros((8, 32, 32, 3)))""",
        keras="""\
Keras raises `ValueError: Input 0 with name 'input_layer' of layer 'functional' is incompatible with the layer:
expected shape=(None, 28, 28, 1), found shape=(None, 32, 32, 3)`. It is lenient in one case: a last axis of size
1 that is missing, as (8, 28, 28) for (None, 28, 28, 1), is added without a word.""",
        message="The model takes (None, 28, 28, 1) but gets (8, 32, 32, 3).",
    ),
    explain=model_input,
    patterns=patterns(
        # keras/src/layers/input_spec.py
        r"is incompatible with the layer: expected shape=.*, found shape=",
        r"Layer .+ expects \d+ (?:named )?input\(s\)",
        r"Missing data for input .+ You passed a data dictionary with keys",
        # keras/src/models/functional.py
        r"Invalid input shape for input .+ Expected shape .+, but input has incompatible shape",
    ),
)
