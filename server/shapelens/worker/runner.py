"""Runs a program statement by statement and reports what it saw."""

from __future__ import annotations

import ast
import builtins
import importlib.machinery
import os
import sys
from types import CodeType, ModuleType
from typing import Any, Callable, Container, Dict, List, Mapping, Optional, Sequence, Set, Tuple, Union

from .autograph import AutographSources
from .bindings import bound_names
from .callers import Callers
from .contract import (
    ExtraCall,
    Fault,
    Frame,
    Limits,
    Location,
    ModelGraph,
    Observation,
    Program,
    Skip,
    SkipReason,
    Span,
    Training,
)
from .decisions import Decisions
from .describe import Describer
from .extra_calls import called_for_sure
from .faults import FaultFinder, missing_package, syntax_fault
from .framework_watch import FrameworkWatch, OtherFramework
from .given_values import given_value, graph, may_need_graph, refused_symbol, values
from .half_done import HalfDone
from .hidden_modules import forget_hidden_modules, hidden_module_skip
from .instrument import RECORD
from .layer_calls import LayerCalls
from .local_modules import LocalModules
from .loops import Loops
from .managers import Managers
from .model_graphs import ModelGraphs
from .positions import HAS_COLUMNS, Positions
from .program_code import ProgramCode
from .record import ObservationLimit, Recorder
from .sites import Place
from .source_file import SourceFile
from .source_lines import SourceLines
from .stand_ins.catalogue import stand_ins
from .stand_ins.import_hooks import StandInFinder
from .stand_ins.notebooks import notebook_names
from .statements import StatementTable
from .steps.install import install_steps
from .steps.progress import Progress
from .steps.trainings import Trainings
from .unknown import RESULT, Gap, Unknown, UnknownUsed

_PASS_THROUGH = (ObservationLimit, OtherFramework, GeneratorExit)
"""Exceptions that end the evaluation, or belong to the interpreter, and are nobody's fault."""

_FOR_CALLERS = (*_PASS_THROUGH, StopIteration, StopAsyncIteration, RecursionError, MemoryError)
"""Exceptions by which a function answers its caller, and those that every caller would meet again."""


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
        trained: Callable[[Training], None] = lambda training: None,
        graphed: Callable[[Tuple[ModelGraph, ...], str], None] = lambda graphs, cut: None,
    ) -> None:
        self._program = program
        self._send = send
        self._entered = entered
        self._modules_at_start = modules_at_start
        self.positions = Positions(columns)
        describer = Describer()
        self.recorder = Recorder(self.positions, describer, limits, send)
        self._progress = Progress(lambda: self.recorder.layers.number)
        self._layer_calls = LayerCalls(self.positions, self.recorder, self._progress.stepping)
        self._trainings = Trainings(self.positions, describer, self.recorder.layers, self._progress, trained)
        self._graphs = ModelGraphs(describer, self.recorder, self.positions)
        self._graphed = graphed
        self._half_done = HalfDone(self.positions)
        self._finder = FaultFinder(
            self.positions, self.recorder, describer, self._half_done, lambda: self._progress.values_replaced
        )
        self._managers = Managers(self.positions.sources)
        self._callers = Callers(self.positions)
        self._framework = FrameworkWatch()
        self._statements = StatementTable()
        self._loops = Loops(self._statements.loops, self._progress)
        self._decisions = Decisions(self.positions)
        self._progress.metric = self._decisions.value
        self._lines = SourceLines()
        self._last_line = 0
        """Where the last top-level statement begins."""
        self._reported: Set[Tuple[object, ...]] = set()
        self._origins: Dict[int, Optional[Location]] = {}
        """Why a statement did not finish: itself, or what it depends on."""
        self._namespace: Dict[str, Any] = {}
        self._call: Optional[ExtraCall] = None
        """The call being made that is none of the program's own."""
        self._held: Optional[List[Union[Fault, Skip]]] = None
        """What is not sent before the call has ended."""

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
        self._namespace = _main_module(source, self._program)
        self._give_names(source)
        self._last_line = source.tree.body[-1].lineno - 1 if source.tree.body else 0
        self._lines.install()
        self._remember(source)
        LocalModules(
            self.positions,
            self._statements,
            (self._program.directory, os.path.dirname(self._program.path), *self._program.search_path),
            {module.path: module.text for module in self._program.modules},
            source,
        ).install(self._remember)
        StandInFinder(stand_ins(), self._missing).install()
        self._install_recorder()
        self._framework.install()
        install_steps(self._progress, self._callbacks_not_run, self.recorder.layer_declared, self._trainings)
        self._layer_calls.install()
        AutographSources(self.positions).install()
        for name in forget_hidden_modules(_own_folder(self._program), self._modules_at_start):
            self._send(hidden_module_skip(source, name))
        program_code = ProgramCode(source, self._statements, self.positions)
        for number, code in list(program_code.statements()):
            self._run_statement(number, code)
        for call in self._program.calls:
            self._make(call, *program_code.call(call))
        self.finish()
        return True

    def finish(self) -> None:
        """Tell what is known at the end: all observations, then the models."""
        self.recorder.finish()
        self.tell_models()

    def tell_models(self) -> None:
        """Tell the models of the program; what is odd about one costs its graph, never the evaluation."""
        try:
            graphs, cut = self._graphs.graphs()
        except BaseException:  # properties of the program's classes may even exit
            return
        if graphs:
            self._graphed(graphs, cut)

    def _make(self, call: ExtraCall, number: int, code: CodeType) -> None:
        """Make a call that is none of the program's own.

        Raw functions of TensorFlow refuse the symbolic tensors of Keras; what meets one is called again while
        TensorFlow builds a graph, as ``tf.function`` would call it.
        """
        self._call = call
        self.recorder.call += 1
        if not may_need_graph(call.given):
            self._run_statement(number, code, {**self._namespace, **values(call.given)})
            return
        before = set(self._reported)
        held: List[Union[Fault, Skip]] = []
        self._held = held
        self._run_statement(number, code, {**self._namespace, **values(call.given)})
        self._held = None
        if any(isinstance(result, Fault) and refused_symbol(result.message) for result in held):
            self._reported = before
            with graph():
                self._run_statement(number, code, {**self._namespace, **values(call.given, in_graph=True)})
            return
        for result in held:
            self._send(result)

    def _run_statement(self, number: int, code: CodeType, namespace: Optional[Dict[str, Any]] = None) -> None:
        self._entered(self._statements[number].location)
        names = self._namespace if namespace is None else namespace
        assumed = self._decisions.assumed(lambda: self._statements[number], names)
        self.recorder.assume(assumed)
        try:
            exec(code, names)
        except _PASS_THROUGH:
            raise
        except BaseException as error:
            self._ended(number, error)
        self._decisions.follows(lambda: self._statements[number], assumed)
        self._framework.look(self._namespace)
        self.recorder.settle()

    # --- what instrumented code calls ---------------------------------------------------------------------

    def _install_recorder(self) -> None:
        record: Any = self.recorder.function()
        record.isolate = self._isolate
        record.handled = self._handled
        record.manager = self._managers.seen
        record.leaves = self._leaves
        record.unknown = self._unknown
        record.loop = self._loops.loop
        record.again = self._loops.again
        record.leaves_loop = self._loops.leaves_loop
        for name in ("isolate", "handled", "manager", "leaves", "unknown", "loop", "again", "leaves_loop"):
            method = getattr(record, name)
            method.__func__.autograph_info__ = {}
        setattr(builtins, RECORD, record)

    def _isolate(self, number: int) -> None:
        """Take the exception that ended a statement inside a block, so that the block goes on."""
        error = sys.exc_info()[1]
        swallowed = any(map(self._managers.swallows, self._statements[number].managers))
        if error is None or swallowed or isinstance(error, _PASS_THROUGH):
            raise
        self._ended(number, error)

    def _leaves(self, number: int) -> bool:
        """Take the exception that ended a statement of a function; tell whether it has to leave the function.

        It has to where someone waits for it: a handler of the program, or a library that called the function.
        """
        error = sys.exc_info()[1]
        caller = sys._getframe(1)
        if error is None:
            return True
        swallowed = any(map(self._managers.swallows, self._statements[number].managers))
        if swallowed or isinstance(error, _FOR_CALLERS) or not self._callers.nobody_waits(caller):
            if error.__traceback__ is not None:
                self.positions.left(caller, error.__traceback__.tb_lasti)
            return True
        outer = self.positions.stack(caller.f_back)
        self._report(self._explained(number, error, {**caller.f_globals, **caller.f_locals}, outer))
        self.positions.forget_marks(caller)
        self._give_up(number, error, {**caller.f_globals, **caller.f_locals})
        return False

    def _unknown(self, number: int, index: int) -> Any:
        """Return the unknown value of a name that a statement of a function binds, or of what it returns."""
        if index < 0:
            return Unknown(RESULT, self._origins.get(number))
        statement = self._statements[number]
        return self._unknown_or_given(statement.binds[index], self._origins.get(number), statement.location)

    def _handled(self) -> None:
        """Note an exception of a layer that the program itself catches."""
        error = sys.exc_info()[1]
        if error is None or isinstance(error, (*_PASS_THROUGH, Gap)):
            raise
        failed = self._layer_calls.failure_of(error)
        if failed is not None:
            self._report(self._finder.explain(error, _nowhere(self._program.path), failed, handled=True))
        self.positions.forget_marks(sys._getframe(1))

    def _missing(self, package: str) -> None:
        """Say that a package is not installed whose absence does no harm to the evaluation."""
        location = self.positions.innermost(sys._getframe(1)) or _nowhere(self._program.path)
        self._report(missing_package(package, location))

    def _callbacks_not_run(self, callback: Any) -> None:
        location = self.positions.innermost(sys._getframe(1))
        if location is not None:
            self._half_done.waits(callback, location)

    def _unknown_or_given(self, name: str, origin: Optional[Location], where: Location) -> Any:
        for given in self._program.given:
            inside = given.scope is None or given.scope.line <= where.span.line <= given.scope.end_line
            if given.name == name and inside and where.path == given.location.path:
                return given_value(given.spec)
        return Unknown(name, origin)

    def _give_names(self, source: SourceFile) -> None:
        """Give the names values that comments tell the shapes of and nothing in the file binds."""
        wanted = {item.name: item for item in self._program.given if item.scope is None}
        if wanted:
            for name in wanted.keys() - bound_names(source.tree):
                self._namespace[name] = given_value(wanted[name].spec)

    # --- reports ------------------------------------------------------------------------------------------

    def _ended(self, number: int, error: BaseException) -> None:
        statement = self._statements[number]
        if isinstance(error, SystemExit) and statement.location.span.line >= self._last_line:
            return  # ``sys.exit(main())`` at the end: nothing is left out
        self._report(self._explained(number, error, self._namespace))
        self.positions.marks.clear()
        self._give_up(number, error, self._namespace)
        for name in statement.binds:
            self._namespace[name] = self._unknown_or_given(name, self._origins[number], statement.location)

    def _give_up(self, number: int, error: BaseException, names: Mapping[str, Any]) -> None:
        """Note what a statement that did not finish leaves unknown in the objects of these names."""
        statement = self._statements[number]
        self._progress.step()  # a loop whose body fails each time round need not go on
        # What depends on an unknown name is unknown for the reason that the name is.
        origin = error.unknown.origin if isinstance(error, UnknownUsed) else statement.location
        self._origins[number] = origin
        if origin is not None:
            self._half_done.remember(error, statement.uses, names, origin)
        self._half_done.forget_results(statement.reaches, names, origin)
        for place in statement.places:
            self._forget(place, origin, names.get(place.name))

    def _forget(self, place: Place, origin: Optional[Location], holder: Any) -> None:
        """Make a place in an object unknown, so that what reads it is not taken for a mistake."""
        try:
            if place.attribute is not None:
                name = place.attribute if place.name == "self" else f"{place.name}.{place.attribute}"
                setattr(holder, place.attribute, Unknown(name, origin))
            elif isinstance(holder, (dict, list)):
                holder[place.key] = Unknown(f"{place.name}[{place.key!r}]", origin)  # type: ignore[index]
        except Exception:  # it is the program's own object and may refuse
            pass

    def _explained(
        self, number: int, error: BaseException, names: Mapping[str, Any], outer: Sequence[Frame] = ()
    ) -> Union[Fault, Skip]:
        """Return why a statement, which sees these names, did not finish."""
        statement = self._statements[number]
        waits = self._half_done.waiting(error, [names.get(name) for name in statement.uses])
        if waits is not None:
            message = f"A model here has no shapes, because line {waits.span.line + 1} has no result."
            return Skip(statement.location, SkipReason.DEPENDS_ON_UNKNOWN, message, "", waits)
        failed = self._layer_calls.failure_of(error)
        result = self._finder.explain(error, statement.location, failed, outer=outer)
        if isinstance(result, Fault):
            self._graphs.failed(result, error, failed)
        return result

    def _report(self, result: Union[Fault, Skip]) -> None:
        if isinstance(result, Skip) and result.name == RESULT:
            return  # the statement that the function did not get past has told it
        if self._call is not None and isinstance(result, Fault):
            sure = called_for_sure(result, self._call, self.positions)
            if sure is None:
                return
            result = sure
        # A statement in a loop fails the same way each time round, if for a layer of another name.
        if isinstance(result, Fault):
            same: Tuple[object, ...] = (result.location, result.exception, result.frames, result.handled)
        else:
            same = (result.location.path, result.location.span.line, result.reason, result.name)
        if same not in self._reported:
            self._reported.add(same)
            if self._held is None:
                self._send(result)
            else:
                self._held.append(result)

    def _remember(self, source: SourceFile) -> None:
        self.positions.sources[source.path] = source
        self._lines.add(source)


def _main_module(source: SourceFile, program: Program) -> Dict[str, Any]:
    module = ModuleType("__main__", ast.get_docstring(source.tree, clean=False))
    if program.notebook:
        module.__dict__.update(notebook_names())
    else:
        module.__file__ = source.path
        module.__loader__ = importlib.machinery.SourceFileLoader("__main__", source.path)
    if program.package:
        # As ``python -m package.module`` has it (runpy); relative imports go by the two.
        name = f"{program.package}.{os.path.splitext(os.path.basename(source.path))[0]}"
        module.__package__ = program.package
        loader = importlib.machinery.SourceFileLoader(name, source.path)
        module.__spec__ = importlib.machinery.ModuleSpec(name, loader, origin=source.path)
        module.__spec__.has_location = True
    module.__dict__.update({"__builtins__": builtins, "__annotations__": {}, "__cached__": None})
    sys.modules["__main__"] = module
    sys.argv = [source.path, *program.arguments]
    folder = _own_folder(program)
    sys.path[:0] = [folder, *(other for other in program.search_path if other != folder)]
    return module.__dict__


def _own_folder(program: Program) -> str:
    """Return what stands first in the search path of a plain run."""
    return program.search_path[0] if program.package else os.path.dirname(program.path)


def _nowhere(path: str) -> Location:
    return Location(path, Span(0, 0, 0, 0))
