"""What IPython reads in a cell beside Python: magics, shell lines and questions for help.

Each line stays a line, and what is Python keeps its columns, so that places in the result are places in the cell.
The syntax is that of IPython 8 and 9 (``IPython.core.inputtransformer2``).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from parso.python.tokenize import tokenize_lines
from parso.utils import parse_version_string

_PYTHON_CELL = frozenset(
    "capture debug heat lprun memit mprun notify prun pyinstrument scalene snakeviz time timeit viztracer wandb".split()
)
"""Cell magics that run the cell as Python; every other one may take any language, and its cell is left out."""

_COMMANDS = frozenset(
    "apt apt-get cat cd conda cp curl git head ls mamba mkdir mv pip pip3 rm tail tar unzip uv wget".split()
)
"""First words of a cell of one line that IPython, or a habit of shells, takes for a command without a sign."""

_CELL_MAGIC = re.compile(r"\s*%%(\w+)(.*)")
_RUNS_STATEMENT = re.compile(
    r"%(?:time|timeit|prun|memit|mprun|lprun)(?:\s+-(?:[fslmTD]\s+\S+|\w+(?:\s+\d+\b)?))*\s+(?=\S)"
)
"""A line magic that runs the statement behind it, up to that statement."""
_SETS_VARIABLE = re.compile(r"%(?:set_)?env\s+(\w+)(?:\s*=\s*|\s+)([^\s{}$].*?)\s*")
_MAGIC = re.compile(r"%(\w*)\s*(.*)")

_TOKENS = parse_version_string("3.13")

_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


def without_magics(lines: Sequence[str]) -> list[str]:
    """Return the cell's lines as Python, as many as there were; not to be called for a cell that is Python already.

    A cell in another language becomes empty lines, a magic or a shell line ``pass``. A magic that runs a statement,
    such as ``%time``, leaves it. A name that a command is assigned to is left to the command:
    ``files = get_ipython().getoutput('ls')``.
    """
    python = list(lines)
    first = 0
    while True:
        first = next((number for number in range(first, len(lines)) if lines[number].strip()), len(lines))
        magic = _CELL_MAGIC.fullmatch(lines[first]) if first < len(lines) else None
        if magic is None:
            break
        if magic[1] not in _PYTHON_CELL or magic[2].rstrip().endswith("?"):
            return [""] * len(lines)
        python[first] = ""
        first += 1
    only = first if not any(line.strip() for line in lines[first + 1 :]) else None
    if only is not None and only < len(lines) and lines[only].split(None, 1)[0] in _COMMANDS:
        return [""] * len(lines)
    while first < len(lines):
        first = _step(lines, first, python)
    return python


def _step(lines: Sequence[str], first: int, python: list[str]) -> int:
    """Put Python in place of the statement or command that begins on a line; return the line behind it."""
    line = lines[first]
    text = line.lstrip()
    indent = line[: len(line) - len(text)]
    if not text or text.startswith("#"):
        return first + 1
    if text[0] in "%!?":
        behind = _behind_command(lines, first)
        command = "\n".join(lines[first:behind])[len(indent) :]
        python[first:behind] = [indent + part if not at else part for at, part in enumerate(_command(command))]
        return behind
    depth, signs, before, behind = 0, 0, "", first
    for kind, value, (number, column) in _tokens(lines, first):
        behind = number
        # As IPython has it, a command follows the first of a statement's equals signs only.
        if depth == 0 and before == "=" and signs == 1 and value in ("!", "%"):
            behind = _behind_command(lines, number)
            command = "\n".join(lines[number:behind])[column:]
            parts = _assigned(command)
            python[number:behind] = [lines[number][:column] + parts[0], *parts[1:]]
            return behind
        if kind == "ERRORTOKEN" and value == "?" and not lines[number][column:].strip(" \t?") and number == first:
            python[first] = indent + "pass"
            return first + 1
        if kind == "NEWLINE":
            break
        depth += (value in _OPENING) - (value in _CLOSING)
        signs += depth == 0 and value == "="
        before = value
    return behind + 1


def _tokens(lines: Sequence[str], first: int) -> Iterator[tuple[str, str, tuple[int, int]]]:
    """Yield kind, text, and zero-based line and column of the tokens from a line on, faulty ones included."""
    rest = (lines[number] + "\n" for number in range(first, len(lines)))
    for token in tokenize_lines(rest, version_info=_TOKENS, start_pos=(first + 1, 0)):
        line, column = token.start_pos
        if token.type.name == "ENDMARKER":
            return
        yield token.type.name, token.string, (line - 1, column)


def _behind_command(lines: Sequence[str], first: int) -> int:
    """Return the line behind a command, which goes on where a line ends with a backslash."""
    last = first
    while lines[last].endswith("\\") and last + 1 < len(lines):
        last += 1
    return last + 1


def _command(text: str) -> list[str]:
    """Return the lines in place of a magic, a shell line or a question."""
    runs = _RUNS_STATEMENT.match(text)
    if runs is not None:
        # The first five characters are enough for the word and the semicolon, and a compound statement cannot follow.
        kept = "pass;".ljust(runs.end()) + text[runs.end() :]
        if _is_python(kept):
            return kept.split("\n")
    empty = [""] * text.count("\n")
    variable = _SETS_VARIABLE.fullmatch(text)
    if variable is not None:
        return [f"__import__('os').environ[{variable[1]!r}] = {variable[2]!r}", *empty]
    return ["pass", *empty]


def _assigned(text: str) -> list[str]:
    """Return the lines in place of a command behind ``=``."""
    runs = _RUNS_STATEMENT.match(text)
    if runs is not None:
        kept = " " * runs.end() + text[runs.end() :]
        if _is_python("_ =" + kept):
            return kept.split("\n")
    whole = " ".join(part.strip().removesuffix("\\").rstrip() for part in text.split("\n"))
    magic = _MAGIC.fullmatch(whole)
    if magic is not None:
        call = f"get_ipython().run_line_magic({magic[1]!r}, {magic[2]!r})"
    else:
        call = f"get_ipython().getoutput({whole.removeprefix('!')!r})"
    return [call, *[""] * text.count("\n")]


def _is_python(text: str) -> bool:
    try:
        compile(text, "<cell>", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
