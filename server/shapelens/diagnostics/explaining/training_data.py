"""What ``fit`` and its kin were given and cannot use."""

from __future__ import annotations

import re

from shapelens.diagnostics.explaining.explanation import Explanation
from shapelens.diagnostics.explaining.shapes import counted, listed
from shapelens.diagnostics.explaining.sights import Naming, Sights
from shapelens.diagnostics.model import Related
from shapelens.features.shape_text import leaves, shape_text
from shapelens.worker.contract import Fault

_STRUCTURES = re.compile(r"y_true and y_pred have different structures\. y_true: (.+?) y_pred: (.+)$")
_DTYPE = re.compile(
    r"Invalid dtype: (?:object|str)|dtype='string' is not a valid dtype|Unsupported object type|"
    r"Cast string to float is not supported|Cannot convert .* dtype=string"
)
_PATH = re.compile(r"The path: \('?(\w+)'?,\) in the `loss` argument, can't be found in")
_KEYS = re.compile(r"Expected keys \[(.*?)\] in loss dict, but found loss\.keys\(\)=\[(.*?)\]")
_STATEFUL = re.compile(r"If an RNN is stateful, .*Expected batch size: (\d+) - Received batch size: (\d+)")
_NONE = re.compile(r"^None values not supported\.$|^None is not a valid value for jnp\.array")


def training_data(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain targets of another structure, data of no numbers, losses of no output."""
    for explain in (_structures, _dtype, _losses, _stateful, _no_targets):
        found = explain(sights, fault, core)
        if found is not None:
            return found
    return None


def _structures(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    found, training = _STRUCTURES.search(core), sights.training(fault)
    if found is None:
        return None
    targets, outputs = (part.count("*") for part in found.groups())
    if targets == outputs:
        return None
    given, made = sights.given(fault, "y"), leaves(training.outputs) if training is not None else ()
    shapes = [shape_text(spec) for spec in made]
    which = f", {listed(shapes)}," if len(shapes) == outputs and sights.naming is Naming.EXPRESSION else ""
    has = f": {listed([shape_text(item.spec) for item in given])}" if given and len(given) == targets else ""
    text = f"The model has {counted(outputs, 'output')}{which} but gets {counted(targets, 'array')} of targets{has}."
    return Explanation(text)


def _dtype(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    training = sights.training(fault)
    if training is None or not _DTYPE.search(core):
        return None
    wrong = [item for item in training.given if item.spec.dtype in ("object", "string") or item.spec.dtype[:3] == "str"]
    if not wrong or len(wrong) > 3:
        return None
    texts = [f"`{sights.argument_text(fault, item)}` {shape_text(item.spec)}" for item in wrong]
    kind = "objects" if all(item.spec.dtype == "object" for item in wrong) else "text"
    return Explanation(f"{listed(texts)} {'holds' if len(wrong) == 1 else 'hold'} {kind}, not numbers.")


def _losses(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    path, keys = _PATH.search(core), _KEYS.search(core)
    training = sights.training(fault)
    compiled = training.compiled if training is not None else None
    related = (Related(compiled, "chooses the losses"),) if compiled is not None else ()
    where = f"`compile` in line {compiled.span.line + 1}" if compiled is not None else "`compile`"
    if keys is not None:
        expected, found = (re.findall(r"'([^']*)'", part) for part in keys.groups())
        other = [f"`{name}`" for name in found if name not in expected]
        if not other or not expected:
            return None
        names = listed([f"`{name}`" for name in expected])
        return Explanation(f"{where} has a loss for {listed(other)}, but the outputs are {names}.".strip(), related)
    if path is None:
        return None
    name = path.group(1)
    if name.isdigit():
        return None
    return Explanation(
        f"{where} has a loss for `{name}`, which is no output of the model or none of the targets.", related
    )


def _stateful(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    found = _STATEFUL.search(core)
    if found is None or fault.layer is None:
        return None
    wanted, given = found.groups()
    shape = f": {shape_text(fault.input)}" if fault.input is not None else ""
    return Explanation(f"The stateful `{fault.layer}` keeps states for batches of {wanted} but gets {given}{shape}.")


def _no_targets(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    training = sights.training(fault)
    if (
        training is None
        or not _NONE.search(core)
        or not training.method.startswith(("fit", "evaluate", "train", "test"))
    ):
        return None
    if sights.given(fault, "y") or any(item.batched for item in training.given) or not training.comparisons:
        return None
    return Explanation(f"`{training.method}` gets no targets, but the model's loss compares its output with some.")
