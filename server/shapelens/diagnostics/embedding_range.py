"""``embedding-range``: numbers that an embedding has no row for."""

from __future__ import annotations

from collections.abc import Iterator

from shapelens.diagnostics.model import Diagnostic, Related, Severity
from shapelens.diagnostics.rule import AnalysisRule, Documentation
from shapelens.diagnostics.written_layers import Shape, failed_at, shape_of
from shapelens.evaluation.analysis import Analysis
from shapelens.worker.contract import Given, Kind, Location, Observation

CODE = "embedding-range"


def _find(analysis: Analysis) -> Iterator[Diagnostic]:
    told: set[Location] = set()
    layers = [item for item in analysis.observations if item.type_name == "Embedding" and item.kind is Kind.LAYER]
    for training in analysis.trainings if layers else ():
        given = _single_input(training.given)
        if given is None or given.maximum is None or failed_at(analysis, training) or training.location in told:
            continue
        for layer in layers:
            rows = _rows(layer)
            fed = layer.created and training.location in layer.via and _of_samples(layer, given)
            if rows is None or not fed or given.maximum < rows:
                continue
            told.add(training.location)
            message = (
                f"{given.name} holds numbers up to {given.maximum:g}, but the Embedding has rows for 0 to {rows - 1}. "
                f"The largest number needs input_dim={given.maximum + 1:g}."
            )
            related = Related(layer.location, f"an embedding of {rows} rows")
            yield Diagnostic(CODE, Severity.WARNING, training.location, message, (related,))
            break


def _single_input(given: tuple[Given, ...]) -> Given | None:
    """Return the input of a model that has one only; which of several feeds an embedding is not known."""
    inputs = [item for item in given if item.name.partition("[")[0] == "x"]
    return inputs[0] if len(inputs) == 1 and inputs[0].name == "x" and inputs[0].integral else None


def _rows(layer: Observation) -> int | None:
    output = shape_of(layer.output)
    width = output[-1] if output else None
    return layer.parameters // width if layer.parameters and width else None


def _of_samples(layer: Observation, given: Given) -> bool:
    """Tell whether an embedding is called with all of the input, not with a part of it or with positions."""
    taken: Shape | None = shape_of(layer.input)
    shape = given.spec.shape
    return bool(taken and shape) and len(taken or ()) == len(shape or ()) and (taken or ())[1:] == (shape or ())[1:]


RULE = AnalysisRule(
    code=CODE,
    severity=Severity.WARNING,
    documentation=Documentation(
        what="The data holds numbers that are not below the `input_dim` of the `Embedding` they are given to.",
        why="""\
An embedding has `input_dim` rows, for the numbers from 0 to `input_dim - 1`. Vocabularies that count from 1, or keep
numbers for padding and unknown words, need more rows than there are words.""",
        example="""model = keras.Sequential([layers.Embedding(1000, 16), layers.Flatten(), layers.Dense(1)])
model.compile(loss="mse")
model.fit(np.full((8, 5), 1000), y)""",
        instead="""model = keras.Sequential([layers.Embedding(1001, 16), layers.Flatten(), layers.Dense(1)])
model.compile(loss="mse")
model.fit(np.full((8, 5), 1000), y)""",
        keras="""\
TensorFlow on a CPU raises `InvalidArgumentError: indices[0,0] = 1000 is not in [0, 1000)`, which is shown as an
error of its own. TensorFlow on a GPU and JAX raise nothing and look up other values.""",
    ),
    find=_find,
)
