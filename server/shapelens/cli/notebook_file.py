"""Notebooks as Jupyter saves them: nbformat 4, and 3 and 2 before it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from shapelens.cli.source_text import UnreadableSource

SUFFIX = ".ipynb"


@dataclass(frozen=True)
class NotebookCell:
    """A code cell: its index among all cells of the notebook, zero-based, and its text."""

    index: int
    text: str


@dataclass(frozen=True)
class NotebookFile:
    """The language of a notebook, and its cells of code in that language."""

    language: str
    cells: tuple[NotebookCell, ...]
    data: bytes = b""
    """The file as it lies on the disk."""

    @property
    def is_python(self) -> bool:
        """Whether the cells are Python."""
        return self.language.lower().startswith(("python", "ipython"))


def read_notebook(path: Path) -> NotebookFile:
    """Return what there is to run in a notebook's file; raises UnreadableSource, which says what is wrong with it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableSource(f"The notebook cannot be read: {error.strerror or error}.") from error
    return replace(parse_notebook(decoded_notebook(data)), data=data)


def decoded_notebook(data: bytes) -> str:
    """Return the JSON of a notebook's file without a byte order mark; raises UnreadableSource."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableSource(f"The notebook is not valid UTF-8: byte 0x{data[error.start]:02x}.") from error


def parse_notebook(text: str) -> NotebookFile:
    """Return what there is to run in a notebook, given as JSON; raises UnreadableSource."""
    plain = _json(text)
    cells = plain.get("cells")
    if not isinstance(cells, list):
        sheets = plain.get("worksheets")
        if not isinstance(sheets, list):
            raise UnreadableSource("The file is no notebook: its JSON has no list of cells.")
        cells = [cell for sheet in map(_object, sheets) for cell in sheet.get("cells") or ()]
    language = _language(_object(plain.get("metadata")), cells)
    return NotebookFile(language, tuple(_code_cells(cells, language)))


def _json(text: str) -> dict[str, Any]:
    if not text.strip():
        raise UnreadableSource("The notebook's file is empty.")
    try:
        plain = json.loads(text)
    except ValueError as error:
        if any(line.startswith(("<<<<<<<", ">>>>>>>")) for line in text.splitlines()):
            raise UnreadableSource("The notebook holds the marks of a merge that was not resolved.") from error
        place = f" in line {error.lineno}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        what = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise UnreadableSource(f"The notebook is not valid JSON: {what}{place}.") from error
    except RecursionError as error:
        raise UnreadableSource("The notebook's JSON is nested too deep.") from error
    if not isinstance(plain, dict):
        raise UnreadableSource("The file is no notebook: its JSON is no object.")
    return plain


def _language(metadata: dict[str, Any], cells: list[Any]) -> str:
    """Return the language that the notebook names; Python where it names none, as Jupyter itself assumes."""
    named = [
        _object(metadata.get("language_info")).get("name"),
        _object(metadata.get("kernelspec")).get("language"),
        # nbformat 3 has it in each cell.
        *(_object(cell).get("language") for cell in cells),
    ]
    return next((name for name in named if isinstance(name, str) and name), "python")


def _code_cells(cells: list[Any], language: str) -> Iterator[NotebookCell]:
    for index, cell in enumerate(map(_object, cells)):
        own = _object(_object(cell.get("metadata")).get("vscode")).get("languageId")
        if cell.get("cell_type") == "code" and own in (None, language):
            # nbformat 3 says input where nbformat 4 says source.
            yield NotebookCell(index, _text(cell.get("source", cell.get("input"))))


def _text(source: object) -> str:
    if isinstance(source, list):
        return "".join(part for part in source if isinstance(part, str))
    return source if isinstance(source, str) else ""


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
