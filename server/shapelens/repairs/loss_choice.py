"""``sparse-loss``, ``dense-loss`` and ``other-loss``: the loss that fits the labels."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapelens.repairs.model import Candidate, TextEdit
from shapelens.repairs.problem import Problem, ordered
from shapelens.source.syntax_tree import callee

_CODES = ("loss-target-mismatch", "silent-broadcast", "keras-error", "operation-shape-mismatch")

_CLASSES = {
    "categorical_crossentropy": "CategoricalCrossentropy",
    "sparse_categorical_crossentropy": "SparseCategoricalCrossentropy",
    "binary_crossentropy": "BinaryCrossentropy",
    "mean_squared_error": "MeanSquaredError",
    "mean_absolute_error": "MeanAbsoluteError",
}
_SHORT = {"mean_squared_error": ("mse", "MSE"), "mean_absolute_error": ("mae", "MAE"), "huber": ("huber_loss",)}
_METRICS = {
    "categorical_accuracy": "sparse_categorical_accuracy",
    "top_k_categorical_accuracy": "sparse_top_k_categorical_accuracy",
    "CategoricalAccuracy": "SparseCategoricalAccuracy",
    "TopKCategoricalAccuracy": "SparseTopKCategoricalAccuracy",
    "CategoricalCrossentropy": "SparseCategoricalCrossentropy",
}


def candidates(problem: Problem) -> Iterator[Candidate]:
    """Yield other losses where the target fits one of them."""
    comparison = problem.comparison
    if problem.code not in _CODES or comparison is None or comparison.own:
        return
    for kind, name, cost in _fitting(problem):
        edits = _loss_edits(problem, comparison.loss, name)
        if edits:
            yield Candidate(kind, f"Use the loss {name}", ordered(*edits, *_metric_edits(problem, name)), cost)


def _fitting(problem: Problem) -> Iterator[tuple[str, str, float]]:
    comparison = problem.comparison
    assert comparison is not None
    target, output, loss = comparison.target.shape, comparison.output.shape, comparison.loss
    if target is None or output is None or not output:
        return
    given = problem.given("y")
    whole = given is None or given.integral or not comparison.target.dtype.startswith("float")
    classes = output[-1]
    same_rank = len(target) == len(output)
    numbered = len(target) == len(output) - 1 or (same_rank and target[-1] == 1)
    binary = given is not None and given.maximum is not None and given.maximum <= 1 and (given.minimum or 0) >= 0
    if classes is not None and classes > 1 and numbered and whole and loss != "sparse_categorical_crossentropy":
        softmax = loss in ("categorical_crossentropy", "kl_divergence")
        yield "sparse-loss", "sparse_categorical_crossentropy", 1.0 if softmax else 1.5
    one_hot = same_rank and target[-1] == classes
    if loss == "sparse_categorical_crossentropy" and one_hot and classes is not None and classes > 1:
        one_each = given is None or given.one_hot
        yield "dense-loss", "categorical_crossentropy", 1.0 if one_each else 1.6
        if not one_each:
            yield "other-loss", "binary_crossentropy", 1.0
    if classes == 1 and (numbered or same_rank) and loss.endswith("categorical_crossentropy"):
        if binary or given is None:
            yield "other-loss", "binary_crossentropy", 1.2
        if not whole:
            yield "other-loss", "mean_squared_error", 1.3
    if loss == "categorical_crossentropy" and classes is not None and classes > 1 and same_rank and not whole:
        yield "other-loss", "mean_squared_error", 2.5


def _loss_edits(problem: Problem, old: str, new: str) -> tuple[TextEdit, ...]:
    call = problem.compile_call
    if call is None:
        return ()
    written = problem.tree.argument(call, "loss", 1)
    if isinstance(written, ast.Name):
        written = _assigned(problem, written.id) or written
    if written is None:
        return ()
    names = {old, _CLASSES.get(old, old), *_SHORT.get(old, ())}
    found = [node for node in ast.walk(written) if isinstance(node, ast.expr) and _names(node) in names]
    # ``losses.CategoricalCrossentropy()``: the innermost node that has the name, not all that contain it.
    found = [node for node in found if not isinstance(node, ast.Call)]
    if len(found) != 1:
        return ()
    return _renamed(problem, found[0], new)


def _names(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _renamed(problem: Problem, node: ast.expr, new: str) -> tuple[TextEdit, ...]:
    tree = problem.tree
    if isinstance(node, ast.Constant):
        # A class's name is as good as a function's.
        is_class = isinstance(node.value, str) and node.value[:1].isupper() and node.value not in ("MSE", "MAE")
        return (problem.replace(node, problem.style.quoted(_CLASSES[new] if is_class else new, node)),)
    is_class = isinstance(tree.parent(node), ast.Call)
    name = _CLASSES[new] if is_class else new
    if isinstance(node, ast.Attribute):
        return (problem.replace(node, f"{tree.text(node.value)}.{name}"),)
    written = problem.style.loss(name)
    return (problem.replace(node, written.text), *written.edits)


def _metric_edits(problem: Problem, new: str) -> Iterator[TextEdit]:
    """Yield edits of metrics that speak of the other kind of labels."""
    call = problem.compile_call
    metrics = problem.tree.argument(call, "metrics", 2) if call is not None else None
    if metrics is None:
        return
    to_sparse = new.startswith("sparse")
    names = _METRICS if to_sparse else {value: key for key, value in _METRICS.items()}
    for node in ast.walk(metrics):
        if isinstance(node, ast.Constant) and node.value in names:
            yield problem.replace(node, problem.style.quoted(names[node.value], node))
        elif isinstance(node, ast.Call) and callee(node) in names and isinstance(node.func, ast.Attribute):
            yield problem.replace(node.func, f"{problem.tree.text(node.func.value)}.{names[callee(node)]}")


def _assigned(problem: Problem, name: str) -> ast.expr | None:
    for statement in problem.tree.walk(ast.Assign):
        if [getattr(item, "id", "") for item in statement.targets] == [name]:
            return statement.value
    return None
