"""Runs a program statement by statement and reports what it saw."""

from __future__ import annotations

import ast
import builtins
import importlib.machinery
import os
import sys
from types import CodeType, ModuleType
from typing import Any, Callable, Container, Dict, Optional, Set, Tuple, Union

from .autograph import AutographSources
from .contract import Fault, Limits, Location, Observation, Program, Skip, SkipReason, Span
from .describe import Describer
from .faults import FaultFinder, syntax_fault
from .half_done import HalfDone
from .hidden_modules import forget_hidden_modules, hidden_module_skip
from .instrument import RECORD
from .layer_calls import LayerCalls
from .local_modules import LocalModules
from .managers import Managers
from .positions import HAS_COLUMNS, Positions
from .program_code import ProgramCode
from .record import ObservationLimit, Recorder
from .sites import Place
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
        modules_at_start: Container[str] = (),
        columns: bool = HAS_COLUMNS,
    ) -> None:
        self._program = program
        self._send = send
        self._entered = entered
        self._modules_at_start = modules_at_start
        self.positions = Positions(columns)
        describer = Describer()
        self.recorder = Recorder(self.positions, describer, limits, send)
        self._layer_calls = LayerCalls(self.positions, self.recorder)
        self._half_done = HalfDone(self.positions)
        self._finder = FaultFinder(self.positions, self.recorder, describer, self._half_done)
        self._managers = Managers(self.positions.sources)
        self._statements = StatementTable()
        self._lines = SourceLines()
        self._last_line = 0
        """Where the last top-level statement begins."""
        self._reported: Set[Tuple[object, ...]] = set()
        self._namespace: Dict[str, Any] = {}

    def run(self) -> bool:
        """Run the program; False where its text does not parse."""
        try:
            source = SourceFile(self._program.path, self._program.text)
        except (SyntaxError, ValueError) as error:
            self._send(syntax_fault(self._program.path, error))
            return False
        except (RecursionError, MemoryError):
            message = "An expression of this file is nested too deep to be looked at."
            self._send(Skip(_nowhere(self._program.path), SkipReason.UNAVAILABLE, message))
            return False
        self._namespace = _main_module(source, self._program.arguments)
        self._last_line = source.tree.body[-1].lineno - 1 if source.tree.body else 0
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
        for name in forget_hidden_modules(os.path.dirname(self._program.path), self._modules_at_start):
            self._send(hidden_module_skip(source, name))
        for number, code in list(ProgramCode(source, self._statements, self.positions).statements()):
            self._run_statement(number, code)
        self.recorder.finish()
        return True

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
        record.manager = self._managers.seen
        for method in (record.isolate, record.handled, record.manager):
            method.__func__.autograph_info__ = {}
        setattr(builtins, RECORD, record)

    def _isolate(self, number: int) -> None:
        """Take the exception that ended a statement inside a block, so that the block goes on."""
        error = sys.exc_info()[1]
        swallowed = any(map(self._managers.swallows, self._statements[number].managers))
        if error is None or swallowed or isinstance(error, _PASS_THROUGH):
            raise
        self._ended(number, error)

    def _handled(self) -> None:
        """Note an exception of a layer that the program itself catches."""
        error = sys.exc_info()[1]
        if error is None or isinstance(error, (*_PASS_THROUGH, UnknownUsed)):
            raise
        failed = self._layer_calls.failure_of(error)
        if failed is not None:
            self._report(self._finder.explain(error, _nowhere(self._program.path), failed, handled=True))
        self.positions.forget_marks(sys._getframe(1))

    # --- reports ------------------------------------------------------------------------------------------

    def _ended(self, number: int, error: BaseException) -> None:
        statement = self._statements[number]
        if isinstance(error, SystemExit) and statement.location.span.line >= self._last_line:
            return  # ``sys.exit(main())`` at the end: nothing is left out
        self._report(self._finder.explain(error, statement.location, self._layer_calls.failure_of(error)))
        self.positions.marks.clear()
        # What depends on an unknown name is unknown for the reason that the name is.
        origin = error.unknown.origin if isinstance(error, UnknownUsed) else statement.location
        if origin is not None:
            self._half_done.remember(error, statement.uses, self._namespace, origin)
        for name in statement.binds:
            self._namespace[name] = Unknown(name, origin)
        for place in statement.places:
            self._forget(place, origin)

    def _forget(self, place: Place, origin: Optional[Location]) -> None:
        """Make a place in an object unknown, so that what reads it is not taken for a mistake."""
        holder = self._namespace.get(place.name)
        try:
            if place.attribute is not None:
                setattr(holder, place.attribute, Unknown(f"{place.name}.{place.attribute}", origin))
            elif isinstance(holder, (dict, list)):
                holder[place.key] = Unknown(f"{place.name}[{place.key!r}]", origin)  # type: ignore[index]
        except Exception:  # it is the program's own object and may refuse
            pass

    def _report(self, result: Union[Fault, Skip]) -> None:
        # A statement in a loop fails the same way each time round, if for a layer of another name.
        if isinstance(result, Fault):
            same: Tuple[object, ...] = (result.location, result.exception, result.frames, result.handled)
        else:
            same = (result.location, result.reason, result.name)
        if same not in self._reported:
            self._reported.add(same)
            self._send(result)

    def _remember(self, source: SourceFile) -> None:
        self.positions.sources[source.path] = source
        self._lines.add(source)


def _main_module(source: SourceFile, arguments: Tuple[str, ...]) -> Dict[str, Any]:
    module = ModuleType("__main__", ast.get_docstring(source.tree, clean=False))
    module.__file__ = source.path
    module.__loader__ = importlib.machinery.SourceFileLoader("__main__", source.path)
    module.__dict__.update({"__builtins__": builtins, "__annotations__": {}, "__cached__": None})
    sys.modules["__main__"] = module
    sys.argv = [source.path, *arguments]
    sys.path.insert(0, os.path.dirname(source.path))
    return module.__dict__


def _nowhere(path: str) -> Location:
    return Location(path, Span(0, 0, 0, 0))


def current_location(positions: Positions, frame: Optional[Any]) -> Optional[Location]:
    """Return the innermost expression of the user's code that is running."""
    stack = positions.stack(frame)
    return stack[-1].location if stack else None
