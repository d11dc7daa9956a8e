"""Comments that tell ShapeLens what a program does not say."""

from __future__ import annotations

import pytest

from shapelens.diagnostics import diagnose
from shapelens.diagnostics.model import Severity
from shapelens.source.comments import read_comments
from shapelens.worker.contract import Entries, Fault, Items, Span, TensorSpec
from support.made import Source


def test_a_call_names_its_function() -> None:
    (call,) = read_comments("# shapelens: call build_model(input_shape=(28, 28, 1), classes=n)\n").calls
    assert call.expression == "build_model(input_shape=(28, 28, 1), classes=n)"
    assert (call.function, call.names) == ("build_model", {"n"})
    assert call.span == Span(0, 0, 0, 65)


def test_a_call_may_make_a_layer_and_call_it() -> None:
    (call,) = read_comments("# shapelens: call Net(3)(x)").calls
    assert (call.function, call.names) == ("Net", {"x"})


@pytest.mark.parametrize(
    ("written", "structure"),
    [
        ("(None, 28, 28, 1) float32", TensorSpec((None, 28, 28, 1), "float32")),
        ("(None, 28, 28, 1)", TensorSpec((None, 28, 28, 1), "float32")),
        ("(32,) int64", TensorSpec((32,), "int64")),
        ("()", TensorSpec((), "float32")),
        ("[(2, 3), (2, 4)] int32", Items((TensorSpec((2, 3), "int32"), TensorSpec((2, 4), "int32")))),
        ("((2, 3), (2, 4))", Items((TensorSpec((2, 3), "float32"), TensorSpec((2, 4), "float32")))),
        ("{'a': (2,), 'b': [(3,)]}", None),
    ],
)
def test_shapes_are_tuples_and_nests_of_them(written: str, structure: object) -> None:
    (shape,) = read_comments(f"x = f()\n# shapelens: shape x = {written}\n").shapes
    expected = structure or Entries({"a": TensorSpec((2,), "float32"), "b": Items((TensorSpec((3,), "float32"),))})
    assert (shape.name, shape.structure) == ("x", expected)


@pytest.mark.parametrize(
    ("comment", "reason"),
    [
        ("shape x = 28", "(28,)"),
        ("shape x = (None, ...)", "in place of the dots"),
        ("shape x = (-1, 3)", "whole number"),
        ("shape x = (2, 3) floaty", "floaty is no dtype"),
        ("shape x", "such as x = (None, 28, 28, 1) float32"),
        ("shape (2, 3)", "such as x = (None, 28, 28, 1) float32"),
        ("call build_model", "behind `call` stands a call"),
        ("call build_model(units=...)", "in place of the dots"),
        ("call build_model(", "no Python expression"),
        ("ignore", "codes in brackets"),
        ("ignore[]", "codes in brackets"),
        ("evaluate this", "begins with call, shape, ignore[...] or off"),
    ],
)
def test_what_is_not_understood_says_why(comment: str, reason: str) -> None:
    found = read_comments(f"x = 1  # shapelens: {comment}\n")
    (bad,) = found.bad
    assert bad.message.startswith("not understood: ") and reason in bad.message
    assert bad.span.column == 7
    assert not (found.calls or found.shapes or found.ignores)


def test_off_stands_before_the_first_statement() -> None:
    assert read_comments('#!/usr/bin/env python\n"""Docs."""\n# shapelens: off\nimport keras\n').off == Span(
        2, 0, 2, 16
    )
    for text in ("import keras\n# shapelens: off\n", "x = 1  # shapelens: off\n"):
        found = read_comments(text)
        assert found.off is None and len(found.bad) == 1


def test_strings_are_no_comments() -> None:
    found = read_comments('text = "# shapelens: off"\ndocs = """\n# shapelens: call f()\n"""\n')
    assert found == read_comments("")


@pytest.mark.parametrize(
    "half", ["x = 'abc\n", "def f():\n      a\n   b\n", "x = $ ?\n", "x = f(1,\n", "if x\n", "class\n", "x = 01\n"]
)
def test_half_typed_text_keeps_its_comments(half: str) -> None:
    text = f"# shapelens: call f()\n{half}# shapelens: shape x = (3,)\n"
    found = read_comments(text)
    assert [call.function for call in found.calls] == ["f"]
    assert [shape.name for shape in found.shapes] == ["x"]


def test_ignored_codes_are_not_reported_on_their_line_or_the_next() -> None:
    text = (
        "a = 1 / 0  # shapelens: ignore[python-error]\n"
        "# shapelens: ignore[python-error, merge-mismatch]\n\nb = 2 / 0\nc = 3 / 0\n"
    )
    source = Source(text)
    faults = tuple(Fault(source.place(f"{n} / 0"), "ZeroDivisionError", "division by zero") for n in (1, 2, 3))
    found = diagnose(source.analysis(faults=faults))
    assert [item.location for item in found] == [source.place("3 / 0")]


def test_a_bad_comment_is_a_quiet_hint() -> None:
    (found,) = diagnose(Source("# shapelens: shape x = 3\n").analysis())
    assert (found.code, found.severity) == ("not-evaluated", Severity.HINT)
    assert found.message.startswith("This comment is not understood: ")
    (found,) = diagnose(Source("x = 1  # shapelens: ignore[merge-missmatch]\n").analysis())
    assert "merge-missmatch" in found.message
