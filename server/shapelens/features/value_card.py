"""What is told of one observed place: the text of hovers and of the tooltips of hints."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shapelens.evaluation.analysis import Call
from shapelens.features.calls import origin_line
from shapelens.features.card import Code, Part, Table, line, title
from shapelens.features.place_text import line_text
from shapelens.features.shape_text import count_text, dtype_text, leaves, shape_text
from shapelens.features.size_text import bytes_text
from shapelens.worker.contract import Kind, Observation

_MOST_ROWS = 12
"""Calls that are listed one by one; a loop can make thousands."""

_FLOAT32_BYTES = 4


def value_parts(observations: Sequence[Observation], call: Call | None = None) -> tuple[Part, ...]:
    """Return the description of the values seen at one span; they are listed by call where they are several.

    ``call`` is the call of code which its file does not call itself that they came of.
    """
    first = observations[0]
    parts: list[Part] = [_head(first)]
    if len({(item.input, item.output) for item in observations}) > 1:
        parts.append(_calls(observations))
    else:
        parts += _shape_lines(first)
    parts += _parameter_lines(first)
    parts += [line(reason) for reason in dict.fromkeys(item.assumed for item in observations) if reason]
    if len(observations) == 1 and first.via and (call is None or first.via[-1] != call.location):
        parts.append(line("called from", Code(_place(first))))
    if call is not None:
        parts.append(origin_line(call, first.location.path))
    return tuple(parts)


def _head(item: Observation) -> Part:
    name = item.layer_name or item.name
    return title(item.type_name, Code(name)) if name and name != item.type_name else title(item.type_name)


def _shape_lines(item: Observation) -> list[Part]:
    if item.output is None:
        if item.kind in (Kind.LAYER, Kind.MODEL):
            return [line("Not called, so its shapes are not known.")]
        return []
    output = shape_text(item.output)
    dtype = dtype_text(item.output)
    prefix: list[str | Code] = ["elements"] if item.kind is Kind.DATASET else []
    if item.input is not None:
        prefix += [Code(shape_text(item.input)), "→"]
    suffix: list[str | Code] = ["·", dtype] if dtype else []
    lines: list[Part] = [line(*prefix, Code(output), *suffix)]
    if any(spec.shape is None for spec in leaves(item.output)):
        lines.append(line("The rank of (?) is not known before the model runs."))
    return lines


def _parameter_lines(item: Observation) -> list[Part]:
    if item.parameters is None:
        return []
    text = f"{count_text(item.parameters)} parameters"
    if item.trainable_parameters is not None and item.trainable_parameters != item.parameters:
        text += f", {count_text(item.trainable_parameters)} trainable"
    if item.parameters:
        text += f" · {bytes_text(item.parameters * _FLOAT32_BYTES)} as float32"
    return [line(text)]


def _calls(observations: Sequence[Observation]) -> Part:
    """Return a table of the values; a column that would be empty, or the same place in every row, is left out."""
    columns: list[tuple[str, Callable[[Observation], str]]] = [("dtype", lambda item: dtype_text(item.output))]
    if any(item.input is not None for item in observations):
        columns.insert(0, ("output", lambda item: shape_text(item.output)))
        columns.insert(0, ("input", lambda item: shape_text(item.input)))
    else:
        columns.insert(0, ("value", lambda item: shape_text(item.output)))
    if len({_place(item) for item in observations}) > 1:
        columns.insert(0, ("called from", _place))
    rows = tuple(dict.fromkeys(tuple(text(item) for _, text in columns) for item in observations))
    shown = rows[:_MOST_ROWS]
    if len(rows) > len(shown):
        shown += ((f"{len(rows) - len(shown)} more", *("…" for _ in columns[1:])),)
    return Table(tuple(name for name, _ in columns), shown)


def _place(item: Observation) -> str:
    """Return where the innermost call stands, its line as editors count: from one."""
    if not item.via:
        return "top level"
    return line_text(item.via[-1], item.location.path)
