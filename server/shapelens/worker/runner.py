"""Runs a program statement by statement and reports what it saw."""

from __future__ import annotations

import ast
import builtins
import os
import sys
from types import CodeType, ModuleType
from typing import Any, Callable, Dict, List, Optional, Set, Tuple, Union

from .autograph import AutographSources
from .contract import Fault, Limits, Location, Observation, Program, Skip, Span
from .faults import FaultFinder
from .instrument import RECORD, Instrumenter
from .layer_calls import LayerCalls
from .local_modules import LocalModules
from .positions import HAS_COLUMNS, Positions
from .record import ObservationLimit, Recorder
from .source_file import SourceFile
from .source_lines import SourceLines
from .statements import StatementTable
from .unknown import Unknown, UnknownUsed

_PASS_THROUGH = (ObservationLimit, GeneratorExit)
"""Exceptions that end the evaluation, or belong to the interpreter, and are nobody's fault."""


class Runner:
    """One evaluation of one program in this process; ``send`` takes what is to be told."""

    def __init__(
        self,
        program: Program,
        limits: Limits,
        send: Callable[[Union[Tuple[Observation, ...], Fault, Skip]], None],
        entered: Callable[[Location], None],
        columns: bool = HAS_COLUMNS,
    ) -> None:
        self._program = program
        self._send = send
        self._entered = entered
        self.positions = Positions(columns)
        self.recorder = Recorder(self.positions, limits, send)
        self._layer_calls = LayerCalls(self.positions, self.recorder)
        self._finder = FaultFinder(self.positions, self.recorder)
        self._statements = StatementTable()
        self._lines = SourceLines()
        self._reported: Set[Tuple[object, ...]] = set()
        self._namespace: Dict[str, Any] = {}

    def run(self) -> bool:
        """Run the program; False where its text does not parse."""
        try:
            source = SourceFile(self._program.path, self._program.text)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            self._send(_unparsable(self._program.path, error))
            return False
        self._namespace = _main_module(source, self._program.arguments)
        self._lines.install()
        self._remember(source)
        LocalModules(
            self.positions,
            (self._program.directory, os.path.dirname(self._program.path)),
            {module.path: module.text for module in self._program.modules},
        ).install(self._remember)
        self._install_recorder()
        self._layer_calls.install()
        AutographSources(self.positions).install()
        for number, code in self._compiled(source):
            self._run_statement(number, code)
        self.recorder.finish()
        return True

    def _compiled(self, source: SourceFile) -> List[Tuple[int, CodeType]]:
        flags = source.compiler_flags
        isolated = [self._statements.isolate(source, node) for node in source.tree.body]
        instrumenter = Instrumenter(source, len(self.positions.sites), mark_calls=not self.positions.columns)
        compiled = []
        for position, (number, node) in enumerate(isolated):
            if position and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                continue  # compiled alone, a string would become the module's docstring
            tree = ast.Module([instrumenter.visit(node)], [])
            compiled.append((number, compile(tree, source.path, "exec", flags, dont_inherit=True)))
        self.positions.sites.extend(instrumenter.sites)
        return compiled

    def _run_statement(self, number: int, code: CodeType) -> None:
        self._entered(self._statements[number].location)
        try:
            exec(code, self._namespace)
        except _PASS_THROUGH:
            raise
        except BaseException as error:
            self._ended(number, error)
        self.recorder.flush()

    # --- what instrumented code calls ---------------------------------------------------------------------

    def _install_recorder(self) -> None:
        record: Any = self.recorder.function()
        record.isolate = self._isolate
        record.handled = self._handled
        setattr(builtins, RECORD, record)

    def _isolate(self, number: int) -> None:
        """Take the exception that ended a statement inside a block, so that the block goes on."""
        error = sys.exc_info()[1]
        if error is None or isinstance(error, _PASS_THROUGH):
            raise
        self._ended(number, error)

    def _handled(self) -> None:
        """Note an exception of a layer that the program itself catches."""
        error, failed = sys.exc_info()[1], self._layer_calls.failure
        if error is not None and failed is not None:
            self._report(self._finder.explain(error, _nowhere(self._program.path), failed, handled=True))
            self._layer_calls.failure = None

    # --- reports ------------------------------------------------------------------------------------------

    def _ended(self, number: int, error: BaseException) -> None:
        statement = self._statements[number]
        self._report(self._finder.explain(error, statement.location, self._layer_calls.failure))
        self._layer_calls.failure = None
        self.positions.marks.clear()
        # What depends on an unknown name is unknown for the reason that the name is.
        origin = error.unknown.origin if isinstance(error, UnknownUsed) else statement.location
        for name in statement.binds:
            self._namespace[name] = Unknown(name, origin)

    def _report(self, result: Union[Fault, Skip]) -> None:
        # A statement in a loop fails the same way each time round, if for a layer of another name.
        what = (result.exception, result.frames) if isinstance(result, Fault) else (result.reason, result.name)
        same = (result.location, *what)
        if same not in self._reported:
            self._reported.add(same)
            self._send(result)

    def _remember(self, source: SourceFile) -> None:
        self.positions.sources[source.path] = source
        self._lines.add(source)


def _main_module(source: SourceFile, arguments: Tuple[str, ...]) -> Dict[str, Any]:
    module = ModuleType("__main__", ast.get_docstring(source.tree, clean=False))
    module.__file__ = source.path
    module.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = module
    sys.argv = [source.path, *arguments]
    sys.path.insert(0, os.path.dirname(source.path))
    return module.__dict__


def _nowhere(path: str) -> Location:
    return Location(path, Span(0, 0, 0, 0))


def _unparsable(path: str, error: Exception) -> Fault:
    line, column, end_line, end_column = 1, 1, None, None
    if isinstance(error, SyntaxError):
        line, column = error.lineno or 1, error.offset or 1
        end_line, end_column = getattr(error, "end_lineno", None), getattr(error, "end_offset", None)
    span = Span(line - 1, column - 1, (end_line or line) - 1, max((end_column or column) - 1, 0))
    if (span.end_line, span.end_column) <= (span.line, span.column):
        span = Span(span.line, span.column, span.line, span.column + 1)
    message = getattr(error, "msg", None) or str(error)
    return Fault(Location(path, span), type(error).__name__, str(message))


def current_location(positions: Positions, frame: Optional[Any]) -> Optional[Location]:
    """Return the innermost expression of the user's code that is running."""
    stack = positions.stack(frame)
    return stack[-1].location if stack else None
