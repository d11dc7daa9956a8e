"""Keeps the recorder alive in functions that AutoGraph converts.

AutoGraph parses a function's source again (tensorflow/python/autograph/pyct/parser.py, parse_entity) and would
so lose the instrumentation. It is given the instrumented tree instead, on the lines of the original text, so
that its own messages name the lines of a plain run.
"""

from __future__ import annotations

import ast
import copy
import sys
from types import CodeType
from typing import Any, Dict, Optional, Tuple

from .instrument import Instrumenter
from .positions import Positions
from .source_file import SourceFile

_PARSER = "tensorflow.python.autograph.pyct.parser"


class AutographSources:
    """Instrumented trees for AutoGraph, made when it first asks for a function of a file."""

    def __init__(self, positions: Positions) -> None:
        self._positions = positions
        self._functions: Dict[str, Dict[Tuple[str, int], ast.AST]] = {}

    def install(self) -> None:
        """Replace AutoGraph's parser where TensorFlow is loaded."""
        parser: Any = sys.modules.get(_PARSER)
        if parser is None:
            return
        original = parser.parse_entity

        def parse_entity(entity: Any, future_features: Any) -> Any:
            plain, text = original(entity, future_features)
            tree = self._instrumented(getattr(entity, "__code__", None))
            if tree is None or type(tree).__name__ != type(plain).__name__:
                return plain, text
            moved = ast.increment_lineno(tree, _first_line(plain) - _first_line(tree))
            return parser.gast.ast_to_gast(moved), text

        parser.parse_entity = parse_entity

    def _instrumented(self, code: Optional[CodeType]) -> Optional[ast.AST]:
        if code is None or code.co_filename not in self._positions.sources:
            return None
        functions = self._functions.get(code.co_filename)
        if functions is None:
            functions = self._instrument(self._positions.sources[code.co_filename])
            self._functions[code.co_filename] = functions
        # A copy, because AutoGraph changes what it is given and may ask again.
        return copy.deepcopy(functions.get((code.co_name, code.co_firstlineno)))

    def _instrument(self, source: SourceFile) -> Dict[Tuple[str, int], ast.AST]:
        again = SourceFile(source.path, source.text)
        # AutoGraph takes a tenth of a millisecond for each call that it converts.
        instrumenter = Instrumenter(again, len(self._positions.sites), mark_calls=True, names=False)
        tree = instrumenter.visit(again.tree)
        self._positions.sites.extend(instrumenter.sites)
        return {
            (node.name, _first_line(node)): node
            for node in ast.walk(tree)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        }


def _first_line(node: Any) -> int:
    lines = [item.lineno for item in getattr(node, "decorator_list", ())]
    first: int = min([*lines, node.lineno])
    return first
