"""Makes of an exception what the contract says of it: a fault at an expression, or a skip with its reason."""

from __future__ import annotations

import socket
import sys
import urllib.error
from types import TracebackType
from typing import List, Optional, Union

from .contract import Fault, Frame, Location, Skip, SkipReason
from .describe import Describer
from .layer_calls import FailedCall
from .positions import Positions, walk
from .record import Recorder
from .unknown import UnknownUsed

_FROM_AUTOGRAPH = "in user code:"
"""How AutoGraph begins the message of an exception whose traceback it dropped (autograph/pyct/error_utils.py)."""

_NO_LIBRARIES = (__name__.split(".")[0], "__main__")
"""This package, whose frames stand between the user's code and Keras, and code that AutoGraph made."""


class FaultFinder:
    """Explains exceptions of one evaluation."""

    def __init__(self, positions: Positions, recorder: Recorder) -> None:
        self._positions = positions
        self._recorder = recorder
        self._describer = Describer()

    def explain(
        self, error: BaseException, statement: Location, failed: Optional[FailedCall], handled: bool = False
    ) -> Union[Fault, Skip]:
        """Return why a statement did not finish."""
        frames = self._positions.traceback(error.__traceback__)
        location = frames[-1].location if frames else statement
        skip = self._skip(error, location, statement)
        if skip is not None and failed is None:
            return skip
        return self._fault(error, frames, location, failed, handled)

    # --- skips --------------------------------------------------------------------------------------------

    def _skip(self, error: BaseException, location: Location, statement: Location) -> Optional[Skip]:
        if isinstance(error, UnknownUsed):
            unknown = error.unknown
            line = f"line {unknown.origin.span.line + 1}" if unknown.origin else "its statement"
            message = f"`{unknown.name}` is unknown, because {line} has no result."
            location = self._positions.of_name(location, unknown.name)
            return Skip(location, SkipReason.DEPENDS_ON_UNKNOWN, message, unknown.name, unknown.origin)
        if isinstance(error, SystemExit):
            return Skip(location, SkipReason.EXITED, "The program ends itself here; what follows is evaluated anyway.")
        if isinstance(error, NameError) and not isinstance(error, UnboundLocalError):
            name = getattr(error, "name", None) or _quoted(str(error))
            if self._raised_by_user(error):
                location = self._positions.of_name(location, name)
                return Skip(location, SkipReason.UNKNOWN_NAME, f"`{name}` is not defined in this file.", name)
        if isinstance(error, ModuleNotFoundError) and error.name is not None:
            return _missing_package(error.name, location)
        if isinstance(error, KeyError) and _raised_in(error.__traceback__, "os"):
            message = f"The environment variable {error.args[0]} is not set here."
            return Skip(location, SkipReason.UNAVAILABLE, message)
        if isinstance(error, EOFError) and self._raised_by_user(error):
            return Skip(location, SkipReason.UNAVAILABLE, "The program asks for input, and there is none.")
        if isinstance(error, OSError):
            return _system(error, location)
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
        message = str(error)
        marked = self._positions.deepest_mark() if message.startswith(_FROM_AUTOGRAPH) else None
        if marked is not None:
            outer, location = list(frames), marked
        elif failed is not None and not failed.called_by_user and not failed.failed_in_user_code:
            # Keras called the layer itself, as Sequential does: the layer's own expression is the wrong one.
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
            layer_name=str(failed.layer.name) if failed else None,
            input=self._describer.call(failed.arguments, failed.keywords) if failed else None,
            handled=handled,
        )

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


def _missing_package(name: str, location: Location) -> Optional[Skip]:
    package = name.split(".")[0]
    if package in sys.modules:
        return None  # the package is there and lacks the submodule: a plain run fails the same way anywhere
    message = f"The package {package} is not installed in this environment."
    return Skip(location, SkipReason.MISSING_PACKAGE, message, package)


def _system(error: OSError, location: Location) -> Skip:
    if isinstance(error, (urllib.error.URLError, ConnectionError, socket.gaierror, socket.timeout)):
        return Skip(location, SkipReason.FORBIDDEN, "This needs the network, which evaluations do not use.")
    if isinstance(error, FileNotFoundError):
        return Skip(location, SkipReason.MISSING_FILE, f"The file {_named(error)} was not found.")
    if isinstance(error, PermissionError):
        return Skip(location, SkipReason.FORBIDDEN, f"Evaluations may not touch {_named(error)}.")
    return Skip(location, SkipReason.UNAVAILABLE, f"The system said: {error}.")


def _named(error: OSError) -> str:
    return repr(error.filename) if error.filename is not None else "this part of the system"


def _quoted(message: str) -> str:
    parts = message.split("'")
    return parts[1] if len(parts) > 1 else message


def _class_name(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _raised_in(traceback: Optional[TracebackType], module: str) -> bool:
    entries = list(walk(traceback))
    return bool(entries) and entries[-1].tb_frame.f_globals.get("__name__") == module
