"""A model that is called with other inputs than it declares."""

from __future__ import annotations

import re

from shapelens.diagnostics.explaining.explanation import Explanation
from shapelens.diagnostics.explaining.shapes import SHAPE, Shape, counted, listed, read_shape, spec_of
from shapelens.diagnostics.explaining.sights import Sights
from shapelens.features.shape_text import leaves, shape_text
from shapelens.worker.contract import Fault

_MODELS = ("Functional", "Sequential", "Model")

_INPUT = re.compile(rf"(?:with name '(\w+)' )?of layer .* expected shape=({SHAPE}), found shape=({SHAPE})")
_INVALID = re.compile(rf"with name '(\w+)'.* Expected shape ({SHAPE}), but input has incompatible shape ({SHAPE})")
_NUMBER = re.compile(r'Layer ".+?" expects (\d+) (?:named )?input\(s\)(?: with keys \[(.*?)\])?, but it received (\d+)')
_MISSING = re.compile(r'Missing data for input "(.+?)"\. .* keys \[(.*?)\]\. Expected the following keys: \[(.*?)\]')
_OF_KERAS = re.compile(r"(?:input|keras_tensor|input_layer)(?:_\d+)?|None")
"""Names that Keras gives to inputs itself."""


def model_input(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain inputs of another shape, number or name."""
    for explain in (_shape, _number, _missing):
        found = explain(sights, fault, core)
        if found is not None:
            return found
    return None


def _shape(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    found = _INPUT.search(core) or _INVALID.search(core)
    if found is None:
        return None
    wanted, given = read_shape(found.group(2)), read_shape(found.group(3))
    subject = _subject(fault)
    name = found.group(1) or ""
    if len(leaves(fault.input)) > 1 and name and not _OF_KERAS.fullmatch(name):
        subject = f"Input `{name}` of {subject.lower() if subject == _MODEL else subject}"
    text = f"{subject} takes {shape_text(spec_of(wanted))} but gets {shape_text(spec_of(given))}."
    return Explanation(text + _hint(sights, fault, wanted, given))


def _hint(sights: Sights, fault: Fault, wanted: Shape, given: Shape) -> str:
    if given == wanted[1:]:
        return " The batch axis is missing."
    sample = sights.sample_without_batch(fault, wanted)
    if sample is not None:
        return f" The batch axis is missing: the data is {shape_text(spec_of(sample))}."
    if len(wanted) == len(given) + 1 and given[1:] == wanted[2:] and wanted[1] in sights.numbers_of_samples():
        return f" The {wanted[1]} in the declared shape is the number of samples."
    known = None not in given[1:] and None not in wanted[1:]
    if known and len(given) == len(wanted) and sorted(map(str, given[1:])) == sorted(map(str, wanted[1:])):
        return " The axes are in another order."
    return ""


def _number(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    found = _NUMBER.search(core)
    if found is None:
        return None
    wanted, given = int(found.group(1)), int(found.group(3))
    names = re.findall(r"'([^']*)'", found.group(2) or "")
    named = bool(names) and len(names) == wanted and not any(map(_OF_KERAS.fullmatch, names))
    which = f", {listed([f'`{name}`' for name in names])}," if named else ""
    shapes = [shape_text(spec) for spec in leaves(fault.input)]
    got = f": {listed(shapes)}" if shapes and len(shapes) == given else ""
    return Explanation(f"{_subject(fault)} takes {counted(wanted, 'input')}{which} but gets {given}{got}.")


def _missing(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    found = _MISSING.search(core)
    if found is None:
        return None
    keys, expected = (re.findall(r"'([^']*)'", part) for part in found.group(2, 3))
    other = [f"`{key}`" for key in keys if key not in expected]
    nothing = f"Input `{found.group(1)}` of the model gets no data"
    if not other:
        return Explanation(f"{nothing}; the data has {listed([f'`{key}`' for key in keys])}.") if keys else None
    return Explanation(f"{nothing}; {listed(other)} {'is none' if len(other) == 1 else 'are none'} of its inputs.")


_MODEL = "The model"


def _subject(fault: Fault) -> str:
    """Return who takes the input: layers that keep a state declare whole shapes too."""
    return _MODEL if fault.layer is None or fault.layer in _MODELS else f"`{fault.layer}`"
