"""Marks in fixtures mean exactly one place each, or the fixture is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from shapelens.worker.contract import Span
from support.expectations import FixtureError, parse_expectations, read_expectations

FIXTURES = Path(__file__).parents[2] / "fixtures"


def test_a_shape_without_text_is_the_value_of_the_statement_that_ends_on_the_line() -> None:
    (shape,) = parse_expectations("x = f(\n    1,\n)  # shape: (None, 10)\n").shapes
    assert (shape.span, shape.target, shape.shapes) == (Span(0, 4, 2, 1), Span(0, 0, 0, 1), ("(None, 10)",))
    assert not shape.explicit


def test_the_last_statement_of_a_line_counts() -> None:
    (shape,) = parse_expectations("名 = '😀'; x = f(名)  # shape: (3,)\n").shapes
    assert (shape.span, shape.target) == (Span(0, 13, 0, 17), Span(0, 9, 0, 10))


def test_a_line_inside_a_statement_leaves_the_place_to_its_one_new_layer() -> None:
    (shape,) = parse_expectations("m = S([\n    Dense(3),  # shape: (None, 3)\n])\n").shapes
    assert (shape.line, shape.span, shape.explicit) == (1, None, False)


def test_returned_values_and_expression_statements_have_values_too() -> None:
    text = "def f(x):\n    return x @ x  # shape: (3, 3)\n\n\nf(y)  # shape: (3, 3)\n"
    assert [shape.span for shape in parse_expectations(text).shapes] == [Span(1, 11, 1, 16), Span(4, 0, 4, 4)]


def test_a_shape_can_name_its_expression() -> None:
    (shape,) = parse_expectations("print(f(x)[0].shape)  # shape: f(x)[0] (3,)\n").shapes
    assert (shape.span, shape.text, shape.shapes, shape.explicit) == (Span(0, 6, 0, 13), "f(x)[0]", ("(3,)",), True)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("()", ("()",)),
        ("(None, None, 3)", ("(None, None, 3)",)),
        ("[(None, 3), (None, 4)]", ("[(None, 3), (None, 4)]",)),
        ('{"a": (None, 3), "b": [(2,)]}', ("{'a': (None, 3), 'b': [(2,)]}",)),
        ("(None, 10) | (64, 10)", ("(None, 10)", "(64, 10)")),
    ],
)
def test_shapes_are_normalised_to_the_products_text(written: str, read: tuple[str, ...]) -> None:
    (shape,) = parse_expectations(f"x = f()  # shape: {written}\n").shapes
    assert shape.shapes == read


def test_an_error_names_its_expression_and_a_piece_of_the_message() -> None:
    (error,) = parse_expectations("y = LSTM(3)(x)  # error: LSTM(3)(x) :: expected ndim=3\n").errors
    assert (error.span, error.message) == (Span(0, 4, 0, 14), "expected ndim=3")


def test_an_expression_may_run_on_to_a_later_line() -> None:
    text = "y = Reshape(  # error: Reshape( ... )(x) :: total size\n    (7, 7),\n)(x)\n"
    (error,) = parse_expectations(text).errors
    assert error.span == Span(0, 4, 2, 4)


def test_columns_count_code_points() -> None:
    (error,) = parse_expectations("s = '😀'; y = f(s)  # error: f(s) :: no\n").errors
    assert error.span == Span(0, 13, 0, 17)


def test_a_skip_names_the_expression_that_is_unknown() -> None:
    (skip,) = parse_expectations("head = layers.Dense(1)  # skip: layers :: not defined\n").skips
    assert (skip.span, skip.message) == (Span(0, 7, 0, 13), "not defined")


def test_marks_in_strings_do_not_count() -> None:
    text = 's = "x  # error: x :: y"\nt = """\n# shape: (3,)\n"""\n'
    assert parse_expectations(text) == parse_expectations("")


def test_other_comments_do_not_count() -> None:
    assert parse_expectations("x = 1  # the shape: (3,)\n# errors: none\n") == parse_expectations("")


def test_lines_may_end_as_on_windows() -> None:
    (shape,) = parse_expectations("a = 1\r\nx = f()  # shape: (3,)\r\n").shapes
    assert shape.span == Span(1, 4, 1, 7)


def test_a_file_may_be_too_costly_to_run() -> None:
    assert parse_expectations("# oracle: never run plainly (40 GB)\n").never_run == "40 GB"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("y = g(x)  # error: f(x) :: no", "not on the line"),
        ("y = f(x) + f(x)  # error: f(x) :: no", "on the line 2 times"),
        ("y = f(x)  # error: f(x)", "PIECE OF THE MESSAGE"),
        ("y = f(x)  # error: f(x) :: ", "PIECE OF THE MESSAGE"),
        ("y = f(  # error: f( ... )(x) :: no\n)", "no later line has"),
        ("y = f(  # error: f( ... ) :: no\n)()", "on the line 2 times"),
        ("y = f(x)  # shape: g(x) (3,)", "not on the line"),
        ("y = f(x)  # shape: three", "does not end with a shape"),
        ("y = f(x)  # shape: (3, 'a')", "does not end with a shape"),
        ("y = f(x)  # shape: []", "does not end with a shape"),
        ("# shape: (3,)\ny = f(x)", "not alone"),
        ("# oracle: slow\ny = f(x)", "never run plainly"),
        ("y = f(x\n)  # shape: (3,)\nz = (1 1)", "cannot be parsed"),
        ("y = '''f()", "cannot be tokenized"),
    ],
)
def test_a_wrong_mark_is_an_error_of_the_fixture(text: str, problem: str) -> None:
    with pytest.raises(FixtureError, match=problem):
        parse_expectations(text, "case.py")


def test_the_error_names_file_and_line() -> None:
    with pytest.raises(FixtureError, match=r"^case\.py:2: "):
        parse_expectations("x = 1\ny = g(x)  # error: f(x) :: no\n", "case.py")


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("models/*.py")), ids=lambda path: path.stem)
def test_every_model_fixture_expects_something(path: Path) -> None:
    expected = read_expectations(path)
    assert expected.shapes or expected.errors or expected.skips


def test_every_workspace_has_expectations() -> None:
    # The tour is what newcomers are shown: clean text, held to plain runs alone.
    for workspace in sorted(set(FIXTURES.glob("workspaces/*/")) - {FIXTURES / "workspaces" / "tour"}):
        programs = (path for path in workspace.rglob("*") if path.suffix in (".py", ".ipynb"))
        assert any(read_expectations(path).shapes for path in programs), workspace.name


TAGGED = """y = f(x)  # error: f(x) :: one  # error[keras2, jax]: f(x) :: two
z = g(x)  # shape: (3,)  # shape[torch]: none
# oracle[jax]: never run plainly (slow)
# needs: keras 3
"""


def test_a_mark_may_speak_of_one_environment() -> None:
    plain, jax, torch = (parse_expectations(TAGGED, "case.py", tags) for tags in ((), ("jax",), ("torch", "keras3")))
    assert [error.message for error in plain.errors] == ["one"]
    assert [error.message for error in jax.errors] == ["two"]
    assert (len(plain.shapes), len(torch.shapes)) == (1, 0)
    assert (plain.never_run, jax.never_run, plain.needs) == (None, "slow", {"keras 3"})
