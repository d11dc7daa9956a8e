"""Imports well-known libraries in the host once a program has used them, so that its next evaluation need not.

pandas and scikit-learn take half a second to import, more than an evaluation may. The list is closed: a file must not
choose what runs outside of the sandbox. All are found as Python finds them in the host, which never looks into the
workspace.
"""

from __future__ import annotations

import importlib
import os
import re
from typing import List, Set

_LIBRARIES = frozenset("pandas sklearn scipy PIL h5py joblib skimage networkx".split())
"""Each leaves no thread behind when it is imported, whose absence in a child could hang it (measured)."""

_IMPORT = re.compile(r"^[ \t]*(?:import|from)[ \t]+([\w.]+)(?:[ \t]+import[ \t]+(\w+))?", re.MULTILINE)


class WarmImports:
    """Which libraries were asked for, and which are there."""

    def __init__(self) -> None:
        self._tried: Set[str] = set()
        self._wanted: List[str] = []
        self._trusted = True

    def note(self, text: str) -> None:
        """Remember what a program imports."""
        for match in _IMPORT.finditer(text):
            module, name = match.groups()
            if module.partition(".")[0] not in _LIBRARIES:
                continue
            # ``from sklearn import metrics`` imports the submodule; where it is none, the attempt does no harm.
            for candidate in (module, f"{module}.{name}" if name else module):
                if candidate not in self._tried:
                    self._tried.add(candidate)
                    self._wanted.append(candidate)

    def run(self) -> bool:
        """Import what was noted; return whether anything new is there."""
        wanted, self._wanted = self._wanted, []
        for name in wanted if self._trusted else ():
            threads = _threads()
            try:
                importlib.import_module(name)
            except BaseException:  # absent, or broken: the program will see for itself
                continue
            self._trusted = _threads() == threads
        return bool(wanted)


def _threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 0
