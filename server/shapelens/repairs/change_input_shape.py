"""``change-input-shape`` and ``drop-sample-axis``: declare the shape of one sample of the data."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapelens.repairs.declared_inputs import DeclaredInput, declared_inputs
from shapelens.repairs.model import Candidate
from shapelens.repairs.operands import shape_at
from shapelens.repairs.problem import Problem, Shape, ordered
from shapelens.source.syntax_tree import sizes_text

_CODES = (
    "input-structure-mismatch",
    "feature-axis-mismatch",
    "layer-rank-mismatch",
    "operation-shape-mismatch",
    "suspicious-argument",
    "keras-error",
    "merge-mismatch",
    "reshape-size-mismatch",
    "non-positive-dimension",
)


def candidates(problem: Problem) -> Iterator[Candidate]:
    """Yield the data's own shape in the place of the declared one."""
    if problem.code not in _CODES:
        return
    yield from _handed_on(problem)
    places = list(declared_inputs(problem))
    samples = _samples(problem)
    for index, place in enumerate(places):
        yield from _without_samples(problem, place, samples)
        data = _data_for(place, index, len(places), samples)
        if data is None or place.sizes == data or (place.single and len(data) != 1):
            continue
        written = _text(problem, place, data)
        if written is None:
            continue
        text = problem.tree.text(place.node)
        cost = 1.0 if place.sizes is not None and len(place.sizes) == len(data) else 1.2
        # A batch of another shape at predict is more likely the mistake than the model that was fitted.
        if problem.training is not None and problem.training.method.startswith("predict"):
            cost += 1.0
        edits = ordered(problem.replace(place.node, written))
        yield Candidate("change-input-shape", f"Declare the input shape {written} instead of {text}", edits, cost)


def _samples(problem: Problem) -> dict[str, Shape]:
    """Return the shapes of the inputs of ``fit`` and its kin, the samples in front, by their names there."""
    training = problem.any_training
    if training is None:
        given = problem.given("x")
        if given is not None and given.spec.shape is not None:
            return {"x": given.spec.shape}
        node = problem.tree.at(problem.diagnostic.span)
        shape = shape_at(problem, node.args[0]) if isinstance(node, ast.Call) and node.args else None
        return {"x": shape} if shape is not None else {}
    found = {}
    for item in training.given:
        if (item.name == "x" or item.name.startswith("x[")) and item.spec.shape is not None:
            found[item.name] = item.spec.shape
    return found


def _data_for(place: DeclaredInput, index: int, count: int, samples: dict[str, Shape]) -> Shape | None:
    for name in (f"x[{place.name!r}]", f"x['{place.name}']", f"x[{index}]"):
        if name in samples:
            return samples[name][1:]
    if "x" in samples and count == 1:
        return samples["x"][1:]
    return None


def _without_samples(problem: Problem, place: DeclaredInput, samples: dict[str, Shape]) -> Iterator[Candidate]:
    """Yield a declared shape without the axis of the samples, which it should not have."""
    node, sizes = place.node, place.sizes
    text = problem.tree.text(node)
    new = ""
    if isinstance(node, ast.Attribute) and node.attr == "shape":
        new = f"{text}[1:]"
    elif sizes is not None and len(sizes) > 1 and (sizes[0] is None or sizes in samples.values() or not samples):
        new = sizes_text(sizes[1:])
    elif isinstance(node, ast.Tuple) and len(node.elts) > 1 and sizes is None:
        rest = [problem.tree.text(item) for item in node.elts[1:]]
        new = f"({', '.join(rest)}{',' if len(rest) == 1 else ''})"
    if new:
        cost = 0.7 if sizes is None or sizes in samples.values() else 1.8
        edits = ordered(problem.replace(node, new))
        yield Candidate("drop-sample-axis", f"Leave the axis of the samples out: {new}", edits, cost)


def _handed_on(problem: Problem) -> Iterator[Candidate]:
    """Yield ``build(x.shape[1:])`` for ``build(x.shape)``, where x is what the model is fitted with."""
    data = problem.tree.argument(problem.call, "x", 0) if problem.call is not None else None
    if not isinstance(data, ast.Name):
        return
    for node in problem.tree.walk(ast.Attribute):
        parent = problem.tree.parent(node)
        whole = node.attr == "shape" and isinstance(parent, (ast.Call, ast.keyword, ast.Assign))
        if whole and isinstance(node.value, ast.Name) and node.value.id == data.id:
            new = f"{problem.tree.text(node)}[1:]"
            edit = problem.replace(node, new)
            yield Candidate("drop-sample-axis", f"Leave the axis of the samples out: {new}", (edit,), 0.7)


def _text(problem: Problem, place: DeclaredInput, data: Shape) -> str | None:
    """Return the shape as it is to be written; a size that the data does not tell stays as it is."""
    if place.single:
        return None if data[0] is None else str(data[0])
    if all(size is not None for size in data):
        return sizes_text(data)
    elements = place.node.elts if isinstance(place.node, (ast.Tuple, ast.List)) else []
    if len(elements) != len(data):
        return None
    parts = [problem.tree.text(item) if size is None else str(size) for item, size in zip(elements, data, strict=True)]
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
