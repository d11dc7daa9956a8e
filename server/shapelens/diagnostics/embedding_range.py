"""``embedding-range``: numbers that an embedding has no row for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapelens.diagnostics.model import Diagnostic, Related, Severity
from shapelens.diagnostics.rule import AnalysisRule, Documentation
from shapelens.diagnostics.written_layers import Shape, failed_at, shape_of, written_models
from shapelens.evaluation.analysis import Analysis
from shapelens.source.syntax_tree import SourceTree, callee
from shapelens.worker.contract import Given, Location, Observation

CODE = "embedding-range"


def _find(analysis: Analysis) -> Iterator[Diagnostic]:
    if not any(item.type_name == "Embedding" for item in analysis.observations):
        return
    models = written_models(analysis)
    if models is None:
        return
    told: set[Location] = set()
    layers = [item for item in models.layers if item.type_name == "Embedding" and _gets_input(models.tree, item.maker)]
    for training in analysis.trainings:
        given = _single_input(training.given)
        if given is None or given.maximum is None or failed_at(analysis, training) or training.location in told:
            continue
        for layer in layers:
            called = [item for item in layer.observations if training.location in item.via and _of_samples(item, given)]
            rows = _rows(called[0]) if called else None
            if rows is None or given.maximum < rows:
                continue
            told.add(training.location)
            message = (
                f"{given.name} holds numbers up to {given.maximum:.0f}, but the Embedding has rows for 0 to {rows - 1} "
                f"only. The largest number needs input_dim={given.maximum + 1:.0f}."
            )
            related = Related(models.place(layer), f"an embedding of {rows} rows")
            yield Diagnostic(CODE, Severity.WARNING, training.location, message, (related,))
            break


def _gets_input(tree: SourceTree, maker: ast.Call) -> bool:
    """Tell whether an embedding plainly gets what its model gets: numbers may be hashed or looked up on the way."""
    parent = tree.parent(maker)
    if isinstance(parent, (ast.List, ast.Tuple)):
        return all(_declares(item) for item in parent.elts[: parent.elts.index(maker)])
    if isinstance(parent, ast.Call) and parent.func is maker:
        return bool(parent.args) and _is_input(tree, parent.args[0], parent)
    if isinstance(parent, ast.Call) and callee(parent) == "add":
        function = ast.dump(parent.func)
        added = [item for item in tree.walk(ast.Call) if ast.dump(item.func) == function and item.args]
        return all(_declares(item.args[0]) for item in added if item.lineno < parent.lineno)
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1:
        target = ast.dump(parent.targets[0]).replace("Store()", "Load()")
        calls = [item for item in tree.walk(ast.Call) if ast.dump(item.func) == target]
        return bool(calls) and all(item.args and _is_input(tree, item.args[0], item) for item in calls)
    return False


def _declares(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and callee(node) in ("Input", "InputLayer")


def _is_input(tree: SourceTree, value: ast.expr, call: ast.Call) -> bool:
    """Tell whether a value is an input of a Functional model, or the first argument of ``call``, as it came."""
    if not isinstance(value, ast.Name):
        return _declares(value)
    function = tree.function(call)
    before = [
        item
        for item in tree.walk(ast.Name)
        if item.id == value.id
        and isinstance(item.ctx, ast.Store)
        and tree.function(item) is function
        and item.lineno <= call.lineno
    ]
    statements = [tree.statement(item) for item in before]
    makers = [item for item in statements if not (isinstance(item, ast.Assign) and call in ast.walk(item))]
    if not makers:
        return (
            function is not None and function.name == "call" and value.id in [item.arg for item in function.args.args]
        )
    last = makers[-1]
    return len(makers) == 1 and isinstance(last, ast.Assign) and _declares(last.value)


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
