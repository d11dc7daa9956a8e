"""``cardinality-mismatch``: inputs and targets of different length."""

from __future__ import annotations

from shapelens.diagnostics.explaining.lengths import lengths
from shapelens.diagnostics.model import Severity
from shapelens.diagnostics.rule import Documentation, FaultRule, patterns

RULE = FaultRule(
    code="cardinality-mismatch",
    severity=Severity.ERROR,
    documentation=Documentation(
        what="The arrays given to `fit`, `evaluate` or `predict` do not hold the same number of samples.",
        why="""\
The first axis of every input, target and sample weight counts the samples, which belong together pairwise. A
list of numbers where an array was meant counts each number as an input of its own.""",
        example="model.fit(x_train, y_test)",
        instead="model.fit(x_train, y_train)",
        keras="""\
Keras raises `ValueError: Data cardinality is ambiguous. Make sure all arrays contain the same number of
samples.`, with the sizes of x and y.""",
        message="The inputs have 32 samples and the targets 8; each sample needs a target.",
    ),
    explain=lengths,
    # keras/src/trainers/data_adapters/data_adapter_utils.py; "ambiguous:" in Keras 2
    patterns=patterns(r"Data cardinality is ambiguous"),
)
