"""Tells which context managers may swallow an exception: inside those nothing is isolated."""

from __future__ import annotations

from typing import Any, Container, Dict

_WAIT_FOR_EXCEPTIONS = frozenset(
    ("suppress", "RaisesContext", "RaisesExc", "RaisesGroup", "_AssertRaisesContext", "WarningsChecker")
)
"""Classes of contextlib, pytest and unittest."""


class Managers:
    """The managers of the ``with`` statements that are isolated, by the statement's number."""

    def __init__(self, user_files: Container[str]) -> None:
        self._user_files = user_files
        self._swallows: Dict[int, bool] = {}

    def seen(self, statement: int, manager: Any) -> Any:
        """Note a manager when its statement begins, and return it."""
        self._swallows[statement] = self._swallows.get(statement, False) or self._may_swallow(manager)
        return manager

    def swallows(self, statement: int) -> bool:
        """Tell whether a manager of the statement may swallow an exception."""
        return self._swallows.get(statement, False)

    def _may_swallow(self, manager: Any) -> bool:
        if type(manager).__name__ in _WAIT_FOR_EXCEPTIONS:
            return True
        # One of the program's own may; those of libraries are scopes, files and locks, which let exceptions pass.
        generator = getattr(manager, "gen", None)  # made by contextlib.contextmanager
        code = getattr(generator, "gi_code", None) or getattr(
            getattr(type(manager), "__exit__", None), "__code__", None
        )
        return getattr(code, "co_filename", None) in self._user_files
