"""``generator-mode``: what a generator of images gives as labels and colours."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from shapelens.repairs.model import Candidate
from shapelens.repairs.problem import Problem, ordered, shape_of
from shapelens.source.syntax_tree import callee

_LABELS = {
    "flow_from_directory": ("class_mode", {"categorical": "categorical", "sparse": "sparse", "binary": "binary"}),
    "flow_from_dataframe": ("class_mode", {"categorical": "categorical", "sparse": "sparse", "binary": "binary"}),
    "image_dataset_from_directory": ("label_mode", {"categorical": "categorical", "sparse": "int", "binary": "binary"}),
    "text_dataset_from_directory": ("label_mode", {"categorical": "categorical", "sparse": "int", "binary": "binary"}),
}
_COLORS = {1: "grayscale", 3: "rgb", 4: "rgba"}
_LOSSES = {
    "categorical_crossentropy": "categorical",
    "sparse_categorical_crossentropy": "sparse",
    "binary_crossentropy": "binary",
}


def candidates(problem: Problem) -> Iterator[Candidate]:
    """Yield the mode that the loss or the model's input asks for, in every generator of the file."""
    makers = [call for call in problem.tree.walk(ast.Call) if callee(call) in _LABELS]
    if not makers:
        return
    comparison = problem.comparison
    if comparison is not None and comparison.loss in _LOSSES:
        wanted = _LOSSES[comparison.loss]
        yield from _all(problem, makers, {call: _LABELS[callee(call)] for call in makers}, wanted)
    inputs = shape_of(problem.training.inputs) if problem.training is not None else None
    if inputs is not None and len(inputs) == 4 and inputs[-1] in _COLORS:
        mode = _COLORS[inputs[-1]]
        edits = [edit for call in makers for edit in _set(problem, call, "color_mode", mode)]
        if edits:
            yield Candidate("generator-mode", f'Read the images with color_mode="{mode}"', ordered(*edits), 0.9)


def _all(
    problem: Problem, makers: list[ast.Call], modes: dict[ast.Call, tuple[str, dict[str, str]]], wanted: str
) -> Iterator[Candidate]:
    edits = [edit for call in makers for edit in _set(problem, call, modes[call][0], modes[call][1][wanted])]
    if edits:
        name, texts = modes[makers[0]]
        yield Candidate("generator-mode", f'Read the labels with {name}="{texts[wanted]}"', ordered(*edits), 0.9)


def _set(problem: Problem, call: ast.Call, name: str, mode: str):  # type: ignore[no-untyped-def]
    keyword = problem.tree.keyword(call, name)
    if keyword is None:
        yield problem.add_argument(call, f"{name}={problem.style.quoted(mode)}")
    elif not (isinstance(keyword.value, ast.Constant) and keyword.value.value == mode):
        yield problem.replace(keyword.value, problem.style.quoted(mode, keyword.value))
