"""``one-hot-labels`` and ``labels-argmax``: the labels in the form that the loss takes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapelens.repairs.data_arguments import inputs, targets, wrapped
from shapelens.repairs.model import Candidate
from shapelens.repairs.problem import Problem, ordered
from shapelens.source.syntax_tree import callee

_CODES = ("loss-target-mismatch", "silent-broadcast", "keras-error", "operation-shape-mismatch")


def candidates(problem: Problem) -> Iterator[Candidate]:
    """Yield the two ways between class numbers and rows of zeros and a one, where the data has just the other."""
    comparison = problem.comparison
    yield from _in_call(problem)
    if problem.code not in _CODES or comparison is None:
        return
    target, output = comparison.target.shape, comparison.output.shape
    if target is None or output is None or not output or output[-1] is None or output[-1] < 2:
        return
    given = problem.given("y")
    numbered = len(target) == len(output) - 1 or (len(target) == len(output) and target[-1] == 1)
    whole = given is None or given.integral or "int" in given.spec.dtype
    if numbered and whole and comparison.loss != "sparse_categorical_crossentropy":
        classes = output[-1]
        if given is None or given.maximum is None or given.maximum < classes:
            function = problem.style.utility("to_categorical")
            for places, cost in _places(problem):
                edits = ordered(*wrapped(problem, places, f"{function.text}(", f", {classes})"), *function.edits)
                title = f"One-hot encode the labels with to_categorical(..., {classes})"
                yield Candidate("one-hot-labels", title, edits, cost)
            yield from _in_data_set(problem, classes)
    if comparison.sparse and len(target) == len(output) and target[-1] == output[-1]:
        yield from _left_out(problem)
        numpy = problem.style.numpy()
        for places, cost in _places(problem):
            edits = ordered(*wrapped(problem, places, f"{numpy.text}.argmax(", ", axis=-1)"), *numpy.edits)
            yield Candidate("labels-argmax", "Turn the one-hot labels into class numbers with argmax", edits, cost)


def _places(problem: Problem) -> Iterator[tuple[tuple[ast.expr, ...], float]]:
    """Yield the labels of every call, and those of the call that failed alone."""
    every = targets(problem)
    if every:
        yield every, 1.3
    for number, own in enumerate(every if len(every) > 1 else ()):
        yield (own,), 1.35 + 0.02 * number


def _left_out(problem: Problem) -> Iterator[Candidate]:
    """Yield the program without the encoding of these labels."""
    own = problem.tree.argument(problem.call, "y", 1) if problem.call is not None else None
    name = getattr(own, "id", None)
    for statement in problem.tree.walk(ast.Assign):
        call = statement.value
        if not isinstance(call, ast.Call) or callee(call) not in ("to_categorical", "one_hot") or not call.args:
            continue
        if [getattr(item, "id", "") for item in statement.targets] == [name]:
            edit = problem.replace(call, problem.tree.text(call.args[0]))
            yield Candidate("labels-argmax", "Leave the one-hot encoding of the labels out", (edit,), 1.2)


def _in_data_set(problem: Problem, classes: int) -> Iterator[Candidate]:
    """Yield data sets whose labels are encoded as they are read."""
    given, tensorflow = problem.given("y"), problem.style.tensorflow()
    if given is None or not given.batched or tensorflow is None:
        return
    places = [*inputs(problem), *_validation(problem)]
    after = f".map(lambda x, y: (x, {tensorflow}.one_hot(y, {classes})))"
    if places:
        edits = ordered(*wrapped(problem, tuple(places), "", after))
        yield Candidate("one-hot-labels", f"One-hot encode the labels of the data set as {classes} classes", edits, 1.3)


def _validation(problem: Problem) -> Iterator[ast.expr]:
    keyword = problem.tree.keyword(problem.call, "validation_data") if problem.call is not None else None
    if keyword is not None and isinstance(keyword.value, (ast.Name, ast.Attribute, ast.Call)):
        yield keyword.value


def _in_call(problem: Problem) -> Iterator[Candidate]:
    """Yield class numbers for a function that is called with one-hot labels."""
    if "`labels.shape.rank` must equal `logits.shape.rank - 1`" not in problem.message:
        return
    node, tensorflow = problem.tree.at(problem.diagnostic.span), problem.style.tensorflow()
    labels = problem.tree.argument(node, "labels", 0) if isinstance(node, ast.Call) else None
    if labels is None or tensorflow is None:
        return
    for place, cost in ((labels, 1.0), (_assigned(problem, labels), 1.1)):
        if place is not None:
            edit = problem.replace(place, f"{tensorflow}.argmax({problem.tree.text(place)}, axis=-1)")
            yield Candidate("labels-argmax", "Turn the one-hot labels into class numbers with argmax", (edit,), cost)


def _assigned(problem: Problem, labels: ast.expr) -> ast.expr | None:
    """Return what a variable last got before it is used, as other places may use the class numbers too."""
    if not isinstance(labels, ast.Name):
        return None
    function, found = problem.tree.function(labels), None
    for statement in problem.tree.walk(ast.Assign):
        if problem.tree.function(statement) is not function or statement.lineno >= labels.lineno:
            continue
        for target in statement.targets:
            pairs = [(target, statement.value)]
            if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
                pairs = list(zip(target.elts, statement.value.elts, strict=False))
            values = [value for name, value in pairs if isinstance(name, ast.Name) and name.id == labels.id]
            if values and (found is None or values[-1].lineno > found.lineno):
                found = values[-1]
    return found
