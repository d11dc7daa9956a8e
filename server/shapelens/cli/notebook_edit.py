"""Other texts in the cells of a notebook's file, with every other byte of its JSON as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_BLANK = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


class UnknownCell(Exception):
    """The notebook has no such cell."""


def with_cells(notebook: str, texts: Mapping[int, str]) -> str:
    """Return the JSON of a notebook with other texts in some cells, by their index among all cells.

    Only the value of a cell's ``source`` (``input`` before nbformat 4) is written anew, in the layout it had: one
    string, or a list with a string for each line. Lines that stay keep how they were escaped. ``notebook`` must be
    valid JSON. Raises UnknownCell.
    """
    cells = list(_cells(notebook))
    changed = notebook
    # From the last to the first: the places of those still to come stay true.
    for index in sorted(texts, reverse=True):
        source = _source(notebook, cells[index]) if index < len(cells) else None
        if source is None:
            raise UnknownCell(f"there is no cell {index + 1} with a text")
        written = _written(notebook, source, texts[index])
        changed = changed[: source.start] + written + changed[source.end :]
    return changed


@dataclass(frozen=True)
class _Value:
    """A value of the JSON, and where it begins and ends."""

    plain: Any
    start: int
    end: int


def _value(text: str, at: int) -> _Value:
    start = _behind_blank(text, at)
    plain, end = _DECODER.raw_decode(text, start)
    return _Value(plain, start, end)


def _behind_blank(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _members(text: str, value: _Value) -> dict[str, _Value]:
    """Return the members of an object; of several with one name the last, as JSON is read."""
    found: dict[str, _Value] = {}
    at = _behind_blank(text, value.start + 1)
    while isinstance(value.plain, dict) and text[at] != "}":
        key = _value(text, at)
        member = _value(text, _behind_blank(text, key.end) + 1)
        found[key.plain] = member
        at = _behind_blank(text, member.end)
        if text[at] == ",":
            at = _behind_blank(text, at + 1)
    return found


def _items(text: str, value: _Value) -> Iterator[_Value]:
    at = _behind_blank(text, value.start + 1)
    while isinstance(value.plain, list) and text[at] != "]":
        item = _value(text, at)
        yield item
        at = _behind_blank(text, item.end)
        if text[at] == ",":
            at = _behind_blank(text, at + 1)


def _cells(text: str) -> Iterator[_Value]:
    """Yield the cells as ``parse_notebook`` counts them."""
    members = _members(text, _value(text, 0))
    cells = members.get("cells")
    if cells is not None and isinstance(cells.plain, list):
        yield from _items(text, cells)
        return
    for sheet in _items(text, members["worksheets"]):
        inner = _members(text, sheet).get("cells")
        if inner is not None:
            yield from _items(text, inner)


def _source(text: str, cell: _Value) -> _Value | None:
    members = _members(text, cell)
    return members.get("source", members.get("input"))


def _written(text: str, source: _Value, new: str) -> str:
    to_ascii = _is_ascii(text, source)
    if not isinstance(source.plain, list):
        return _string(new, to_ascii)
    items = list(_items(text, source))
    known = {item.plain: text[item.start : item.end] for item in items if isinstance(item.plain, str)}
    # As nbformat divides a text, see nbformat/v4/rwbase.py, split_lines.
    lines = [known.get(line) or _string(line, to_ascii) for line in new.splitlines(keepends=True)]
    if not lines:
        return "[]"
    lead, between, tail = _layout(text, source, items)
    return f"[{lead}{between.join(lines)}{tail}]"


def _layout(text: str, source: _Value, items: list[_Value]) -> tuple[str, str, str]:
    """Return what stands before the first item of a list, between two, and behind the last."""
    if not items:
        return "", ", ", ""
    lead, tail = text[source.start + 1 : items[0].start], text[items[-1].end : source.end - 1]
    if len(items) > 1:
        return lead, text[items[0].end : items[1].start], tail
    return lead, f",{lead or ' '}", tail


def _is_ascii(text: str, source: _Value) -> bool:
    """Return whether characters beyond ASCII are written as escapes: as in this cell, else as in the whole file."""
    own = text[source.start : source.end]
    if not own.isascii():
        return False
    return "\\u" in own or ("\\u" in text and text.isascii())


def _string(text: str, to_ascii: bool) -> str:
    # A lone surrogate, which JSON can hold, has no UTF-8.
    alone = any("\ud800" <= character <= "\udfff" for character in text)
    return json.dumps(text, ensure_ascii=to_ascii or alone)
