"""Which Keras a program asks for, told from its text alone.

Keras decides once, when it is imported, and a host has imported it long before the program runs. So what the program
does before its first import has to be known beforehand: KERAS_BACKEND and KERAS_HOME (keras/src/backend/config.py) and
TF_USE_LEGACY_KERAS (tensorflow/python/util/lazy_loader.py) in ``os.environ``, ``keras.config.set_backend``, and
``import tf_keras``. ``os.putenv`` is none of these: it does not change ``os.environ``, where they look.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from shapelens.source.lines import Lines
from shapelens.worker.contract import Span

_BACKEND, _HOME, _LEGACY = "KERAS_BACKEND", "KERAS_HOME", "TF_USE_LEGACY_KERAS"
VARIABLES = (_BACKEND, _HOME, _LEGACY)
"""Environment variables that Keras reads when it is imported."""

_SIGNS = (*VARIABLES, "set_backend", "tf_keras")
"""Words without which a text chooses nothing; most texts are so."""

_MOST_CUTS = 20
"""How often a text is cut off before an error; what chooses stands at its head."""


@dataclass(frozen=True)
class FrameworkChoice:
    """What is not left to the environment; two are equal where one host serves both."""

    variables: tuple[tuple[str, str], ...] = ()
    """Environment variables with their values, by name."""
    tf_keras: bool = False
    """Whether the program imports the package tf_keras itself."""
    place: Span | None = field(default=None, compare=False)
    """The statement that chose last."""

    @classmethod
    def of(cls, wanted: Iterable[str]) -> FrameworkChoice:
        """Return the choice that a program was found to make while it ran (``Finished.wanted``)."""
        pairs = [item.partition("=") for item in wanted]
        variables = tuple(sorted((name, value) for name, sign, value in pairs if sign))
        return cls(variables, any(name == "tf_keras" for name, _, _ in pairs))

    def with_defaults(self, other: FrameworkChoice) -> FrameworkChoice:
        """Return this choice, and the other's where this one leaves it open."""
        variables = tuple(sorted({**dict(other.variables), **dict(self.variables)}.items()))
        return FrameworkChoice(variables, self.tf_keras or other.tf_keras, self.place or other.place)


NO_CHOICE = FrameworkChoice()
"""All is left to the environment."""


def framework_choice(text: str, environ: Mapping[str, str]) -> FrameworkChoice:
    """Return what a program chooses; ``environ`` is what it is run with."""
    if not any(sign in text for sign in _SIGNS):
        return NO_CHOICE
    lines = Lines(text)
    reader = _Reader(lines, environ)
    for statement in _statements(_parsed(lines).body):
        reader.read(statement)
    return reader.choice()


def _parsed(lines: Lines) -> ast.Module:
    """Return the syntax tree of a text, or of its beginning where it is half-typed."""
    kept = [lines[number] for number in range(len(lines))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of strings with strange escapes
        for _ in range(_MOST_CUTS):
            try:
                return ast.parse("\n".join(kept))
            except SyntaxError as error:
                kept = kept[: max(min(error.lineno or 1, len(kept)) - 1, 0)]
            except (ValueError, RecursionError, MemoryError):
                break
    return ast.Module([], [])


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run with the module, in order, those inside of blocks too."""
    for statement in body:
        yield statement
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for name in ("body", "handlers", "orelse", "finalbody"):
            inner = getattr(statement, name, [])
            for item in inner:
                yield from _statements(item.body if isinstance(item, ast.ExceptHandler) else [item])


class _Reader:
    """Reads statements in order until everything is decided."""

    def __init__(self, lines: Lines, environ: Mapping[str, str]) -> None:
        self._lines = lines
        self._environ = environ
        self._texts: dict[str, str] = {}
        """Names that strings were assigned to."""
        self._variables: dict[str, str] = {}
        self._tf_keras = False
        self._keras = False
        self._place: Span | None = None
        self._decided: set[str] = set()
        """Variables that were read by an import; what is set later has no effect."""
        self._asked: set[str] = set()
        """Variables that are only set where the environment has none."""

    def choice(self) -> FrameworkChoice:
        return FrameworkChoice(tuple(sorted(self._variables.items())), self._tf_keras, self._place)

    def read(self, statement: ast.stmt) -> None:
        """Take one statement."""
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            self._import(statement)
        elif isinstance(statement, (ast.If, ast.While)):
            self._asked.update(name for name in VARIABLES if repr(name) in ast.dump(statement.test))
        elif isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            self._assign(statement)
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            self._call(statement, statement.value)

    def _import(self, statement: ast.Import | ast.ImportFrom) -> None:
        if isinstance(statement, ast.Import):
            modules = [alias.name for alias in statement.names]
        elif statement.level:
            return
        else:
            modules = [f"{statement.module}.{alias.name}" for alias in statement.names]
        for module in modules:
            top = module.partition(".")[0]
            self._keras = self._keras or top == "keras"
            if top == "tf_keras" and not self._keras:  # after ``import keras`` it is the way out where that fails
                self._tf_keras = True
                self._place = self._place or self._span(statement)
            if top in ("keras", "tensorflow"):
                # TensorFlow imports Keras, but chooses the one of ``tf.keras`` when that is first used.
                self._decided.update((_BACKEND, _HOME))
            if top == "keras" or module.startswith("tensorflow.keras"):
                self._decided.add(_LEGACY)

    def _assign(self, statement: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
        value = statement.value
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        if value is None:
            return
        for target in targets:
            if isinstance(target, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                self._texts[target.id] = value.value
            elif isinstance(target, ast.Subscript) and _is_environment(target.value):
                self._set(target.slice, value, statement)
            elif isinstance(statement, ast.AugAssign) and _is_environment(target) and isinstance(value, ast.Dict):
                self._update(value, statement)

    def _call(self, statement: ast.stmt, call: ast.Call) -> None:
        function = call.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name == "set_backend" and call.args:
            backend = self._text(call.args[0])
            if backend is not None:
                # Takes effect whenever it is called.
                self._variables[_BACKEND] = backend
                self._place = self._span(statement)
        elif not isinstance(function, ast.Attribute) or not _is_environment(function.value):
            return
        elif name == "setdefault" and len(call.args) == 2:
            self._set(call.args[0], call.args[1], statement, default=True)
        elif name == "update":
            for argument in call.args:
                if isinstance(argument, ast.Dict):
                    self._update(argument, statement)
            for keyword in call.keywords:
                if keyword.arg is not None:
                    self._set(ast.Constant(keyword.arg), keyword.value, statement)

    def _update(self, values: ast.Dict, statement: ast.stmt) -> None:
        for key, value in zip(values.keys, values.values, strict=True):
            if key is not None:
                self._set(key, value, statement)

    def _set(self, key: ast.expr, value: ast.expr, statement: ast.stmt, default: bool = False) -> None:
        name, text = self._text(key), self._text(value)
        if name not in VARIABLES or text is None or name in self._decided:
            return
        if (default or name in self._asked) and (name in self._variables or name in self._environ):
            return
        self._variables[name] = text
        self._place = self._span(statement)

    def _text(self, expression: ast.expr) -> str | None:
        if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
            return expression.value
        return self._texts.get(expression.id) if isinstance(expression, ast.Name) else None

    def _span(self, statement: ast.stmt) -> Span:
        line, end_line = statement.lineno - 1, (statement.end_lineno or statement.lineno) - 1
        columns = self._column(line, statement.col_offset), self._column(end_line, statement.end_col_offset or 0)
        return Span(line, columns[0], end_line, columns[1])

    def _column(self, line: int, column: int) -> int:
        """The columns of ``ast`` count UTF-8 bytes."""
        return len(self._lines[line].encode("utf-8", "replace")[:column].decode("utf-8", "replace"))


def _is_environment(expression: ast.expr) -> bool:
    """Tell whether an expression is ``os.environ``, or ``environ`` imported from there."""
    name = expression.attr if isinstance(expression, ast.Attribute) else getattr(expression, "id", "")
    return name == "environ"
