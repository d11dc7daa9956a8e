"""``keras-error``: every other exception of Keras, a backend or NumPy, or within a layer's call."""

from __future__ import annotations

from shapelens.diagnostics.explaining.keras_words import keras_words
from shapelens.diagnostics.frameworks import FRAMEWORKS
from shapelens.diagnostics.model import Severity
from shapelens.diagnostics.rule import Documentation, FaultRule
from shapelens.worker.contract import Fault


def _accepts(fault: Fault) -> bool:
    raised_by = {fault.origin, fault.exception.partition(".")[0]}
    return fault.layer is not None or not FRAMEWORKS.isdisjoint(raised_by)


RULE = FaultRule(
    code="keras-error",
    severity=Severity.ERROR,
    documentation=Documentation(
        what="""\
Keras, its backend or NumPy raised an exception, or a layer's own `call` did, that no other code stands for.""",
        why="A plain run of the file stops at this expression with the same exception.",
        example='layers.Dense("64")',
        instead="layers.Dense(64)",
        keras="""\
Keras raises `ValueError: Received an invalid value for units, expected a positive integer. Received: units=64`.""",
    ),
    explain=keras_words,
    accepts=_accepts,
)
