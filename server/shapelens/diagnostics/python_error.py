"""``python-error``: an exception of the program itself, with no framework in it."""

from __future__ import annotations

from shapelens.diagnostics.model import Severity
from shapelens.diagnostics.rule import Documentation, FaultRule

RULE = FaultRule(
    code="python-error",
    severity=Severity.ERROR,
    documentation=Documentation(
        what="The program raised an exception that does not come from Keras, its backend or NumPy.",
        why="""\
A plain run of the file stops at this expression with the same exception: a misspelt name, wrong arguments, a
missing key.""",
        example="layers.Dens(10)",
        instead="layers.Dense(10)",
        keras="""\
Python raises `AttributeError: module 'keras.layers' has no attribute 'Dens'`; Keras has no say in it.""",
    ),
    accepts=lambda _: True,
    names_exception=True,
)
