"""Comments by which a program tells ShapeLens what it does not say itself.

    # shapelens: call build_model(input_shape=(28, 28, 1), classes=10)
    # shapelens: shape x = (None, 28, 28, 1) float32
    # shapelens: ignore[loss-target-mismatch]
    # shapelens: off

``off`` stands alone on a line before the first statement and leaves the whole file out. ``ignore`` speaks of its own
line or, where it stands alone, of the next line with code.
"""

from __future__ import annotations

import ast
import re
import tokenize
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

from shapelens.source.lines import Lines
from shapelens.worker.contract import Entries, Items, Span, Structure, TensorSpec

_SIGN = re.compile(r"#\s*shapelens\s*:\s*")
_WORD = re.compile(r"\w*")
_CODES = re.compile(r"\[([\w\s,-]*)\]\s*")
_SHAPE = re.compile(r"(\w+)\s*=\s*(.+)", re.DOTALL)

DTYPES = frozenset(
    "bfloat16 bool complex64 complex128 float16 float32 float64 int4 int8 int16 int32 int64 "
    "string uint4 uint8 uint16 uint32 uint64".split()
)
"""What Keras calls dtypes, in keras/src/backend/common/variables.py, and the complex ones of TensorFlow."""

_LAYOUT = frozenset((tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER))

_MOST_RESTARTS = 50
"""How often a half-typed text is read on behind a line that cannot be cut into tokens."""


@dataclass(frozen=True)
class CallComment:
    """A call that is to be evaluated after the program."""

    span: Span
    expression: str
    function: str
    """The name that the call begins with: ``Net`` of ``Net(3)(x)``."""
    names: frozenset[str]
    """Names that its arguments read."""


@dataclass(frozen=True)
class ShapeComment:
    """What a name holds."""

    span: Span
    name: str
    structure: Structure


@dataclass(frozen=True)
class IgnoreComment:
    """Codes of diagnostics that are not shown on a line."""

    span: Span
    codes: frozenset[str]
    line: int


@dataclass(frozen=True)
class BadComment:
    """A comment that was not understood, and why in one sentence."""

    span: Span
    message: str


@dataclass(frozen=True)
class Comments:
    """All such comments of one text, in its order."""

    calls: tuple[CallComment, ...] = ()
    shapes: tuple[ShapeComment, ...] = ()
    ignores: tuple[IgnoreComment, ...] = ()
    off: Span | None = None
    bad: tuple[BadComment, ...] = ()

    def ignored(self, code: str, span: Span) -> bool:
        """Return whether a diagnostic with this code at this place is not to be shown."""
        lines = (span.line, span.end_line)
        return any(code in item.codes and item.line in lines for item in self.ignores)


NO_COMMENTS = Comments()


def read_comments(text: str) -> Comments:
    """Return the comments of a text, not strings that look like one; half-typed text is read as far as it goes."""
    if "shapelens" not in text:
        return NO_COMMENTS
    lines = Lines(text)
    found = _Found()
    comments = list(_comment_tokens(lines))
    for row, column, comment, alone, first in comments:
        sign = _SIGN.search(comment)
        if sign is None:
            continue
        span = Span(row, column + sign.start(), row, column + len(comment.rstrip()))
        try:
            found.take(comment[sign.end() :].strip(), span, alone, first, lines)
        except _NotUnderstood as error:
            found.bad.append(BadComment(span, f"not understood: {error}"))
    return Comments(tuple(found.calls), tuple(found.shapes), tuple(found.ignores), found.off, tuple(found.bad))


class _NotUnderstood(Exception):
    pass


@dataclass
class _Found:
    calls: list[CallComment] = field(default_factory=list)
    shapes: list[ShapeComment] = field(default_factory=list)
    ignores: list[IgnoreComment] = field(default_factory=list)
    off: Span | None = None
    bad: list[BadComment] = field(default_factory=list)

    def take(self, told: str, span: Span, alone: bool, first: bool, lines: Lines) -> None:
        """Take what stands behind the sign; raises _NotUnderstood."""
        word = _WORD.match(told)
        verb = word[0] if word else ""
        rest = told[len(verb) :].strip()
        if verb == "call":
            self.calls.append(_call(rest, span))
        elif verb == "shape":
            self.shapes.append(_shape(rest, span))
        elif verb == "ignore":
            line = _next_code(lines, span.line) if alone else span.line
            self.ignores.append(IgnoreComment(span, _codes(rest), line))
        elif verb == "off":
            if rest or not alone or not first:
                raise _NotUnderstood("`off` stands alone on a line before the first statement; it is about the file.")
            self.off = self.off or span
        else:
            raise _NotUnderstood("a comment of ShapeLens begins with call, shape, ignore[...] or off.")


def _call(text: str, span: Span) -> CallComment:
    node = _expression(text)
    if not isinstance(node, ast.Call):
        raise _NotUnderstood("behind `call` stands a call, such as build_model(classes=10).")
    function: ast.expr = node
    while not isinstance(function, ast.Name):
        inner = getattr(function, "func", None) or getattr(function, "value", None)
        if not isinstance(inner, ast.expr):
            raise _NotUnderstood("the call begins with the name of a function or class.")
        function = inner
    if any(isinstance(item, ast.Constant) and item.value is ... for item in ast.walk(node)):
        raise _NotUnderstood("put the values in place of the dots.")
    names = {item.id for item in ast.walk(node) if isinstance(item, ast.Name)}
    return CallComment(span, text, function.id, frozenset(names - {function.id}))


def _shape(text: str, span: Span) -> ShapeComment:
    match = _SHAPE.fullmatch(text)
    if match is None or not match[1].isidentifier():
        raise _NotUnderstood("behind `shape` stands a name and its shape, such as x = (None, 28, 28, 1) float32.")
    written, dtype = match[2].strip(), "float32"
    node = _expression(written, quiet=True)
    if node is None:
        written, _, dtype = written.rpartition(" ")
        node = _expression(written)
    if dtype not in DTYPES:
        raise _NotUnderstood(f"{dtype} is no dtype; float32 and int64 are some.")
    return ShapeComment(span, match[1], _structure(node, dtype))


def _structure(node: ast.expr | None, dtype: str) -> Structure:
    """Return the tensors of a written shape: a tuple of sizes, or a list, tuple or dict of shapes."""
    if isinstance(node, (ast.Tuple, ast.List)):
        if isinstance(node, ast.Tuple) and all(isinstance(item, (ast.Constant, ast.UnaryOp)) for item in node.elts):
            return TensorSpec(tuple(_size(item) for item in node.elts), dtype)
        return Items(tuple(_structure(item, dtype) for item in node.elts))
    if isinstance(node, ast.Dict):
        keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
        if all(isinstance(key, str) for key in keys):
            parts = (_structure(value, dtype) for value in node.values)
            return Entries({str(key): part for key, part in zip(keys, parts, strict=True)})
    if isinstance(node, ast.Constant) and type(node.value) is int:
        raise _NotUnderstood(f"a shape is a tuple; one axis is written ({node.value},).")
    raise _NotUnderstood("a shape is a tuple of whole numbers and None, or a list or dict of such tuples.")


def _size(node: ast.expr) -> int | None:
    if isinstance(node, ast.Constant):
        if node.value is ...:
            raise _NotUnderstood("put the sizes in place of the dots.")
        if node.value is None or (type(node.value) is int and node.value >= 0):
            return node.value
    raise _NotUnderstood("a size is a whole number, or None where it is not known.")


def _codes(text: str) -> frozenset[str]:
    match = _CODES.fullmatch(text)
    codes = frozenset(match[1].replace(",", " ").split()) if match else frozenset()
    if not codes:
        raise _NotUnderstood("behind `ignore` stand codes in brackets, such as ignore[merge-mismatch].")
    return codes


def _expression(text: str, quiet: bool = False) -> ast.expr | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # (1, 2) float32 reads like a call of a tuple
            return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        if quiet:
            return None
        raise _NotUnderstood(f"{text or 'nothing'} is no Python expression.") from None


def _next_code(lines: Lines, row: int) -> int:
    for line in range(row + 1, len(lines)):
        written = lines[line].strip()
        if written and not written.startswith("#"):
            return line
    return row


def _comment_tokens(lines: Lines) -> Iterator[tuple[int, int, str, bool, bool]]:
    """Yield line, column and text of each comment, whether it is alone on its line, and whether no code is before."""
    start, first = 0, True
    for _ in range(_MOST_RESTARTS):
        read = iter([lines[number] + "\n" for number in range(start, len(lines))])
        reached = start
        try:
            for token in tokenize.generate_tokens(lambda read=read: next(read, "")):  # type: ignore[misc]
                row, column = token.start[0] - 1 + start, token.start[1]
                reached = max(reached, token.end[0] - 1 + start)
                if token.type == tokenize.COMMENT:
                    yield row, column, token.string, not lines[row][:column].strip(), first
                elif token.type not in _LAYOUT and not (token.type == tokenize.STRING and first):
                    first = False
            return
        except (tokenize.TokenError, SyntaxError) as error:
            if "EOF" in str(error):
                return  # a bracket or a string is open: all that follows belongs to it
            named = error.lineno if isinstance(error, SyntaxError) else error.args[1][0]
            start = max(reached, (named or 1) - 1 + start) + 1
            first = False
        if start >= len(lines):
            return
