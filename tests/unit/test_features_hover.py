"""What a hover tells at each kind of place."""

from __future__ import annotations

import dataclasses

from shapelens.features.hover import Hover, hover
from shapelens.worker.contract import (
    Budget,
    Fault,
    Finished,
    Kind,
    Outcome,
    Skip,
    SkipReason,
    TensorSpec,
)
from support.made import Source, spec

SOURCE = Source("def f(x):\n    return Dense(4)(x)\na = f(b)\nc = f(d)\nwhile True: pass\n")


def at(piece: str, analysis: object, occurrence: int = 1) -> Hover | None:
    span = SOURCE.span(piece, occurrence)
    return hover(analysis, SOURCE.path, (span.line, span.column))  # type: ignore[arg-type]


def test_the_smallest_expression_tells() -> None:
    whole = SOURCE.tensor("Dense(4)(x)", (None, 4))
    layer = SOURCE.layer("Dense(4)", "Dense", spec(None, 4), input=spec(None, 3), parameters=16)
    analysis = SOURCE.analysis((whole, layer))
    inner, outer = at("Dense(4)", analysis), at("(x)\na", analysis)
    assert inner is not None and outer is not None
    assert inner.span == SOURCE.span("Dense(4)")
    assert inner.card.plain() == "Dense dense\n(None, 3) → (None, 4) · float32\n16 parameters · 64 B as float32"
    assert outer.span == SOURCE.span("Dense(4)(x)")
    assert outer.card.plain() == "KerasTensor x\n(None, 4) · float32"


def test_the_variables_name_tells_its_value() -> None:
    value = dataclasses.replace(SOURCE.tensor("f(b)", (None, 4), "a"), target=SOURCE.span("a ="))
    target = dataclasses.replace(value, target=SOURCE.span("a", 1))
    found = hover(SOURCE.analysis((dataclasses.replace(target, target=SOURCE.span("a = f")),)), SOURCE.path, (2, 0))
    assert found is not None and found.card.plain().startswith("KerasTensor a\n(None, 4)")


def test_a_position_behind_a_word_counts_where_nothing_else_contains_it() -> None:
    value = SOURCE.tensor("f(b)", (None, 4))
    span = SOURCE.span("f(b)")
    assert hover(SOURCE.analysis((value,)), SOURCE.path, (span.end_line, span.end_column)) is not None
    assert hover(SOURCE.analysis((value,)), SOURCE.path, (span.end_line, span.end_column + 1)) is None


def test_several_calls_are_a_table_with_where_they_come_from() -> None:
    calls = tuple(
        dataclasses.replace(SOURCE.tensor("Dense(4)(x)", (size, 4)), via=(SOURCE.place(piece),))
        for size, piece in ((2, "f(b)"), (3, "f(d)"))
    )
    found = at("Dense(4)(x)", SOURCE.analysis(calls))
    assert found is not None
    assert found.card.plain() == (
        "KerasTensor x\ncalled from  value   dtype\nline 3       (2, 4)  float32\nline 4       (3, 4)  float32"
    )
    assert "| `line 3` | `(2, 4)` | `float32` |" in found.card.markdown()


def test_a_thousand_calls_are_cut_short() -> None:
    calls = tuple(SOURCE.tensor("Dense(4)(x)", (size, 4)) for size in range(1000))
    found = at("Dense(4)(x)", SOURCE.analysis(calls))
    assert found is not None
    lines = found.card.plain().splitlines()
    assert len(lines) == 15 and lines[-1].startswith("988 more")


def test_the_call_that_led_here_is_named() -> None:
    value = dataclasses.replace(SOURCE.tensor("Dense(4)(x)", (2, 4)), via=(SOURCE.place("f(b)"),))
    found = at("Dense(4)(x)", SOURCE.analysis((value,)))
    assert found is not None and found.card.plain().endswith("called from line 3")


def test_a_fault_tells_keras_own_text_unharmed() -> None:
    text = "Input 0 of layer `lstm`\n```\n| expected *ndim=3* |"
    fault = Fault(SOURCE.place("f(b)"), "ValueError", text, origin="keras", layer="LSTM", layer_name="lstm")
    found = at("f(b)", SOURCE.analysis(faults=(fault,)))
    assert found is not None
    assert found.card.markdown() == f"**ValueError** raised by keras in `LSTM` `lstm`\n\n````text\n{text}\n````"


def test_a_caught_fault_says_so() -> None:
    fault = Fault(SOURCE.place("f(b)"), "ValueError", "no", handled=True)
    found = at("f(b)", SOURCE.analysis(faults=(fault,)))
    assert found is not None and "The program catches it itself." in found.card.plain()


def test_a_statement_without_result_tells_why() -> None:
    skip = Skip(
        SOURCE.place("c = f(d)"),
        SkipReason.DEPENDS_ON_UNKNOWN,
        "The name d is unknown.",
        "d",
        SOURCE.place("a = f(b)"),
    )
    found = at("c = f(d)", SOURCE.analysis(skips=(skip,)))
    assert found is not None
    assert found.card.plain() == "Not evaluated\nThe name d is unknown.\nIts cause is on line 3"


def test_where_the_budget_ran_out_is_told() -> None:
    loop = SOURCE.place("while True: pass")
    finished = Finished(1, Outcome.OVER_BUDGET, 10.0, "The budget of 10 seconds is used up.", Budget.SECONDS, loop)
    found = at("while True", SOURCE.analysis(finished=finished))
    assert found is not None and found.card.plain().endswith("The budget of 10 seconds is used up.")


def test_names_are_never_markup() -> None:
    value = dataclasses.replace(
        SOURCE.tensor("f(b)", (1,)), type_name="_My*Tensor_", name="a`b|c", output=TensorSpec((1,), "my_type_")
    )
    found = at("f(b)", SOURCE.analysis((value,)))
    assert found is not None
    assert found.card.markdown().splitlines()[0] == "**\\_My\\*Tensor\\_** `` a`b|c ``"
    assert "my\\_type\\_" in found.card.markdown()


def test_datasets_and_uncalled_layers_say_what_they_are() -> None:
    dataset = dataclasses.replace(SOURCE.tensor("f(b)", (None, 8)), kind=Kind.DATASET)
    layer = SOURCE.layer("Dense(4)", "Dense", None)
    analysis = SOURCE.analysis((dataset, layer))
    first, second = at("f(b)", analysis), at("Dense(4)", analysis)
    assert first is not None and "elements (None, 8)" in first.card.plain()
    assert second is not None and "Not called" in second.card.plain()


def test_another_files_places_are_not_mixed_in() -> None:
    assert hover(SOURCE.analysis((SOURCE.tensor("f(b)", (1,)),)), "/project/other.py", (2, 4)) is None
