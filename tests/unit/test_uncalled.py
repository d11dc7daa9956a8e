"""Which code a file never calls, and with what it can be called all the same."""

from __future__ import annotations

import textwrap

import pytest

from shapelens.source.uncalled import Outline, Uncalled, outline
from shapelens.worker.contract import Span, TensorSpec

HEAD = "import keras\nfrom keras import layers\nimport tensorflow as tf\n"


def of(text: str) -> Outline:
    return outline("/project/model.py", HEAD + textwrap.dedent(text))


def calls(text: str) -> list[str]:
    return [call.expression for call in of(text).calls]


def only(text: str) -> Uncalled:
    (found,) = of(text).functions
    return found


def test_defaults_are_enough_for_a_call() -> None:
    found = only(
        """
        def build(input_shape=(28, 28, 1), *, units: int = 10):
            return keras.Sequential([keras.Input(input_shape), layers.Dense(units)])
        """
    )
    (call,) = found.calls
    assert (call.expression, call.certain, found.example) == ("build()", True, ())
    assert call.location.span == found.span == Span(4, 4, 4, 9)


def test_a_number_is_never_guessed() -> None:
    found = only("def build(units: int):\n    return layers.Dense(units)\n")
    assert found.calls == ()
    assert found.example == ("# shapelens: call build(units=...)",)


@pytest.mark.parametrize(
    "annotation", ["Optional[int]", "typing.Optional[int]", "int | None", "None | int", "'Optional[int]'"]
)
def test_an_optional_parameter_may_be_none(annotation: str) -> None:
    assert calls(f"def build(units: {annotation}):\n    return layers.Dense(units or 3)\n") == ["build(None)"]


def test_a_literal_with_one_value_leaves_no_choice() -> None:
    assert calls("def build(kind: Literal['relu']):\n    return layers.Activation(kind)\n") == ["build('relu')"]
    assert calls("def build(kind: Literal['relu', 'elu']):\n    return layers.Activation(kind)\n") == []


@pytest.mark.parametrize(
    ("parameters", "certain"),
    [
        ("", True),
        ("units=3, name=None", True),
        ("units=3, kernel_initializer=None", True),
        ("units: Optional[int] = None", True),
        ("units=None", False),
        ("input_shape=None, classes=1000", False),
    ],
)
def test_a_default_of_none_may_mean_that_callers_give_it(parameters: str, certain: bool) -> None:
    (call,) = of(f"def build({parameters}):\n    return layers.Dense(units)\n").calls
    assert call.certain is certain


@pytest.mark.parametrize(
    "use",
    [
        "model = build()",
        "if __name__ == '__main__':\n    build()",
        "def main():\n    build()\nmain()",
        "run(build)",
        "class A:\n    model = build()",
        "@build\ndef other(): pass",
        "model = [build() for _ in range(3)]",
    ],
)
def test_what_the_file_calls_itself_is_left_alone(use: str) -> None:
    found = of(f"def build():\n    return layers.Dense(3)\n{use}\n")
    assert "build" not in [item.name for item in found.functions]
    assert "build()" not in [call.expression for call in found.calls]


def test_what_another_uncalled_function_reaches_is_not_called_again() -> None:
    text = """
        def block(x=None):
            return layers.Dense(3)

        def build():
            return block()
        """
    assert calls(text) == ["build()"]


def test_what_only_a_function_without_arguments_reaches_is_called() -> None:
    text = """
        def block(units=3):
            return layers.Dense(units)

        def build(size):
            return block(size)
        """
    assert calls(text) == ["block()"]


@pytest.mark.parametrize(
    "text",
    [
        "def helper(a=1):\n    return a + 1\n",
        "def test_model():\n    layers.Dense(3)\n",
        "def setup():\n    layers.Dense(3)\n",
        "def teardown_module():\n    layers.Dense(3)\n",
        "def save_weights():\n    keras.Sequential().save('a')\n",
        "def batches():\n    yield layers.Dense(3)\n",
        "async def build():\n    return layers.Dense(3)\n",
        "@app.command()\ndef build():\n    return layers.Dense(3)\n",
        "@pytest.fixture\ndef build():\n    return layers.Dense(3)\n",
        "class Plain:\n    def __init__(self):\n        self.layer = layers.Dense(3)\n",
    ],
)
def test_what_is_not_worth_calling_is_not_called(text: str) -> None:
    assert calls(text) == []


@pytest.mark.parametrize("decorator", ["tf.function", "tf.function(jit_compile=True)", "functools.lru_cache"])
def test_a_decorator_that_keeps_the_signature_does_no_harm(decorator: str) -> None:
    assert calls(f"@{decorator}\ndef build():\n    return layers.Dense(3)\n") == ["build()"]


def test_the_comment_wins_over_the_defaults() -> None:
    found = only(
        """
        # shapelens: call build(units=7)
        def build(units=3):
            return layers.Dense(units)
        """
    )
    (call,) = found.calls
    assert found.by_comment and call.expression == "build(units=7)"
    assert call.location.span.line == 4


def test_several_comments_are_several_calls() -> None:
    text = "# shapelens: call build(1)\n# shapelens: call build(2)\ndef build(n):\n    return layers.Dense(n)\n"
    assert calls(text) == ["build(1)", "build(2)"]


def test_a_comment_may_call_what_is_imported() -> None:
    found = of("from shapes import build\n# shapelens: call build(3)\n")
    assert [call.expression for call in found.calls] == ["build(3)"]
    assert found.functions == ()


def test_shapes_of_parameters_make_a_call() -> None:
    found = only(
        """
        def attend(q, k, *, scale=1.0):
            # shapelens: shape q = (None, 5, 8)
            # shapelens: shape k = (None, 7, 8)
            return tf.matmul(q, k, transpose_b=True) * scale
        """
    )
    (call,) = found.calls
    assert call.expression == "attend(q, k=k)"
    assert [given.name for given in call.given] == ["q", "k"]
    assert call.given[0].spec == TensorSpec((None, 5, 8), "float32")
    assert call.location.span.line == 5


def test_a_layer_is_made_and_called() -> None:
    text = """
        class Scale(layers.Layer):
            def __init__(self, units=4, **kwargs):
                super().__init__(**kwargs)
                self.dense = layers.Dense(units)

            # shapelens: shape inputs = (None, 3)
            def call(self, inputs, training=False):
                return self.dense(inputs)
        """
    assert calls(text) == ["Scale()(inputs)"]


def test_a_comment_that_makes_a_layer_is_completed_by_the_shape_of_its_input() -> None:
    text = """
        # shapelens: call Scale(8)
        # shapelens: shape inputs = (None, 3)
        class Scale(layers.Layer):
            def __init__(self, units):
                self.dense = layers.Dense(units)
            def call(self, inputs):
                return self.dense(inputs)
        """
    assert calls(text) == ["Scale(8)(inputs)"]


def test_a_layer_without_the_shape_of_its_input_asks_for_it() -> None:
    found = only("class Scale(layers.Layer):\n    def call(self, inputs):\n        return inputs * 2\n")
    assert found.calls == ()
    assert found.example == ("# shapelens: shape inputs = (None, ...)",)


def test_the_example_tells_tensors_from_values() -> None:
    found = only("def block(x, filters, /, kernel):\n    return layers.Conv2D(filters, kernel)(x)\n")
    assert found.example == (
        "# shapelens: shape x = (None, ...)",
        "# shapelens: call block(x, ..., kernel=...)",
    )


def test_the_values_of_a_comment_may_be_given_by_another() -> None:
    text = """
        # shapelens: shape x = (None, 8)
        # shapelens: call block(x, 3)
        def block(x, units):
            return layers.Dense(units)(x)
        """
    (call,) = of(text).calls
    assert call.expression == "block(x, 3)"
    assert [given.name for given in call.given] == ["x"]


def test_shapes_of_other_names_are_given_to_the_program() -> None:
    found = of(
        "# shapelens: shape data = (100, 8)\ndata = load()\ndef f():\n    # shapelens: shape y = (2,)\n    y = g()\n"
    )
    assert [(given.name, given.scope) for given in found.given] == [("data", None), ("y", Span(5, 0, 7, 11))]


@pytest.mark.parametrize("text", ["def build(:\n    return layers.Dense(3)\n", "x = (", "\x00", "'''"])
def test_half_typed_text_has_no_calls(text: str) -> None:
    assert of(text) == Outline()


def test_decorators_belong_to_the_definition() -> None:
    found = only("@tf.function\ndef build(units):\n    return layers.Dense(units)\n")
    assert found.body == Span(3, 0, 5, 30)
    assert found.span == Span(4, 4, 4, 9)


def test_names_behind_other_than_ascii_are_found() -> None:
    found = only("class Größe(layers.Layer):\n    def call(self, x):\n        return x\n")
    assert found.span == Span(3, 6, 3, 11)
