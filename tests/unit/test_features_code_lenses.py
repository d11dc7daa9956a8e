"""The line above a model, and the summary behind it."""

from __future__ import annotations

from shapelens.features.code_lenses import code_lenses
from shapelens.features.summary import summary
from shapelens.worker.contract import Kind, Observation, Structure
from support.made import Source, spec

SOURCE = Source("m = Sequential([Dense(10)])\n")


def model(batch: int | None, output: Structure | None = None, parameters: int | None = 34_826) -> Observation:
    given = spec(batch, 28, 28, 1)
    return SOURCE.layer(
        "Sequential([Dense(10)])",
        "Sequential",
        output or spec(batch, 10),
        input=given,
        kind=Kind.MODEL,
        parameters=parameters,
    )


def titles(*observations: Observation) -> list[str]:
    return [lens.title for lens in code_lenses(SOURCE.analysis(observations), SOURCE.path)]


def test_a_lens_tells_what_goes_in_and_out_and_the_size() -> None:
    assert titles(model(None)) == ["Model (None, 28, 28, 1) → (None, 10) · 34,826 parameters"]
    assert titles(model(None), model(1)) == ["Model (None, 28, 28, 1) → (None, 10) · 34,826 parameters"]
    assert titles(model(None), model(None, spec(None, 20))) == [
        "Model (None, 28, 28, 1) → (None, 10) · 34,826 parameters … ×2"
    ]


def test_a_model_without_shapes_says_so() -> None:
    unbuilt = SOURCE.layer("Sequential([Dense(10)])", "Sequential", None, kind=Kind.MODEL)
    assert titles(unbuilt) == ["Model, not built yet"]


def test_only_models_have_a_lens_and_only_where_they_are_made() -> None:
    assert titles(SOURCE.layer("Dense(10)", "Dense", spec(None, 10))) == []


def test_the_summary_lists_every_layer_with_its_line() -> None:
    layer = SOURCE.layer("Dense(10)", "Dense", spec(None, 10), input=spec(None, 28), parameters=290)
    card = summary(SOURCE.analysis((model(None), layer)), SOURCE.path)
    assert card.plain() == (
        "model.py\n"
        "Layers\n"
        "line  layer  name   shapes                  dtype    parameters\n"
        "1     Dense  dense  (None, 28) → (None, 10)  float32  290\n"
        "Models\n"
        "line  layer       name        shapes                            dtype    parameters\n"
        "1     Sequential  sequential  (None, 28, 28, 1) → (None, 10)  float32  34,826\n"
        "Python 3.11.7 · Keras 3.15.1 on tensorflow · TensorFlow 2.21.0"
    ).replace("shapes                  dtype", "shapes                   dtype").replace(
        "shapes                            dtype", "shapes                          dtype"
    )
    assert "No layer or model was created." in summary(SOURCE.analysis(()), SOURCE.path).plain()
