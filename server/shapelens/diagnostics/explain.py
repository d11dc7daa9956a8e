"""Keras' messages in one sentence that names shapes, axes and where they come from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from shapelens.diagnostics.model import Related
from shapelens.evaluation.analysis import Analysis
from shapelens.features.shape_text import leaves, shape_text
from shapelens.source.lines import Lines
from shapelens.worker.contract import Fault, Kind, Location, Observation, TensorSpec, Training

_LONGEST_SOURCE = 40
"""Characters of an expression that is named in a message."""

_LAYOUTS = {
    "1D": "(batch, steps, features)",
    "2D": "(batch, height, width, channels)",
    "3D": "(batch, depth, height, width, channels)",
}
_RECURRENT = ("LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional")
_RANK = re.compile(r"expected (min_|max_)?ndim=(\d+), found ndim=(\d+)\. Full shape received: (\([^)]*\))")
_AXIS = re.compile(
    r"expected axis (-?\d+) of input shape to have value (\d+), but received input with shape (\([^)]*\))"
)
_INPUT = re.compile(r"expected shape=(\([^)]*\)), found shape=(\([^)]*\))")
_SIZES = re.compile(r"'?x'? sizes: ([\d, ]+?)\s+'?y'? sizes: ([\d, ]+)")


@dataclass(frozen=True)
class Explanation:
    """What a diagnostic says instead of Keras' own words, and the places it speaks of."""

    message: str
    related: tuple[Related, ...] = ()


Explain = Callable[["Sights", Fault, str], Explanation | None]
"""Given what was seen, the fault, and the essential part of its message; None leaves Keras its words."""


class Sights:
    """What was seen around faults of one analysis."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        texts = {analysis.program.path: analysis.program.text}
        texts.update((module.path, module.text) for module in analysis.program.modules)
        self._lines = {path: Lines(text) for path, text in texts.items()}

    def producers(self, fault: Fault) -> Iterator[tuple[TensorSpec, Observation | None]]:
        """Yield each tensor that the failing layer was called with, and the layer that made it where it is known."""
        for spec in leaves(fault.input) if fault.input is not None else ():
            yield spec, self._producer(spec, fault.location)

    def _producer(self, spec: TensorSpec, before: Location) -> Observation | None:
        found: Observation | None = None
        for item in self._analysis.observations:
            made = item.kind is Kind.LAYER and item.created and item.output == spec
            if made and item.location.path == before.path and item.location < before:
                found = item
        return found

    def training(self, fault: Fault) -> Training | None:
        """Return the call of ``fit`` or its kin that a fault came of."""
        places = {fault.location, *(frame.location for frame in fault.frames)}
        return next((item for item in reversed(self._analysis.trainings) if item.location in places), None)

    def maker(self, output: TensorSpec) -> Observation | None:
        """Return the last layer of the file that gives this output, its batch axis aside."""
        rest = None if output.shape is None else output.shape[1:]
        found = None
        for item in self._analysis.observations:
            given = item.output if isinstance(item.output, TensorSpec) else None
            if item.kind is Kind.LAYER and item.created and given is not None and given.shape is not None:
                found = item if given.shape[1:] == rest else found
        return found

    def source(self, item: Observation) -> str:
        """Return the expression that made a layer, in backticks, with its line: ```Dense(1)` in line 12``."""
        lines = self._lines.get(item.location.path)
        text = "" if lines is None else " ".join(lines.slice(item.location.span).split())
        if not text or len(text) > _LONGEST_SOURCE:
            text = item.type_name
        return f"`{text}` in line {item.location.span.line + 1}"


def from_producer(sights: Sights, spec: TensorSpec, item: Observation | None) -> str:
    """Return a shape with its origin: ``(None, 1) from `Dense(1)` in line 12``."""
    return shape_text(spec) if item is None else f"{shape_text(spec)} from {sights.source(item)}"


def related_to(sights: Sights, *items: Observation | None) -> tuple[Related, ...]:
    """Return the places of the layers that made what does not fit."""
    return tuple(Related(item.location, f"gives {shape_text(item.output)}") for item in items if item is not None)


def rank(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain a layer that was called with a tensor of another rank."""
    found = _RANK.search(core)
    if found is None or fault.layer is None:
        return None
    kind, wanted, shape = found.group(1) or "", found.group(2), found.group(4)
    spec, item = next(sights.producers(fault), (None, None))
    given = from_producer(sights, spec, item) if isinstance(spec, TensorSpec) else shape
    layout = "(batch, steps, features)" if fault.layer in _RECURRENT else _LAYOUTS.get(fault.layer[-2:], "")
    if fault.layer == "RepeatVector":
        layout = "(batch, features)"
    bound = {"min_": "at least ", "max_": "at most "}.get(kind, "")
    needs = layout if layout and not bound else f"{bound}{wanted} axes"
    return Explanation(f"`{fault.layer}` needs {needs} but gets {given}.", related_to(sights, item))


def feature_axis(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain a layer whose weights are made for another number of features."""
    found = _AXIS.search(core)
    if found is None or fault.layer is None:
        return None
    axis = "the last axis" if found.group(1) == "-1" else f"axis {found.group(1)}"
    spec, item = next(sights.producers(fault), (None, None))
    given = from_producer(sights, spec, item) if isinstance(spec, TensorSpec) else found.group(3)
    message = f"The weights of `{fault.layer}` are made for {found.group(2)} features on {axis}, but it gets {given}."
    return Explanation(message, related_to(sights, item))


def model_input(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain a model that is called with other shapes than it declares."""
    found = _INPUT.search(core)
    if found is None:
        return None
    wanted, given = found.groups()
    rest = "(" + wanted.partition(", ")[2]
    hint = ""
    if given.strip("(),") == rest.strip("(),"):
        hint = " The batch axis is missing."
    elif given.count(",") == wanted.count(",") and wanted.strip("()").startswith("None"):
        sizes = sorted(given.strip("(),").split(", ")[1:])
        hint = " The axes are in another order." if sizes == sorted(wanted.strip("(),").split(", ")[1:]) else ""
    return Explanation(f"The model takes {wanted} but gets {given}.{hint}")


def merge(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain tensors that cannot be joined."""
    pairs = list(sights.producers(fault))
    if len(pairs) < 2 or fault.layer is None:
        return None
    needs = {
        "Concatenate": "shapes that differ on its axis only",
        "Dot": "equal sizes on the axes that it multiplies",
    }.get(fault.layer, "shapes that are equal or broadcast")
    given = " and ".join(from_producer(sights, spec, item) for spec, item in pairs)
    return Explanation(
        f"`{fault.layer}` needs {needs} but gets {given}.", related_to(sights, *(item for _, item in pairs))
    )


def loss(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain a loss that cannot compare its target with the output."""
    training = sights.training(fault)
    if training is None or not training.comparisons:
        return None
    last = training.comparisons[-1]
    item = sights.maker(last.output)
    output = shape_text(last.output) + (f" of {sights.source(item)}" if item is not None else "")
    needs = ""
    if last.loss == "categorical_crossentropy":
        needs = " It takes one-hot targets of the output's shape."
    elif last.sparse:
        needs = " It takes class numbers: one axis less than the output."
    message = f"`{last.loss}` cannot compare targets {shape_text(last.target)} with outputs {output}.{needs}"
    related = related_to(sights, item)
    if training.compiled is not None:
        related = (*related, Related(training.compiled, "chooses the loss"))
    return Explanation(message, related)


def lengths(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain inputs and targets of different length."""
    found = _SIZES.search(core)
    if found is None:
        return None
    x, y = (" and ".join(dict.fromkeys(part.strip(" ,").split(", "))) for part in found.groups())
    return Explanation(f"The inputs have {x} samples and the targets {y}; each sample needs a target.")
