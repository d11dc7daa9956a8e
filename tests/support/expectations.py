"""Reads what a fixture expects of itself: comments at the ends of its lines.

    # shape: (None, 10)
        the value of the statement that ends on this line, or else of the one layer that this line creates
    # shape: layers.Dense(10)(x) (None, 10)
        the value of an expression on this line
    # shape: (None, 10) | (64, 10)
        all the shapes that this place has in a run, each once, in the order of their first appearance
    # error: layers.LSTM(64) :: expected ndim=3
        an exception at this expression whose message contains the text
    # error: layers.Reshape( ... )(x) :: total size
        the same for an expression that ends on a later line: its beginning on this line, its end on the next
        line that has it
    # skip: layers :: layers
        an expression, mostly an unknown name, where a statement was given up, and a piece of the reason
    # oracle: never run plainly (40 GB of weights)
        of the whole file: it may be evaluated, but not run

Where an environment differs (see ``environments``), a mark names it in brackets: by its name, its backend, or
``keras2``. Such a mark takes the place of all others of its kind on the line, there alone; several marks share one
comment:

    # error: layers.Reshape((4, 4)) :: must be unchanged  # error[keras2]: layers.Reshape((4, 4)) :: new array
    # error: layers.Dense(3)(x) :: expected axis -1  # error[torch]: none
    # needs: keras 3
        anywhere in the file: what the program uses beyond what all have, ``keras 3`` or ``tensorflow``

Marks of whole programs (fixtures/programs), for which the oracle runs with ``--short``, see ``oracle_run``. They may
stand anywhere in the file, alone or at the end of a line, and only the plain run knows of them:

    # oracle: set EPOCHS = 2
        in the plain run every assignment ``EPOCHS = ...`` of the file gives this value instead; no other text moves.
        For loops of training that the program writes by hand over ``range(...)``, as ``fit``, ``evaluate`` and
        ``predict`` are cut short anyway and loops over a ``tf.data.Dataset`` end when they take too long.
        Choose a number that is not 1 or 2 where lists or arrays grow with the loop: what depends on how often it
        ran must not be shown.
    # oracle: arguments --epochs 3 --batch-size 8
        what the plain run is given on the command line, instead of nothing

What the plain run has without any mark: the published data sets of Keras, weights of ``keras.applications``, an empty
line from ``input()``, a working folder to write to (a copy of the file's own folder), no network, no window, 180 s.
In a notebook marks are comments in its code cells; lines are those of the cells joined by ``support.notebooks``.

A shape is written as ``shapelens.features.shape_text`` writes it: lists and tuples of tensors as a list,
dictionaries as a dictionary. A layer's shape is what its call returned.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from shapelens.worker.contract import Span
from support.notebooks import read_notebook

_LINE_END = re.compile(r"\r\n|\r|\n")
_KINDS = "shape|error|skip|oracle|needs"
_MARK = re.compile(rf"#\s*({_KINDS})(?:\[([\w., -]+)\])?:\s*(.*?)\s*$")
_NEXT_MARK = re.compile(rf"\s+(?=#\s*(?:{_KINDS})[:\[])")
_NOTHING = "none"
_ELLIPSIS = " ... "
_SEPARATOR = " :: "
_NEVER = re.compile(r"never run plainly \((.+)\)")
_FOR_THE_PLAIN_RUN = re.compile(r"set \w+ = \S.*|arguments \S.*")


class FixtureError(ValueError):
    """A comment that is no proper mark; the message names the file and the line."""


@dataclass(frozen=True)
class ExpectedShape:
    """Shapes at a place, as texts.

    ``span`` is that of the expression the mark names, or of the value of the statement that ends on the line;
    None where no statement with a value ends there. ``target`` is the variable's name that the statement's value
    is assigned to. ``explicit`` tells the first case: only without it may the line's one new layer be meant.
    """

    line: int
    span: Span | None
    target: Span | None
    explicit: bool
    text: str
    shapes: tuple[str, ...]


@dataclass(frozen=True)
class ExpectedError:
    """An exception at an expression."""

    span: Span
    text: str
    message: str


@dataclass(frozen=True)
class ExpectedSkip:
    """An expression that left its statement without result."""

    span: Span
    text: str
    message: str


@dataclass(frozen=True)
class Expectations:
    """Everything that one fixture expects."""

    shapes: tuple[ExpectedShape, ...] = ()
    errors: tuple[ExpectedError, ...] = ()
    skips: tuple[ExpectedSkip, ...] = ()
    never_run: str | None = None
    """Why the file must not be run plainly."""
    needs: frozenset[str] = frozenset()


def read_expectations(path: Path, tags: Iterable[str] = ()) -> Expectations:
    """Return the expectations of a file or notebook; raises FixtureError for a mark that is wrong.

    ``tags`` are the names under which marks may speak of the environment.
    """
    with path.open(encoding="utf-8", newline="") as file:
        text = file.read()
    return parse_expectations(read_notebook(text).text if path.suffix == ".ipynb" else text, path.name, tags)


def parse_expectations(text: str, name: str = "<fixture>", tags: Iterable[str] = ()) -> Expectations:
    """Return the expectations in a text; raises FixtureError for a mark that is wrong."""
    return _Parser(text, name, frozenset(tags)).parse()


@dataclass(frozen=True)
class _Mark:
    line: int
    column: int
    kind: str
    tags: frozenset[str]
    body: str


@dataclass(frozen=True)
class _Statement:
    value: Span
    target: Span | None


class _Parser:
    def __init__(self, text: str, name: str, tags: frozenset[str]) -> None:
        self._text = text
        self._name = name
        self._tags = tags
        self._lines = _LINE_END.split(text)

    def parse(self) -> Expectations:
        shapes: list[ExpectedShape] = []
        errors: list[ExpectedError] = []
        skips: list[ExpectedSkip] = []
        never_run = None
        statements = None
        needs: set[str] = set()
        for mark in self._chosen():
            line, column, kind, body = mark.line, mark.column, mark.kind, mark.body
            code = self._lines[line][:column]
            if kind == "needs":
                needs.update(part.strip() for part in body.split(","))
                continue
            if kind == "oracle":
                if not _FOR_THE_PLAIN_RUN.fullmatch(body):
                    never_run = self._never_run(line, body)
                continue
            if not code.strip():
                raise self._error(line, f"a '# {kind}:' mark stands at the end of a line of code, not alone")
            if kind == "shape":
                if statements is None:
                    statements = self._statements()
                shapes.append(self._shape(line, code, body, statements))
            elif kind == "error":
                errors.append(ExpectedError(*self._marked(line, code, body)))
            else:
                skips.append(ExpectedSkip(*self._marked(line, code, body)))
        return Expectations(tuple(shapes), tuple(errors), tuple(skips), never_run, frozenset(needs))

    def _chosen(self) -> list[_Mark]:
        """Return the marks that hold in the environment."""
        marks = list(self._marks())
        special = {(mark.line, mark.kind) for mark in marks if mark.tags & self._tags}
        return [
            mark
            for mark in marks
            if (bool(mark.tags & self._tags) if mark.tags else (mark.line, mark.kind) not in special)
            and mark.body != _NOTHING
        ]

    def _marks(self) -> Iterator[_Mark]:
        try:
            for token in tokenize.generate_tokens(io.StringIO("\n".join(self._lines)).readline):
                if token.type != tokenize.COMMENT:
                    continue
                for part in _NEXT_MARK.split(token.string):
                    match = _MARK.match(part)
                    if match:
                        tags = frozenset(tag.strip() for tag in (match[2] or "").split(",") if tag)
                        yield _Mark(token.start[0] - 1, token.start[1], match[1], tags, match[3])
        except (tokenize.TokenError, SyntaxError) as error:
            raise FixtureError(f"{self._name}: cannot be tokenized: {error}") from None

    def _never_run(self, line: int, body: str) -> str:
        match = _NEVER.fullmatch(body)
        if not match:
            raise self._error(
                line, "'# oracle:' is followed by 'never run plainly (REASON)', 'set NAME = VALUE' or 'arguments ...'"
            )
        return match[1]

    def _shape(self, line: int, code: str, body: str, statements: dict[int, _Statement]) -> ExpectedShape:
        text, shapes = self._split_shape(line, body)
        if text:
            return ExpectedShape(line, self._on_line(line, code, text), None, True, text, shapes)
        statement = statements.get(line)
        value, target = (statement.value, statement.target) if statement else (None, None)
        return ExpectedShape(line, value, target, False, "", shapes)

    def _split_shape(self, line: int, body: str) -> tuple[str, tuple[str, ...]]:
        """Return the expression's text, which may be empty, and the shapes: the longest end that reads as shapes."""
        for match in re.finditer(r"(?:^|(?<=\s))(?=[(\[{])", body):
            try:
                shapes = tuple(_shape_text(ast.literal_eval(part.strip())) for part in body[match.start() :].split("|"))
            except (ValueError, SyntaxError):
                continue
            return body[: match.start()].strip(), shapes
        raise self._error(line, f"{body!r} does not end with a shape such as (None, 10)")

    def _marked(self, line: int, code: str, body: str) -> tuple[Span, str, str]:
        text, separator, message = body.partition(_SEPARATOR)
        text, message = text.strip(), message.strip()
        if not separator or not text or not message:
            raise self._error(line, f"{body!r} is not EXPRESSION :: PIECE OF THE MESSAGE")
        first, ellipsis, last = text.partition(_ELLIPSIS)
        if not ellipsis:
            return self._on_line(line, code, text), text, message
        start = self._on_line(line, code, first.strip())
        end = self._on_later_line(line, last.strip())
        return Span(start.line, start.column, end.end_line, end.end_column), text, message

    def _on_line(self, line: int, code: str, text: str) -> Span:
        count = code.count(text)
        if count != 1:
            problem = "is not on the line" if count == 0 else f"is on the line {count} times"
            raise self._error(line, f"{text!r} {problem}")
        column = code.index(text)
        return Span(line, column, line, column + len(text))

    def _on_later_line(self, line: int, text: str) -> Span:
        for later in range(line + 1, len(self._lines)):
            if text in self._lines[later]:
                return self._on_line(later, self._lines[later], text)
        raise self._error(line, f"no later line has {text!r}")

    def _statements(self) -> dict[int, _Statement]:
        """Return the last statement with a value that ends on each line."""
        try:
            tree = ast.parse(self._text)
        except SyntaxError as error:
            raise FixtureError(f"{self._name}: cannot be parsed: {error}") from None
        found: dict[int, _Statement] = {}
        ends: dict[int, tuple[int, int]] = {}
        for node in ast.walk(tree):
            if not isinstance(node, (ast.Assign, ast.AnnAssign, ast.Return, ast.Expr)) or node.value is None:
                continue
            value = self._span(node.value)
            end = (node.end_lineno or 0, node.end_col_offset or 0)
            if end > ends.get(end[0] - 1, (0, 0)):
                target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
                ends[end[0] - 1] = end
                found[end[0] - 1] = _Statement(value, self._span(target) if isinstance(target, ast.Name) else None)
        return found

    def _span(self, node: ast.expr) -> Span:
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return Span(
            node.lineno - 1,
            self._code_points(node.lineno - 1, node.col_offset),
            end_line - 1,
            self._code_points(end_line - 1, end_column),
        )

    def _code_points(self, line: int, column: int) -> int:
        """The columns of ``ast`` count UTF-8 bytes."""
        return len(self._lines[line].encode("utf-8")[:column].decode("utf-8"))

    def _error(self, line: int, problem: str) -> FixtureError:
        return FixtureError(f"{self._name}:{line + 1}: {problem}")


def _shape_text(value: object) -> str:
    """Return a literal's shapes as ``shapelens.features.shape_text`` writes them; raises ValueError for no shape."""
    if isinstance(value, tuple) and all(size is None or type(size) is int for size in value):
        return repr(value)
    if isinstance(value, list) and value:
        return "[" + ", ".join(_shape_text(item) for item in value) + "]"
    if isinstance(value, dict) and value and all(isinstance(key, str) for key in value):
        return "{" + ", ".join(f"{key!r}: {_shape_text(item)}" for key, item in value.items()) + "}"
    raise ValueError(f"{value!r} is no shape")
