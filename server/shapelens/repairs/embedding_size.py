"""``embedding-size``: as many rows as there are ids."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from shapelens.repairs.model import Candidate
from shapelens.repairs.problem import Problem, ordered
from shapelens.source.syntax_tree import callee, number

_RANGE = re.compile(r"indices\[[\d,]*\] = (\d+) is not in \[0, (\d+)\)")


def candidates(problem: Problem) -> Iterator[Candidate]:
    """Yield an ``input_dim`` that covers the largest id of the data."""
    found = _RANGE.search(problem.message)
    if problem.code != "embedding-range" and found is None:
        return
    for layer in problem.layers:
        if layer.name != "Embedding":
            continue
        written = problem.tree.argument(layer.maker, "input_dim", 0)
        if written is None:
            continue
        at_rule = layer.observation.location == problem.diagnostic.location
        largest = _largest(problem, int(found.group(1)) if found else None)
        size = number(written)
        if largest is None or (size is not None and size > largest):
            continue
        if found is not None and size is not None and size != int(found.group(2)) and not at_rule:
            continue
        text = problem.tree.text(written)
        for number_given in _handed_in(problem, written):
            if (number(number_given) or 0) <= largest:
                edits = ordered(problem.replace(number_given, str(largest + 1)))
                yield Candidate("embedding-size", f"Set {text}={largest + 1}", edits, 0.8)
        if size is None:
            new = f"{text} + 1"
            yield Candidate("embedding-size", f"Set input_dim={new}", ordered(problem.replace(written, new)), 1.0)
        new = str(largest + 1)
        cost = 1.0 if size is not None else 1.3
        yield Candidate("embedding-size", f"Set input_dim={new}", ordered(problem.replace(written, new)), cost)


def _largest(problem: Problem, said: int | None) -> int | None:
    training = problem.any_training
    known = [
        int(item.maximum)
        for item in (training.given if training is not None else ())
        if item.name.startswith("x") and item.maximum is not None and item.integral
    ]
    return max([*known, *([said] if said is not None else [])], default=None)


def _handed_in(problem: Problem, written: ast.expr) -> Iterator[ast.expr]:
    """Yield the numbers that calls give for the argument of a function or class which the size is written as."""
    function = problem.tree.function(written)
    if not isinstance(written, ast.Name) or function is None:
        return
    names = [item.arg for item in function.args.args]
    owner = problem.tree.parent(function)
    called = owner.name if isinstance(owner, ast.ClassDef) else function.name
    if written.id not in names:
        return
    position = names.index(written.id) - (1 if isinstance(owner, ast.ClassDef) else 0)
    for call in problem.tree.walk(ast.Call):
        if callee(call) == called:
            given = problem.tree.argument(call, written.id, position)
            if given is not None and number(given) is not None:
                yield given
