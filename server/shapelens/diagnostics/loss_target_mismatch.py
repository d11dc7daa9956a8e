"""``loss-target-mismatch``: the model's output and the target do not fit the loss."""

from __future__ import annotations

from shapelens.diagnostics import explain
from shapelens.diagnostics.model import Severity
from shapelens.diagnostics.rule import Documentation, FaultRule, patterns

RULE = FaultRule(
    code="loss-target-mismatch",
    severity=Severity.ERROR,
    documentation=Documentation(
        what="A loss was given an output and a target whose shapes it cannot compare.",
        why="""\
`categorical_crossentropy` wants the target one-hot encoded, of the same shape as the output.
`sparse_categorical_crossentropy` wants class numbers, one axis less than the output.""",
        example="""model = keras.Sequential([keras.Input((20,)), layers.Dense(64, activation="softmax")])
model.compile(loss="categorical_crossentropy")
model.fit(x, labels)  # labels: (n, 1)""",
        instead="""model = keras.Sequential([keras.Input((20,)), layers.Dense(64, activation="softmax")])
model.compile(loss="sparse_categorical_crossentropy")
model.fit(x, labels)  # labels: (n, 1)""",
        keras="""\
`fit` raises `ValueError: Arguments target and output must have the same shape. Received: target.shape=(None,
1), output.shape=(None, 64)`. Losses that are plain arithmetic, such as `mse`, broadcast instead where they can,
and then train wrongly without an error.""",
    ),
    explain=explain.loss,
    patterns=patterns(
        # keras/src/backend/*/nn.py
        r"Arguments `target` and `output` must have the same (?:shape|rank)",
        r"Argument `output` must (?:have rank \(ndim\)|be at least rank)",
        # Keras 2, keras/src/backend.py
        r"Shapes .+ and .+ are incompatible$",
        r"`logits` and `labels` must have the same shape",
    ),
)
