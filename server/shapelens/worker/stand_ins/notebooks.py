"""Notebooks: IPython's display and magics, Google Colab, widgets.

Replaced: everything that shows or asks something. Kept true: that ``google.colab`` is absent where a program asks
whether it is there, by ``try: import google.colab``; imported without asking, it is silent.

``notebook_names`` returns what IPython puts into the names of every notebook: ``display`` and ``get_ipython``.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, Dict, NoReturn, Tuple

from ..contract import SkipReason
from ..unknown import NotEvaluated
from .guarded_imports import is_guarded
from .model import StandIn
from .silent import Silent, SilentModule, nothing, silent_module


class Shell(Silent):
    """Stands for the shell that ``get_ipython()`` returns."""

    def __init__(self) -> None:
        super().__init__("get_ipython()")

    def system(self, command: str) -> NoReturn:
        """Raise NotEvaluated: a command would be run."""
        raise NotEvaluated(SkipReason.FORBIDDEN, f"The command `{command}` would be run, and evaluations run none.")

    getoutput = getoutput_lines = system

    def run_line_magic(self, magic_name: str, line: str = "", *_: Any, **__: Any) -> None:
        """Step over a magic."""

    def run_cell_magic(self, magic_name: str, line: str = "", cell: str = "", *_: Any, **__: Any) -> None:
        """Step over a magic of a whole cell."""


def display(*_: Any, **__: Any) -> None:
    """Show nothing."""


def get_ipython() -> Shell:
    """Return the shell of the notebook."""
    return Shell()


def notebook_names() -> Dict[str, Any]:
    """Return the names that IPython gives to every notebook."""
    return {"display": display, "get_ipython": get_ipython, "exit": display, "quit": display}


def _ipython(name: str) -> ModuleType:
    module = SilentModule(name)
    module.__dict__.update(display=silent_module("IPython.display"), get_ipython=lambda: None)
    module.__dict__.update(embed=display, start_ipython=display)
    if name != "IPython":
        module.__dict__.update(display=display, clear_output=display)
    return module


def _asks(*_: Any, **__: Any) -> NoReturn:
    raise NotEvaluated(SkipReason.UNAVAILABLE, "This asks the person at the notebook, and there is none.")


def _colab(name: str) -> ModuleType:
    if is_guarded(sys._getframe(1)):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    module = SilentModule(name)
    module.__dict__.update(upload=_asks, cv2_imshow=display, getPassword=_asks)
    if name == "google.colab":
        files, userdata = Silent("files"), Silent("userdata")
        files.__dict__["upload"] = userdata.__dict__["get"] = _asks
        module.__dict__.update(files=files, userdata=userdata, patches=_module("google.colab.patches"))
    if name.endswith("userdata"):
        module.__dict__["get"] = _asks
    return module


def _module(name: str) -> ModuleType:
    module = SilentModule(name)
    module.__dict__["cv2_imshow"] = display
    return module


_OF_COLAB = "drive files patches output auth userdata data_table runtime widgets".split()

STAND_INS: Tuple[StandIn, ...] = (
    StandIn("IPython", nothing, _ipython, needed=False),
    StandIn("google.colab", nothing, _colab, needed=False),
    *(StandIn(f"google.colab.{name}", nothing, _colab, needed=False) for name in _OF_COLAB),
    StandIn("ipywidgets", nothing, silent_module, needed=False),
    StandIn("kaggle_secrets", nothing, silent_module, needed=False),
    StandIn("nest_asyncio", nothing, silent_module, needed=False),
)
