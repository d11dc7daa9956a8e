"""``single-feature-bottleneck``: a layer of one unit in the middle of a model."""

from __future__ import annotations

from collections.abc import Iterator

from shapelens.diagnostics.model import Diagnostic, Related, Severity
from shapelens.diagnostics.rule import AnalysisRule, Documentation
from shapelens.diagnostics.written_layers import WrittenLayer, WrittenModels, written_models
from shapelens.evaluation.analysis import Analysis

CODE = "single-feature-bottleneck"


def _find(analysis: Analysis) -> Iterator[Diagnostic]:
    models = written_models(analysis)
    for layer in models.layers if models is not None else ():
        follower = _follower(models, layer) if models is not None else None
        if models is None or follower is None:
            continue
        message = (
            f"Dense(1) leaves one number of each sample, {layer.output}, and {follower.type_name} makes "
            f"{follower.output} of it: all that the layers behind can know is that one number. If this is not the "
            "last layer, give it more units."
        )
        related = Related(models.place(follower), f"gets {follower.input}")
        yield Diagnostic(CODE, Severity.HINT, models.place(layer), message, (related,))


def _follower(models: WrittenModels, layer: WrittenLayer) -> WrittenLayer | None:
    """Return the layer of several units that has to make do with the one unit of another, and does so alone."""
    if layer.type_name != "Dense" or len(layer.output or ()) != 2 or (layer.output or ())[-1] != 1:
        return None
    if (layer.input or (1,))[-1] == 1:  # nothing is lost
        return None
    behind = models.followers(layer)
    follower = behind[0] if len(behind) == 1 else None
    if follower is None or follower.input != layer.output or not follower.observations[0].trainable_parameters:
        return None
    return follower if (follower.output or (1,))[-1] not in (1, None) else None


RULE = AnalysisRule(
    code=CODE,
    severity=Severity.HINT,
    documentation=Documentation(
        what="A `Dense` layer of one unit feeds further layers with weights.",
        why="""\
One unit is one number for each sample. It is right for the last layer of a regression or of a yes-or-no question;
in the middle of a model it throws away everything but that number.""",
        example="""model = keras.Sequential([
    keras.Input((10,)),
    layers.Dense(1),
    layers.Dense(64, activation="relu"),
])""",
        instead="""model = keras.Sequential([
    keras.Input((10,)),
    layers.Dense(64, activation="relu"),
    layers.Dense(1),
])""",
        keras="Keras raises no error: the shapes are (None, 1) and (None, 64).",
    ),
    find=_find,
)
