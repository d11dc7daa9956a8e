"""``match-lengths``: inputs and targets that belong together."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator

from shapelens.repairs.model import Candidate, TextEdit
from shapelens.repairs.problem import Problem, ordered, shape_of
from shapelens.source.syntax_tree import callee
from shapelens.worker.contract import Kind


def candidates(problem: Problem) -> Iterator[Candidate]:
    """Yield the order of ``train_test_split`` and names of arrays that have the right length."""
    if problem.code not in ("cardinality-mismatch", "loss-target-mismatch", "keras-error", "operation-shape-mismatch"):
        return
    yield from _split_order(problem)
    if problem.code != "cardinality-mismatch":
        return
    call = problem.call
    if call is None:
        return
    for x, y in _pairs(problem, call):
        yield from _same_table(problem, x, y)
    lengths = _lengths(problem)
    for pair in _pairs(problem, call):
        for wrong, other in (pair, pair[::-1]):
            length = lengths.get(problem.tree.text(other))
            name = problem.tree.text(wrong)
            if length is None or lengths.get(name) in (None, length):
                continue
            fitting = [known for known, size in lengths.items() if size == length and known != problem.tree.text(other)]
            for best in difflib.get_close_matches(name, fitting, n=2, cutoff=0.4):
                edit: TextEdit = problem.replace(wrong, best)
                cost = 1.0 if wrong is pair[1] else 1.2
                yield Candidate("match-lengths", f"Use {best} instead of {name}", ordered(edit), cost)


def _split_order(problem: Problem) -> Iterator[Candidate]:
    for statement in problem.tree.walk(ast.Assign):
        call, target = statement.value, statement.targets[0]
        if not isinstance(call, ast.Call) or callee(call) != "train_test_split" or len(call.args) != 2:
            continue
        if not isinstance(target, ast.Tuple) or len(target.elts) != 4:
            continue
        names = [problem.tree.text(item) for item in target.elts]
        inputs = [name for name in names if name.lower().startswith("x")]
        labels = [name for name in names if name not in inputs]
        if len(inputs) != 2:
            continue
        train = [name for name in names if "train" in name.lower()]
        order = [
            *sorted(inputs, key=lambda name: name not in train),
            *sorted(labels, key=lambda name: name not in train),
        ]
        if order != names:
            text = ", ".join(order)
            yield Candidate(
                "match-lengths", f"Unpack train_test_split as {text}", ordered(problem.replace(target, text)), 0.5
            )


def _pairs(problem: Problem, call: ast.Call) -> Iterator[tuple[ast.expr, ast.expr]]:
    x, y = problem.tree.argument(call, "x", 0), problem.tree.argument(call, "y", 1)
    if x is not None and y is not None:
        yield x, y
    validation = problem.tree.keyword(call, "validation_data")
    if (
        validation is not None
        and isinstance(validation.value, (ast.Tuple, ast.List))
        and len(validation.value.elts) >= 2
    ):
        yield validation.value.elts[0], validation.value.elts[1]


def _lengths(problem: Problem) -> dict[str, int]:
    """Return the first size of the arrays that names hold."""
    found: dict[str, int] = {}
    for item in sorted(problem.analysis.observations, key=lambda item: item.key):
        shape = shape_of(item.output) if item.kind is Kind.TENSOR and item.output is not None else None
        if shape and shape[0] is not None and item.name.isidentifier() and item.location.path == problem.path:
            found[item.name] = shape[0]
    return found


def _same_table(problem: Problem, x: ast.expr, y: ast.expr) -> Iterator[Candidate]:
    """Yield the target from the variable that the inputs come from: ``valid["stars"]`` for ``train["stars"]``."""
    ours = {item.id for item in ast.walk(x) if isinstance(item, ast.Name)}
    theirs = [item for item in ast.walk(y) if isinstance(item, ast.Name)]
    if len(ours) == 1 and len(theirs) == 1 and theirs[0].id not in ours and not isinstance(y, ast.Name):
        name = next(iter(ours))
        edit = problem.replace(theirs[0], name)
        yield Candidate("match-lengths", f"Take the targets from {name}, as the inputs are", (edit,), 0.9)
