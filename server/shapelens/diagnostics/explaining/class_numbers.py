"""Class numbers and indices outside of what there is."""

from __future__ import annotations

import re

from shapelens.diagnostics.explaining.explanation import Explanation
from shapelens.diagnostics.explaining.sights import Sights, related_to
from shapelens.worker.contract import Fault, Given, Kind, Observation, TensorSpec

_LABEL = re.compile(r"Received a label value of (-?\d+) which is outside the valid range of \[0, (\d+)\)")
_INDEX = re.compile(r"^indices(?:\[[\d, ]*\])? = (-?\d+) is not in \[0, (\d+)\)")


def class_numbers(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain labels that the output has no class for, and rows that an embedding does not have."""
    label, index = _LABEL.search(core), _INDEX.search(core)
    if label is not None:
        return _label(sights, fault, int(label.group(1)), int(label.group(2)))
    if index is not None:
        return _index(sights, fault, int(index.group(1)), int(index.group(2)))
    return None


def _label(sights: Sights, fault: Fault, value: int, classes: int) -> Explanation:
    training = sights.training(fault)
    fitting = [
        item
        for item in (training.comparisons if training is not None else ())
        if item.sparse and item.output.shape is not None and item.output.shape[-1] == classes
    ]
    name = f"`{fitting[0].loss}`" if len({item.loss for item in fitting}) == 1 else "The loss"
    item = sights.maker(fitting[0].output) if fitting else None
    has = f"the {classes} outputs" if classes != 1 else "the one output"
    has += f" of {sights.source(item)}" if item is not None else ""
    numbers = f"class numbers 0 to {classes - 1}" if classes > 1 else "class number 0 only"
    message = f"{name} takes {numbers} for {has}, but the targets {_hold(sights, fault, value)}."
    return Explanation(message, related_to(item))


def _hold(sights: Sights, fault: Fault, value: int) -> str:
    """Return the range of the targets where they are one array that holds the value."""
    given = sights.given(fault, "y")
    one: Given | None = given[0] if len(given) == 1 else None
    if one is None or one.minimum is None or one.maximum is None or not one.minimum <= value <= one.maximum:
        return f"hold {value}"
    low, high = (f"{end:.0f}" if one.integral else f"{end:.6g}" for end in (one.minimum, one.maximum))
    return f"go from {low} to {high}"


def _index(sights: Sights, fault: Fault, value: int, rows: int) -> Explanation:
    item = _embedding(sights, rows)
    if fault.layer is not None and fault.layer != "Embedding":
        item = None
    if item is None:
        return Explanation(f"Index {value} is asked for, but there are only 0 to {rows - 1}.")
    text = f"{sights.source(item)} has rows for 0 to {rows - 1} only, but is given {value}."
    return Explanation(text[:1].upper() + text[1:], related_to(item))


def _embedding(sights: Sights, rows: int) -> Observation | None:
    """Return the one embedding with so many rows."""
    found: dict[object, Observation] = {}
    for item in sights.analysis.observations:
        output = item.output if isinstance(item.output, TensorSpec) else None
        width = output.shape[-1] if output is not None and output.shape else None
        embeds = item.kind is Kind.LAYER and item.created and item.type_name == "Embedding"
        if embeds and width and item.parameters == rows * width:
            found[item.location] = item
    return next(iter(found.values())) if len(found) == 1 else None


def scalars(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain ``int(...)`` and ``float(...)`` of more than one number."""
    if not re.search(r"only (?:0-dimensional|length-1|size-1) arrays can be converted to Python scalars", core):
        return None
    operands = sights.operands(fault)
    function = sights.called(fault)
    if function not in ("int", "float") or len(operands) != 1 or operands[0].shape is None:
        return None
    given = sights.operand_text(operands[0], operands[0].shape)
    return Explanation(f"`{function}` takes one number, not {given}.")
