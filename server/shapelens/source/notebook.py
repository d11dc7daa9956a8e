"""The code cells of a notebook as one program, and the way between places in the two."""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from shapelens.source.lines import Lines
from shapelens.source.magics import without_magics
from shapelens.worker.contract import Fault, Location, Span

_CELL_PATH = re.compile(r"(.+)#\d+", re.DOTALL)

_AWAIT = (ast.Await, ast.AsyncFor, ast.AsyncWith)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def cell_path(notebook: str, cell: int) -> str:
    """Return the name that places in a cell carry instead of a file's path."""
    return f"{notebook}#{cell}"


def same_notebook(path: str, other: str) -> bool:
    """Return whether two paths name cells of one notebook."""
    cell, another = _CELL_PATH.fullmatch(path), _CELL_PATH.fullmatch(other)
    return cell is not None and another is not None and cell[1] == another[1]


@dataclass(frozen=True)
class _Python:
    """A cell as Python, line by line; empty lines where it does not parse."""

    lines: tuple[str, ...]
    shifts: tuple[int, ...]
    """How many columns of each line were taken off at its left."""
    futures: tuple[str, ...] = ()
    """What the cell imports from ``__future__``, which only the head of a program may do."""
    error: Exception | None = None


class CellCode:
    """One text of a code cell."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.lines = Lines(text)

    @cached_property
    def python(self) -> _Python:
        """The cell as Python: its own lines, without what only IPython understands."""
        lines = [self.lines[number] for number in range(len(self.lines))]
        shifts = [0] * len(lines)
        error = _error(lines)
        if error is not None:
            # IPython takes a common margin off.
            margin = _margin(lines)
            shifts = [len(margin) if margin and line.startswith(margin) else 0 for line in lines]
            lines = without_magics([line[shift:] for line, shift in zip(lines, shifts, strict=True)])
            error = _error(lines)
        if error is not None:
            return _Python(("",) * len(lines), tuple(shifts), error=error)
        futures = _take_futures(lines)
        _take_awaiting(lines)
        return _Python(tuple(lines), tuple(shifts), futures)

    @property
    def is_broken(self) -> bool:
        """Whether the cell does not parse."""
        return self.python.error is not None

    @property
    def error_span(self) -> Span:
        """The place in the cell that Python names where the cell does not parse."""
        error = self.python.error
        if not isinstance(error, SyntaxError):
            return Span(0, 0, 0, 1)
        line, column = self._own_position(error.lineno, error.offset)
        # What is missing at the end of a line is shown at its last character.
        start = line, min(column, max(len(self.lines[line]) - 1, 0))
        end = self._own_position(error.end_lineno or error.lineno, error.end_offset)
        return Span(*start, *(end if end > start else (line, start[1] + 1)))

    def _own_position(self, line: int | None, column: int | None) -> tuple[int, int]:
        """Return a position of the Python, which counts from one, in the cell; behind the last line is at its end."""
        number = max((line or 1) - 1, 0)
        last = len(self.lines) - 1
        if number > last:
            return last, len(self.lines[last])
        return number, max((column or 1) - 1, 0) + self.python.shifts[number]


class NotebookCode:
    """The cells joined, in the order of the notebook: a line of a cell is a line of the program.

    A cell that does not parse is empty in the program, and a fault of its own.
    """

    def __init__(self, path: str, cells: Iterable[CellCode]) -> None:
        self.path = path
        self.cells = tuple(cells)
        futures = dict.fromkeys(name for cell in self.cells for name in cell.python.futures)
        head = [f"from __future__ import {', '.join(futures)}"] if futures else []
        self._starts: list[int] = []
        lines = list(head)
        for cell in self.cells:
            self._starts.append(len(lines))
            lines += cell.python.lines
        self.text = "\n".join([*lines, ""])

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The syntax errors, at their places in the program."""
        return tuple(
            _syntax_fault(Location(self.path, self.to_program(index, cell.error_span)), error)
            for index, cell in enumerate(self.cells)
            if (error := cell.python.error) is not None
        )

    def to_program(self, cell: int, span: Span) -> Span:
        """Return where a span of the cell with this index lies in the program."""
        start, shifts = self._starts[cell], self.cells[cell].python.shifts
        last = len(shifts) - 1
        return Span(
            start + span.line,
            max(span.column - shifts[min(span.line, last)], 0),
            start + span.end_line,
            max(span.end_column - shifts[min(span.end_line, last)], 0),
        )

    def to_cell(self, span: Span) -> tuple[int, Span] | None:
        """Return the index of the cell that a span of the program begins in, and where it lies there.

        A place outside of every cell counts to the nearest one; None where there is no cell at all.
        """
        if not self.cells:
            return None
        index = max(bisect_right(self._starts, span.line) - 1, 0)
        return index, Span(
            *self._position(index, span.line, span.column), *self._position(index, span.end_line, span.end_column)
        )

    def located(self, location: Location) -> Location | None:
        """Return where a place of the program lies in a cell; one in another file stays as it is."""
        if location.path != self.path:
            return location
        found = self.to_cell(location.span)
        return None if found is None else Location(self.cells[found[0]].path, found[1])

    def is_half_typed_since(self, older: NotebookCode) -> bool:
        """Return whether all that changed is that cells do not parse any more, as while someone types in them."""
        broken = {cell.path for cell in self.cells if cell.is_broken}
        newly = broken - {cell.path for cell in older.cells if cell.is_broken}
        return bool(newly) and self._without(broken) == older._without(broken)

    def _without(self, paths: set[str]) -> list[tuple[str, str]]:
        return [(cell.path, cell.lines.text) for cell in self.cells if cell.path not in paths]

    def _position(self, index: int, line: int, column: int) -> tuple[int, int]:
        cell = self.cells[index]
        local = line - self._starts[index]
        if local < 0:
            return 0, 0
        last = len(cell.lines) - 1
        if local > last:
            return last, len(cell.lines[last])
        # What stands in place of a command may be longer than the command.
        return local, min(column + cell.python.shifts[local], len(cell.lines[local]))


def _error(lines: Sequence[str]) -> Exception | None:
    """Return why the lines are no Python; None too where they are nested too deep to be looked at here."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an invalid escape is the program's own affair
            compile("\n".join(lines) + "\n", "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        return error
    except (RecursionError, MemoryError):
        return None
    return None


def _tree(lines: Sequence[str]) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        tree = compile("\n".join(lines) + "\n", "<cell>", "exec", flags, dont_inherit=True)
    assert isinstance(tree, ast.Module)
    return tree


def _margin(lines: Sequence[str]) -> str:
    first = next((line for line in lines if line.strip()), "")
    return first[: len(first) - len(first.lstrip(" \t"))]


def _take_futures(lines: list[str]) -> tuple[str, ...]:
    """Put ``pass`` in place of imports from ``__future__``; return what they import."""
    if not any("__future__" in line for line in lines):
        return ()
    nodes = [node for node in _tree(lines).body if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    for node in nodes:
        _pass(lines, node)
    return tuple(alias.name for node in nodes for alias in node.names)


def _take_awaiting(lines: list[str]) -> None:
    """Put ``pass`` in place of statements that await something outside of a function: no loop runs here."""
    if not any("await" in line or "async" in line for line in lines):
        return
    for node in _tree(lines).body:
        if _awaits(node):
            _pass(lines, node)


def _awaits(node: ast.AST) -> bool:
    if isinstance(node, _AWAIT) or (isinstance(node, ast.comprehension) and node.is_async):
        return True
    return not isinstance(node, _SCOPES) and any(map(_awaits, ast.iter_child_nodes(node)))


def _pass(lines: list[str], node: ast.stmt) -> None:
    """Put ``pass`` in place of a statement; what stands beside it on its lines stays."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    before = lines[first].encode("utf-8", "surrogatepass")[: node.col_offset]
    behind = lines[last].encode("utf-8", "surrogatepass")[node.end_col_offset :]
    width = len(lines[first]) if first == last else 0
    text = before.decode("utf-8", "surrogatepass") + "pass"
    rest = behind.decode("utf-8", "surrogatepass")
    lines[first : last + 1] = [text.ljust(width - len(rest)) + rest, *[""] * (last - first)]


def _syntax_fault(location: Location, error: Exception) -> Fault:
    name = type(error).__name__ if isinstance(error, SyntaxError) else "SyntaxError"
    return Fault(location, name, getattr(error, "msg", None) or str(error))
