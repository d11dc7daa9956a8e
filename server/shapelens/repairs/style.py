"""How a file writes what a repair adds: its imports, its way of naming layers, its quotes."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property

from shapelens.repairs.model import TextEdit
from shapelens.source.syntax_tree import SourceTree
from shapelens.worker.contract import Span

_LAYERS = ("keras.layers", "tensorflow.keras.layers", "tf_keras.layers", "tensorflow.python.keras.layers")
_LOSSES = ("keras.losses", "tensorflow.keras.losses", "tf_keras.losses")
_UTILITIES = ("keras.utils", "tensorflow.keras.utils", "tf_keras.utils")


@dataclass(frozen=True)
class Written:
    """A name as the file writes it, and the edits of its imports that it needs."""

    text: str
    edits: tuple[TextEdit, ...] = ()


class Style:
    """Looks at the imports of a file and at the expression that something is added beside."""

    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree

    # --- names --------------------------------------------------------------------------------------------

    def layer(self, name: str, beside: ast.expr | None = None) -> Written:
        """Return a class of layers as it is written beside an expression that makes or calls one."""
        function = self._maker(beside)
        if isinstance(function, ast.Attribute):
            prefix = self._tree.text(function.value)
            if self._target(prefix) in _LAYERS:
                return Written(f"{prefix}.{name}")
        return self._member(_LAYERS, "layers", name)

    def utility(self, name: str) -> Written:
        """Return a function of ``keras.utils``."""
        return self._member(_UTILITIES, "utils", name)

    def loss(self, name: str) -> Written:
        """Return a function or class of ``keras.losses``."""
        return self._member(_LOSSES, "losses", name)

    def keras(self, name: str) -> Written:
        """Return something of the package ``keras`` itself, such as ``Input``."""
        for local, target in self._names.items():
            if target in tuple(f"{root}.{name}" for root in ("keras", "keras.layers", *_ROOTS, *_LAYERS)):
                return Written(local)
        root = self._root()
        return Written(f"{root}.{name}") if root else Written(f"keras.{name}", (self._new_import("import keras"),))

    def numpy(self) -> Written:
        """Return the name of NumPy."""
        for local, target in self._names.items():
            if target == "numpy":
                return Written(local)
        return Written("np", (self._new_import("import numpy as np"),))

    def tensorflow(self) -> str | None:
        """Return the name of TensorFlow, None where the file does not import it."""
        return next((local for local, target in self._names.items() if target == "tensorflow"), None)

    def quoted(self, text: str, like: ast.expr | None = None) -> str:
        """Return a string in the quotes of another, else in those that the file uses most."""
        source = self._tree.text(like) if like is not None else ""
        quote = source[:1] if source[:1] in ("'", '"') else self._quote
        return f"{quote}{text}{quote}"

    # --- how --------------------------------------------------------------------------------------------

    def _maker(self, beside: ast.expr | None) -> ast.expr | None:
        """Return the function of the call that makes a layer: of ``Dense(3)(x)`` as well as of ``Dense(3)``."""
        while isinstance(beside, ast.Call):
            if not isinstance(beside.func, ast.Call):
                if isinstance(beside.func, ast.Attribute) and beside.func.attr == "add" and beside.args:
                    beside = beside.args[0]
                    continue
                return beside.func
            beside = beside.func
        return None

    def _member(self, modules: tuple[str, ...], own: str, name: str) -> Written:
        for local, target in self._names.items():
            if target in tuple(f"{module}.{name}" for module in modules):
                return Written(local)
        for local, target in self._names.items():
            if target in modules:
                return Written(f"{local}.{name}")
        for statement in self._tree.walk(ast.ImportFrom):
            if statement.module in modules and not statement.level and statement.names[0].name != "*":
                end = self._tree.span(statement.names[-1])
                place = Span(end.end_line, end.end_column, end.end_line, end.end_column)
                return Written(name, (TextEdit(place, f", {name}"),))
        root = self._root()
        if root:
            return Written(f"{root}.{own}.{name}")
        return Written(name, (self._new_import(f"from keras.{own} import {name}"),))

    def _root(self) -> str:
        """Return how the file names the package keras: ``keras``, ``tf.keras``."""
        for local, target in self._names.items():
            if target in ("keras", "tensorflow.keras", "tf_keras"):
                return local
        tensorflow = self.tensorflow()
        return f"{tensorflow}.keras" if tensorflow else ""

    def _target(self, dotted: str) -> str:
        """Return what a dotted name stands for: ``tf.keras.layers`` for ``tensorflow.keras.layers``."""
        first, _, rest = dotted.partition(".")
        target = self._names.get(first, first)
        return f"{target}.{rest}" if rest else target

    @cached_property
    def _names(self) -> dict[str, str]:
        """What each imported name stands for, later imports before earlier ones."""
        found: dict[str, str] = {}
        for statement in self._tree.walk(ast.Import):
            for alias in statement.names:
                if alias.asname:
                    found[alias.asname] = alias.name
                else:
                    found[alias.name.partition(".")[0]] = alias.name.partition(".")[0]
        for imported in self._tree.walk(ast.ImportFrom):
            for alias in imported.names:
                if alias.name != "*" and imported.module:
                    found[alias.asname or alias.name] = f"{imported.module}.{alias.name}"
        return found

    @cached_property
    def _quote(self) -> str:
        text = self._tree.lines.text
        return "'" if text.count("'") > text.count('"') else '"'

    def _new_import(self, text: str) -> TextEdit:
        """Return an edit that adds an import behind the first one of the file."""
        first = next(iter([*self._tree.walk(ast.Import), *self._tree.walk(ast.ImportFrom)]), None)
        line = 0 if first is None else first.lineno - 1
        return TextEdit(Span(line, 0, line, 0), f"{text}{self._tree.newline}")


_ROOTS = ("tensorflow.keras", "tf_keras")
