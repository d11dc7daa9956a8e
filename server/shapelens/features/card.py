"""A small piece of formatted text, as Markdown or plain, for hovers and tooltips."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """A piece of a line that is shown as code."""

    text: str


@dataclass(frozen=True)
class Line:
    """One line; strings are prose."""

    parts: tuple[str | Code, ...]
    title: bool = False


@dataclass(frozen=True)
class Table:
    """A header and rows of code cells."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Block:
    """Text of another program, shown as it is."""

    text: str


Part = Line | Table | Block

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


def line(*parts: str | Code) -> Line:
    """Return a line of prose and code."""
    return Line(parts)


def title(*parts: str | Code) -> Line:
    """Return a line whose first part stands out."""
    return Line(parts, title=True)


@dataclass(frozen=True)
class Card:
    """Lines, tables and blocks, one below the other."""

    parts: tuple[Part, ...]

    def markdown(self) -> str:
        """Return the card as Markdown; nothing in it is taken for markup by accident."""
        return "\n\n".join(_markdown(part) for part in self.parts)

    def plain(self) -> str:
        """Return the card as plain text."""
        return "\n".join(_plain(part) for part in self.parts)


def _markdown(part: Part) -> str:
    if isinstance(part, Line):
        pieces = [_code(piece.text) if isinstance(piece, Code) else _escape(piece) for piece in part.parts]
        if part.title:
            pieces[0] = f"**{pieces[0]}**"
        return " ".join(pieces)
    if isinstance(part, Block):
        fence = _fence(part.text, 3)
        return f"{fence}text\n{part.text.strip()}\n{fence}"
    head = "| " + " | ".join(_escape(cell) for cell in part.header) + " |"
    rule = "|" + " --- |" * len(part.header)
    rows = ["| " + " | ".join(_code(cell.replace("|", "\\|")) for cell in row) + " |" for row in part.rows]
    return "\n".join([head, rule, *rows])


def _plain(part: Part) -> str:
    if isinstance(part, Line):
        return " ".join(piece.text if isinstance(piece, Code) else piece for piece in part.parts)
    if isinstance(part, Block):
        return part.text.strip()
    table = [part.header, *part.rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(part.header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table
    )


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _code(text: str) -> str:
    if not text:
        return ""
    flat = " ".join(text.split("\n"))
    fence = _fence(flat, 1)
    # CommonMark strips one space on both sides, which a text that starts or ends with a backtick needs.
    padding = " " if "`" in flat else ""
    return f"{fence}{padding}{flat}{padding}{fence}"


def _fence(text: str, least: int) -> str:
    """Return more backticks than stand anywhere in a row in the text."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    return "`" * max(least, longest + 1)
