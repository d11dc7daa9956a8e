"""Notebooks as one program: the code cells in order, as IPython would run them, without what is not Python.

Lines are kept: line n of a cell is line ``start + n`` of the joined text. Cells of code without Python, such as those
that begin with ``%%bash``, become empty lines; magics and shell lines become ``pass``. Knows nothing of ShapeLens.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass

PYTHON_CELL_MAGICS = frozenset({"time", "timeit", "capture", "prun", "memit", "mprun", "wandb"})
"""Cell magics whose cell is Python."""

_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
_LINE_MAGIC = re.compile(r"(\s*)(?:[%!].*|\?.*|[\w.]+\s*=\s*[%!].*|[\w.]+\?{1,2}\s*$)")
_TIMED = re.compile(r"(\s*)%time\s+(?=\w)")
_CAPTURED = re.compile(r"(\s*\w+\s*=\s*)!")
_CUTTER = re.compile(r"'''|\"\"\"|'|\"|#|[(\[{]|[)\]}]|\\.|.", re.DOTALL)


@dataclass(frozen=True)
class Cell:
    """A code cell: its number among all cells of the notebook, and its lines in the joined text."""

    index: int
    start: int
    lines: int


@dataclass(frozen=True)
class Notebook:
    """Code cells in order, joined."""

    text: str
    cells: tuple[Cell, ...]

    def place(self, line: int) -> tuple[int, int]:
        """Return the cell's number and the line in it of a line of the joined text, all zero-based."""
        cell = next(cell for cell in self.cells if cell.start <= line < cell.start + cell.lines)
        return cell.index, line - cell.start


def read_notebook(source: str) -> Notebook:
    """Return the program of a notebook in nbformat 4, given as the text of its file."""
    cells, parts, start = [], [], 0
    for index, plain in enumerate(json.loads(source)["cells"]):
        if plain["cell_type"] != "code":
            continue
        given = plain["source"]
        text = python_of("".join(given) if isinstance(given, list) else given)
        lines = text.count("\n") + 1
        cells.append(Cell(index, start, lines))
        parts.append(text)
        start += lines
    return Notebook("\n".join(parts) + "\n", tuple(cells))


def python_of(cell: str) -> str:
    """Return a cell's text with ``pass`` in place of magics and shell lines; no line moves."""
    lines = cell.replace("\r\n", "\n").split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), None)
    magic = _CELL_MAGIC.match(lines[first]) if first is not None else None
    if first is not None and magic:
        if magic[1] not in PYTHON_CELL_MAGICS:
            return "\n" * (len(lines) - 1)
        lines[first] = ""
    text = "\n".join(lines)
    try:
        ast.parse(text)
    except SyntaxError:
        return _without_magics(lines)
    return text


def _without_magics(lines: list[str]) -> str:
    kept: list[str] = []
    opened, quote, continued, in_magic = 0, "", False, False
    for line in lines:
        at_start = not opened and not quote and not continued
        match = _LINE_MAGIC.match(line) if at_start else None
        if in_magic or match:
            # A shell line goes on after a backslash too.
            kept.append("" if in_magic else _python_of_magic(line))
            in_magic = line.endswith("\\")
            continue
        kept.append(line)
        opened, quote, continued = _after(line, opened, quote)
    return "\n".join(kept)


def _python_of_magic(line: str) -> str:
    """Return what a magic or shell line comes to: mostly nothing, a timed statement, no lines of output."""
    if match := _TIMED.match(line):
        return match[1] + line[match.end() :]
    if match := _CAPTURED.match(line):
        return match[1] + "[]"
    return line[: len(line) - len(line.lstrip())] + "pass"


def _after(line: str, opened: int, quote: str) -> tuple[int, str, bool]:
    """Return brackets open, quotes open and whether a backslash ends it, after a line."""
    for match in _CUTTER.finditer(line):
        piece = match[0]
        if quote:
            quote = "" if piece == quote else quote
        elif piece == "#":
            return opened, "", False
        elif piece[0] in "'\"":
            quote = piece
        elif piece in "([{":
            opened += 1
        elif piece in ")]}":
            opened -= 1
    return opened, quote if len(quote) == 3 else "", line.endswith("\\")
