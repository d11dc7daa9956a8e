"""``loss-target-mismatch``: the model's output and the target do not fit the loss."""

from __future__ import annotations

from shapelens.diagnostics.explaining.loss import loss
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
        message="""\
`categorical_crossentropy` takes one-hot targets (32, 64), like the output of `Dense` in
line 1, not (32, 1).""",
    ),
    explain=loss,
    patterns=patterns(
        # keras/src/backend/*/nn.py
        r"Arguments `target` and `output` must have the same (?:shape|rank)",
        r"Argument `output` must (?:have rank \(ndim\)|be at least rank)",
        # tensorflow/python/ops/nn_ops.py
        r"`labels\.shape\.rank` must equal `logits\.shape\.rank - 1`",
        # Keras 2, keras/src/backend.py
        r"Shapes .+ and .+ are incompatible$",
        r"`logits` and `labels` must have the same shape",
        r"`labels\.shape` must equal `logits\.shape` except for the last dimension",
    ),
)
