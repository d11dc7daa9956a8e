"""Which places get a hint, and what it says."""

from __future__ import annotations

import dataclasses

from shapelens.features.inlay_hints import inlay_hints
from shapelens.worker.contract import Items, Kind, Observation, Role, TensorSpec
from support.made import Source, spec

SOURCE = Source("model = Sequential([\n    Conv2D(32, 3),\n    Dense(10),\n])\ny = Dense(4)(x)\nz = y\n")


def labels(*observations: Observation, first: int = 0, last: int = 99) -> list[tuple[int, str]]:
    ordered = sorted(observations, key=lambda item: item.location)
    hints = inlay_hints(SOURCE.analysis(tuple(ordered)), SOURCE.path, first, last)
    return [(hint.position[0], hint.label) for hint in hints]


def test_layers_in_a_list_show_their_output_and_assignments_their_shape() -> None:
    conv = SOURCE.layer("Conv2D(32, 3)", "Conv2D", spec(None, 26, 26, 32))
    dense = SOURCE.layer("Dense(10)", "Dense", spec(None, 10))
    model = SOURCE.layer(
        SOURCE.text[SOURCE.text.index("Sequential") : SOURCE.text.index("])") + 2],
        "Sequential",
        spec(None, 10),
        kind=Kind.MODEL,
    )
    y = SOURCE.tensor("Dense(4)(x)", (None, 4))
    assert labels(conv, dense, model, y) == [
        (1, "→ (None, 26, 26, 32)"),
        (2, "→ (None, 10)"),
        (3, "→ (None, 10)"),
        (4, ": (None, 4)"),
    ]
    assert labels(conv, dense, model, y, first=2, last=3) == [(2, "→ (None, 10)"), (3, "→ (None, 10)")]


def test_a_layer_that_is_called_where_it_is_made_has_no_hint_of_its_own() -> None:
    built = dataclasses.replace(SOURCE.layer("Dense(4)", "Dense", spec(None, 4), in_place=True), role=Role.CALLEE)
    assert labels(built, SOURCE.tensor("Dense(4)(x)", (None, 4))) == [(4, ": (None, 4)")]


def test_a_bare_name_repeats_nothing() -> None:
    name = dataclasses.replace(SOURCE.tensor("y", (None, 4), occurrence=2), node="Name")
    assert labels(name) == []


def test_arguments_and_operands_have_no_hint() -> None:
    x = SOURCE.tensor("Dense(4)(x)", (None, 4))
    for role in (Role.ARGUMENT, Role.OPERAND, Role.CALLEE, Role.ELEMENT):
        assert labels(dataclasses.replace(x, role=role)) == []


def test_a_layer_that_was_never_called_has_no_hint() -> None:
    assert labels(SOURCE.layer("Dense(10)", "Dense", None)) == []


def test_several_values_show_the_first_and_their_number() -> None:
    values = [SOURCE.tensor("Dense(4)(x)", (None, units)) for units in (4, 8, 16)]
    assert labels(*values) == [(4, ": (None, 4) … ×3")]
    assert labels(values[0], values[0]) == [(4, ": (None, 4)")]


def test_a_case_of_a_more_general_shape_is_no_second_value() -> None:
    symbolic, eager = (
        SOURCE.layer("Dense(10)", "Dense", spec(batch, 10), input=spec(batch, 5)) for batch in (None, 32)
    )
    assert labels(eager, symbolic) == [(2, "→ (None, 10)")]
    other = SOURCE.layer("Dense(10)", "Dense", spec(32, 7, 10), input=spec(32, 7, 5))
    assert labels(symbolic, eager, other) == [(2, "→ (None, 10) … ×2")]


def test_structures_and_unknown_ranks_are_written_out() -> None:
    pair = dataclasses.replace(SOURCE.tensor("Dense(4)(x)", ()), output=Items((spec(3), TensorSpec(None, "float32"))))
    assert labels(pair) == [(4, ": [(3,), (?)]")]


def test_two_hints_never_share_a_place() -> None:
    inner = SOURCE.layer("Dense(10)", "Dense", spec(None, 10))
    outer = dataclasses.replace(
        SOURCE.layer("Dense(10)", "Model", spec(None, 11)),
        location=dataclasses.replace(inner.location, span=dataclasses.replace(inner.location.span, column=0)),
    )
    assert labels(inner, outer) == [(2, "→ (None, 11)")]


def test_another_file_of_the_program_has_its_own_hints() -> None:
    assert inlay_hints(SOURCE.analysis((SOURCE.tensor("y", (1,)),)), "/project/other.py", 0, 99) == ()
