"""``merge-mismatch``: tensors that Concatenate, Add, Dot and their kin cannot combine."""

from __future__ import annotations

from shapelens.diagnostics.explaining.merge import merge
from shapelens.diagnostics.model import Severity
from shapelens.diagnostics.rule import Documentation, FaultRule, patterns

RULE = FaultRule(
    code="merge-mismatch",
    severity=Severity.ERROR,
    documentation=Documentation(
        what="""\
A merging layer (`Concatenate`, `Add`, `Multiply`, `Dot`, ...) was called with tensors that do not fit each
other.""",
        why="""\
`Concatenate` takes tensors that agree on every axis but its own, which is the last one unless `axis` says
otherwise. `Add` and its kin take equal shapes, where an axis of size 1 counts as any size. Skip connections
break here when one branch was halved by strides or pooling, or changed its channels, and the other was not.""",
        example="""x = layers.Conv2D(64, 3, padding="same", strides=2)(image)
x = layers.Add()([x, image])""",
        instead="""x = layers.Conv2D(64, 3, padding="same", strides=2)(image)
shortcut = layers.Conv2D(64, 1, strides=2)(image)
x = layers.Add()([x, shortcut])""",
        keras="""\
With an `image` of (None, 32, 32, 3), `Add` raises `ValueError: Inputs have incompatible shapes. Received shapes
(16, 16, 64) and (32, 32, 3)`; the batch axis is left out of the shapes in this message.""",
        message="`Add` cannot broadcast (None, 16, 16, 64) from line 1 with (None, 32, 32, 3).",
    ),
    explain=merge,
    patterns=patterns(
        # keras/src/layers/merging/concatenate.py
        r"A `Concatenate` layer (?:requires inputs with matching shapes|should be called on a list)",
        # keras/src/layers/merging/base_merge.py
        r"^Inputs have incompatible shapes\. Received shapes",
        r"A merge layer should be called on a list of",
        r"Cannot merge tensors with different batch sizes",
        # keras/src/layers/merging/subtract.py and dot.py
        r"A `(?:Subtract|Dot)` layer should be called on",
        r"Incompatible input shapes: axis values \S+ \(at axis \d+\) !=",
        r"Cannot do batch_dot on inputs with",
    ),
)
