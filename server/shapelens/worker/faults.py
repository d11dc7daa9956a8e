"""Makes of an exception what the contract says of it: a fault at an expression, or a skip with its reason."""

from __future__ import annotations

import os
import re
import socket
import sys
import urllib.error
from types import TracebackType
from typing import Callable, List, Optional, Sequence, Tuple, Union

from .contract import Fault, Frame, Location, Skip, SkipReason, Span
from .describe import Describer
from .half_done import HalfDone
from .layer_calls import FailedCall
from .positions import Positions, walk
from .record import Recorder
from .unknown import NotEvaluated, UnknownUsed
from .values import attribute

_FROM_AUTOGRAPH = re.compile(r"(?:\A|\n\n)in user code:\n")
"""How AutoGraph begins the message of an exception whose traceback it dropped (autograph/pyct/error_utils.py).

Keras 2 puts a sentence of its own before it.
"""

_OUR_FRAMES = re.compile(r' *File "' + re.escape(os.path.dirname(__file__)) + r"[^\n]*\n(?: {8,}[^\n]*\n)?")
"""Entries of this package in the traceback that AutoGraph writes into a message."""

_NAMED_LINE = re.compile(r'File "([^"\n]+)", line (\d+), in')

_OF_SHAPES = re.compile(r"\.(?:shape|ndim|size)\b|\bshape\(|\brank\(")
"""In the text of an assertion: it looks at no value."""

_LONGEST_MESSAGE = 20_000

_NO_LIBRARIES = (__name__.split(".")[0], "__main__")
"""This package, whose frames stand between the user's code and Keras, and code that AutoGraph made."""


class FaultFinder:
    """Explains exceptions of one evaluation."""

    def __init__(
        self,
        positions: Positions,
        recorder: Recorder,
        describer: Describer,
        half_done: HalfDone,
        values_replaced: Callable[[], bool],
    ) -> None:
        self._positions = positions
        self._values_replaced = values_replaced
        self._half_done = half_done
        self._recorder = recorder
        self._describer = describer
        self._found: Optional[Tuple[BaseException, Location]] = None

    def explain(
        self,
        error: BaseException,
        statement: Location,
        failed: Optional[FailedCall],
        handled: bool = False,
        outer: Sequence[Frame] = (),
    ) -> Union[Fault, Skip]:
        """Return why a statement did not finish; ``outer`` are the calls that led to its function."""
        if handled and failed is not None:
            error = failed.error  # ``except*`` has put it into a group
        frames = [*outer, *self._positions.traceback(error.__traceback__)]
        if isinstance(error, RecursionError) and len(frames) > 1:
            frames.pop()  # the last call had no room for its first expression
        location = frames[-1].location if frames else statement
        subject = failed.error if failed else error
        if not self._positions.columns:
            location = self._where_marked(subject, location)
        # Keras raises a copy of an exception that comes out of a layer; the reason is in the first one.
        skip = self._skip(subject, _not_its_body(location, statement))
        if skip is not None:
            return skip
        if isinstance(error, SyntaxError) and error.filename in self._positions.unparsable:
            return syntax_fault(str(error.filename), error, tuple(frames))
        return self._fault(error, frames, location, failed, handled)

    def _where_marked(self, error: BaseException, location: Location) -> Location:
        """Return where an exception was first found: its marks are gone when the program raises it again."""
        if self._found is None or self._found[0] is not error:
            self._found = (error, location)
        return self._found[1]

    # --- skips --------------------------------------------------------------------------------------------

    def _skip(self, error: BaseException, location: Location) -> Optional[Skip]:
        if isinstance(error, NotEvaluated):
            return Skip(location, error.reason, error.message)
        if isinstance(error, UnknownUsed):
            unknown = error.unknown
            line = f"line {unknown.origin.span.line + 1}" if unknown.origin else "its statement"
            message = f"`{unknown.name}` is unknown, because {line} has no result."
            location = self._positions.of_name(location, unknown.name)
            return Skip(location, SkipReason.DEPENDS_ON_UNKNOWN, message, unknown.name, unknown.origin)
        if isinstance(error, AttributeError):
            origin = self._half_done.origin(error)
            if origin is not None:
                name = str(getattr(error, "name", "") or "an attribute")
                message = f"`{name}` is unknown, because line {origin.span.line + 1} has no result."
                return Skip(location, SkipReason.DEPENDS_ON_UNKNOWN, message, name, origin)
        if isinstance(error, SystemExit):
            return Skip(location, SkipReason.EXITED, "The program ends itself here; what follows is evaluated anyway.")
        if isinstance(error, NameError) and not isinstance(error, UnboundLocalError):
            name = getattr(error, "name", None) or _quoted(str(error))
            if self._raised_by_user(error):
                location = self._positions.of_name(location, name)
                return Skip(location, SkipReason.UNKNOWN_NAME, f"`{name}` is not defined in this file.", name)
        if isinstance(error, ModuleNotFoundError) and error.name is not None:
            return missing_package(error.name, location) if _absent(error.name) else None
        if isinstance(error, KeyError) and _raised_in(error.__traceback__, "os"):
            message = f"The environment variable {error.args[0]} is not set here."
            return Skip(location, SkipReason.UNAVAILABLE, message)
        if isinstance(error, IndexError) and self._positions.text(location).startswith("sys.argv"):
            return Skip(location, SkipReason.UNAVAILABLE, "The program is evaluated without arguments.")
        if isinstance(error, EOFError) and self._raised_by_user(error):
            return Skip(location, SkipReason.UNAVAILABLE, "The program asks for input, and there is none.")
        if isinstance(error, OSError):
            return _system(error, location)
        inside = self._origin(error, None) in ("keras", "tensorflow", "jax", "torch", "tf_keras")
        of_shapes = isinstance(error, AssertionError) and _OF_SHAPES.search(self._positions.text(location)) is not None
        if self._values_replaced() and _about_values(error) and not inside and not of_shapes:
            said = f"{type(error).__name__}: {error}"
            message = f"{said}. Results of models have no true values here, so this may be no mistake."
            return Skip(location, SkipReason.REPLACED_VALUES, message)
        return None

    # --- faults -------------------------------------------------------------------------------------------

    def _fault(
        self,
        error: BaseException,
        frames: List[Frame],
        location: Location,
        failed: Optional[FailedCall],
        handled: bool,
    ) -> Fault:
        outer = list(frames[:-1])
        message = message_of(error)
        converted = self._in_converted_code(message, location) if _FROM_AUTOGRAPH.search(message) else None
        if converted == location:
            pass  # code that was called by converted code as it is
        elif converted is not None:
            outer, location = list(frames), converted
        elif failed is not None and self._is_keras_call(failed):
            # Keras called the layer itself, as Sequential does: the layer's own expression is the wrong one. Not where
            # it was called before: then the model is right, and this call of it is wrong.
            site = self._recorder.creation(failed.layer)
            if site is not None and site.location != location:
                outer, location = list(frames), site.location
        return Fault(
            location=location,
            exception=_class_name(type(error)),
            message=message,
            frames=tuple(outer),
            origin=self._origin(error, failed),
            layer=type(failed.layer).__name__ if failed else None,
            layer_name=str(attribute(failed.layer, "name", "")) if failed else None,
            input=self._describer.call(failed.arguments, failed.keywords) if failed else None,
            handled=handled,
        )

    def _is_keras_call(self, failed: FailedCall) -> bool:
        by_user = failed.called_by_user or failed.failed_in_user_code or failed.stepped
        return not by_user and not self._recorder.was_called(failed.layer)

    def _in_converted_code(self, message: str, last: Location) -> Optional[Location]:
        """Return the expression that AutoGraph's message names, or the line where no expression was begun.

        ``last`` is the innermost expression of the traceback, which may be the one.
        """
        marked = self._positions.deepest_mark()
        named = [(path, int(line)) for path, line in _NAMED_LINE.findall(message) if path in self._positions.sources]
        if not named:
            return marked
        path, line = named[-1]
        for found in (marked, last):
            if found is not None and found.path == path and found.span.line <= line - 1 <= found.span.end_line:
                return found
        return self._positions.whole_line(path, line)

    def _origin(self, error: BaseException, failed: Optional[FailedCall]) -> str:
        origin = ""
        for entry in walk(error.__traceback__):
            name = str(entry.tb_frame.f_globals.get("__name__", ""))
            if self._positions.is_user(entry.tb_frame):
                origin = ""
            elif name.split(".")[0] not in _NO_LIBRARIES:
                origin = name.split(".")[0]
        return origin or ("keras" if failed is not None else "")

    def _raised_by_user(self, error: BaseException) -> bool:
        entries = list(walk(error.__traceback__))
        return bool(entries) and self._positions.is_user(entries[-1].tb_frame)


def _not_its_body(location: Location, statement: Location) -> Location:
    """Return the first line of a block for the whole of it: where a loop gives up, Python names all its lines."""
    whole, header = location.span, statement.span
    is_all = location.path == statement.path and whole.line == header.line and whole.end_line > header.end_line
    return statement if is_all else location


def _about_values(error: BaseException) -> bool:
    """Tell whether an exception is one that the values of predictions lead to, rather than their shapes."""
    if isinstance(error, KeyError):
        return bool(error.args) and not isinstance(error.args[0], str)
    return isinstance(error, (IndexError, ZeroDivisionError, AssertionError))


def _absent(name: str) -> bool:
    # Where the package is there and lacks the submodule, a plain run fails the same way anywhere.
    return name.split(".")[0] not in sys.modules


def missing_package(name: str, location: Location) -> Skip:
    """Return what the user is told of a package that is not installed."""
    package = name.split(".")[0]
    message = f"The package {package} is not installed in this environment."
    return Skip(location, SkipReason.MISSING_PACKAGE, message, package)


def _system(error: OSError, location: Location) -> Skip:
    if isinstance(error, (urllib.error.URLError, ConnectionError, socket.gaierror, socket.timeout)):
        return Skip(location, SkipReason.FORBIDDEN, "This needs the network, which evaluations do not use.")
    if isinstance(error, FileNotFoundError):
        name = f"The file {error.filename!r}" if error.filename is not None else "A file"
        return Skip(location, SkipReason.MISSING_FILE, f"{name} was not found.")
    if isinstance(error, PermissionError):
        what = f"touch {error.filename!r}" if error.filename is not None else f"do this ({error.strerror})"
        return Skip(location, SkipReason.FORBIDDEN, f"Evaluations may not {what}.")
    return Skip(location, SkipReason.UNAVAILABLE, f"The system said: {error}.")


def message_of(error: BaseException) -> str:
    """Return an exception's message as a plain run would show it, cut where it is absurdly long."""
    try:
        text = str(error)
    except Exception:  # the program's own __str__
        text = f"{type(error).__name__} (its message cannot be shown)"
    if len(text) > _LONGEST_MESSAGE:
        text = text[:_LONGEST_MESSAGE] + "..."
    return _OUR_FRAMES.sub("", text) if _FROM_AUTOGRAPH.search(text) else text


def syntax_fault(path: str, error: Exception, frames: Tuple[Frame, ...] = ()) -> Fault:
    """Return the fault of a text that does not parse, at the place that Python names."""
    line, column, end_line, end_column = 1, 1, None, None
    if isinstance(error, SyntaxError):
        line, column = error.lineno or 1, error.offset or 1
        end_line, end_column = getattr(error, "end_lineno", None), getattr(error, "end_offset", None)
    span = Span(line - 1, column - 1, (end_line or line) - 1, max((end_column or column) - 1, 0))
    if (span.end_line, span.end_column) <= (span.line, span.column):
        span = Span(span.line, span.column, span.line, span.column + 1)
    message = getattr(error, "msg", None) or str(error)
    return Fault(Location(path, span), type(error).__name__, str(message), frames)


def _quoted(message: str) -> str:
    parts = message.split("'")
    return parts[1] if len(parts) > 1 else message


def _class_name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _raised_in(traceback: Optional[TracebackType], module: str) -> bool:
    entries = list(walk(traceback))
    return bool(entries) and entries[-1].tb_frame.f_globals.get("__name__") == module
