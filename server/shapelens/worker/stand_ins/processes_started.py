"""Other processes: subprocess, os.system, pools of processes.

Replaced: programs that would be started, by ``NotEvaluated``; pools of processes, which work through their tasks one by
one in this process. Kept true: what a pool returns, and in which order.
"""

from __future__ import annotations

import errno
import functools
import os
import sys
from types import FrameType
from typing import Any, Callable, Iterable, Iterator, List, NoReturn, Optional, Tuple

from ..contract import SkipReason
from ..unknown import NotEvaluated
from .model import StandIn

_STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep

_HARMLESS = ("clear", "cls", "")
"""Commands that only change what is on the screen."""


def refuse(command: Any) -> NoReturn:
    """Raise NotEvaluated for a command."""
    words = command if isinstance(command, (list, tuple)) else str(command).split()
    first = words[0] if words else ""
    raise NotEvaluated(SkipReason.FORBIDDEN, f"The program `{first}` would be started, and evaluations start none.")


def _asked_by_library(frame: Optional[FrameType]) -> bool:
    """Tell whether the first code outside of the standard library belongs to an installed package."""
    while frame is not None and frame.f_code.co_filename.startswith(_STANDARD_LIBRARY):
        if "site-packages" in frame.f_code.co_filename or "dist-packages" in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    path = frame.f_code.co_filename if frame is not None else ""
    return "site-packages" in path or "dist-packages" in path


def _subprocess(subprocess: Any) -> None:
    original = subprocess.Popen.__init__

    @functools.wraps(original)
    def __init__(self: Any, args: Any, *_: Any, **__: Any) -> None:
        self._child_created = False  # asked for when the object goes
        self.returncode = 0
        if _asked_by_library(sys._getframe(1)):
            # A library can do without: joblib asks lscpu for the number of cores, and takes the usual one.
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(args))
        refuse(args)

    subprocess.Popen.__init__ = __init__


def _os(system: Any) -> None:
    def run(command: Any) -> int:
        if str(command).strip() in _HARMLESS:
            return 0
        refuse(command)

    system.system = run
    system.popen = lambda cmd, *_, **__: refuse(cmd)
    if hasattr(system, "startfile"):
        system.startfile = lambda path, *_, **__: refuse(path)


class _Done:
    """The result of a task that is done: ``AsyncResult`` of multiprocessing."""

    def __init__(self, work: Callable[[], Any], callback: Any = None, error_callback: Any = None) -> None:
        self._error: Optional[Exception] = None
        self._value: Any = None
        try:
            self._value = work()
        except Exception as error:
            self._error = error
            if error_callback is not None:
                error_callback(error)
        else:
            if callback is not None:
                callback(self._value)

    def get(self, timeout: Any = None) -> Any:
        """Return what the task returned; raises what it raised."""
        if self._error is not None:
            raise self._error
        return self._value

    def wait(self, timeout: Any = None) -> None:
        """Return at once."""

    def ready(self) -> bool:
        """Return True."""
        return True

    def successful(self) -> bool:
        """Tell whether the task raised nothing."""
        return self._error is None


class Pool:
    """Stands for ``multiprocessing.Pool``."""

    def __init__(
        self, processes: Any = None, initializer: Any = None, initargs: Iterable[Any] = (), *_: Any, **__: Any
    ) -> None:
        if initializer is not None:
            initializer(*initargs)

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def map(self, func: Any, iterable: Any, chunksize: Any = None) -> List[Any]:
        """Return the results in order."""
        return [func(item) for item in iterable]

    def imap(self, func: Any, iterable: Any, chunksize: Any = 1) -> Iterator[Any]:
        """Yield the results in order."""
        return iter([func(item) for item in iterable])

    imap_unordered = imap

    def starmap(self, func: Any, iterable: Any, chunksize: Any = None) -> List[Any]:
        """Return the results of calls with several arguments."""
        return [func(*items) for items in iterable]

    def apply(self, func: Any, args: Any = (), kwds: Any = None) -> Any:
        """Return one result."""
        return func(*args, **(kwds or {}))

    def apply_async(
        self, func: Any, args: Any = (), kwds: Any = None, callback: Any = None, error_callback: Any = None
    ) -> Any:
        """Return one result that can be waited for."""
        return _Done(lambda: func(*args, **(kwds or {})), callback, error_callback)

    def map_async(
        self, func: Any, iterable: Any, chunksize: Any = None, callback: Any = None, error_callback: Any = None
    ) -> Any:
        """Return results that can be waited for."""
        return _Done(lambda: self.map(func, iterable), callback, error_callback)

    def starmap_async(
        self, func: Any, iterable: Any, chunksize: Any = None, callback: Any = None, error_callback: Any = None
    ) -> Any:
        """Return results that can be waited for."""
        return _Done(lambda: self.starmap(func, iterable), callback, error_callback)

    def close(self) -> None:
        """End nothing."""

    join = terminate = close


def _multiprocessing(multiprocessing: Any) -> None:
    multiprocessing.Pool = Pool
    context = multiprocessing.context
    context.BaseContext.Pool = lambda self, *arguments, **keywords: Pool(*arguments, **keywords)
    multiprocessing.set_start_method = lambda *_, **__: None

    def start(self: Any) -> NoReturn:
        raise NotEvaluated(SkipReason.FORBIDDEN, "A process would be started, and evaluations start none.")

    process = multiprocessing.process.BaseProcess
    for kind in (context.Process, process):
        kind.start = start
    process.join = process.terminate = process.kill = process.close = lambda self, timeout=None: None


def _pools(pool: Any) -> None:
    """Change the classes in place: Keras has taken ``ThreadPool`` over, which needs a semaphore of the system."""
    for name, member in vars(Pool).items():
        if callable(member):
            setattr(pool.Pool, name, member)
    pool.Pool.__del__ = lambda self: None


def _futures(futures: Any) -> None:
    class Executor(futures._base.Executor):  # type: ignore[misc]
        """Stands for ``ProcessPoolExecutor``: runs each task when it is handed in."""

        def __init__(self, *_: Any, initializer: Any = None, initargs: Iterable[Any] = (), **__: Any) -> None:
            if initializer is not None:
                initializer(*initargs)

        def submit(self, fn: Any, /, *arguments: Any, **keywords: Any) -> Any:
            future = futures.Future()
            try:
                future.set_result(fn(*arguments, **keywords))
            except Exception as error:
                future.set_exception(error)
            return future

    futures.ProcessPoolExecutor = Executor


def _joblib(parallel: Any) -> None:
    original = parallel.Parallel.__init__

    @functools.wraps(original)
    def __init__(self: Any, n_jobs: Any = None, *arguments: Any, **keywords: Any) -> None:
        original(self, 1, *arguments, **keywords)

    parallel.Parallel.__init__ = __init__


STAND_INS: Tuple[StandIn, ...] = (
    StandIn("subprocess", _subprocess),
    StandIn("os", _os),
    StandIn("multiprocessing", _multiprocessing),
    StandIn("multiprocessing.pool", _pools),
    StandIn("concurrent.futures", _futures),
    StandIn("joblib.parallel", _joblib),
)
