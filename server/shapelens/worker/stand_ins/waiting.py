"""What waits for time or for a person: sleep, input, passwords, breakpoints, signals, windows.

Replaced: the waiting. Kept true: everything else; an answer that only a person can give raises ``NotEvaluated``.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, NoReturn, Tuple

from ..contract import SkipReason
from ..unknown import NotEvaluated
from .model import StandIn
from .silent import SilentModule, nothing, silent_module


def _asks(*_: Any, **__: Any) -> NoReturn:
    raise NotEvaluated(SkipReason.UNAVAILABLE, "The program asks for input, and there is none.")


def _silent(*_: Any, **__: Any) -> None:
    return None


def _builtins(builtins: Any) -> None:
    builtins.input = _asks
    sys.breakpointhook = _silent


def _time(time: Any) -> None:
    time.sleep = _silent


def _getpass(getpass: Any) -> None:
    getpass.getpass = _asks


def _pdb(pdb: Any) -> None:
    pdb.set_trace = pdb.post_mortem = pdb.pm = _silent


def _code(code: Any) -> None:
    code.interact = _silent


def _signal(signal: Any) -> None:
    # The evaluation's own clock is a signal; a handler of the program would take its place.
    default = signal.SIG_DFL
    signal.signal = lambda *_: default
    for name, value in (("alarm", 0), ("setitimer", (0.0, 0.0)), ("pause", None)):
        if hasattr(signal, name):
            setattr(signal, name, lambda *_, value=value: value)


def _webbrowser(webbrowser: Any) -> None:
    webbrowser.open = webbrowser.open_new = webbrowser.open_new_tab = lambda *_, **__: True


_DIALOGS = (
    "askopenfilename askopenfilenames askopenfile askdirectory asksaveasfilename asksaveasfile askstring "
    "askinteger askfloat askyesno askquestion askokcancel askretrycancel getOpenFileName prompt"
).split()


def _windows(name: str) -> ModuleType:
    module = SilentModule(name)
    below = frozenset(("filedialog", "simpledialog", "messagebox"))
    module.__dict__.update(dict.fromkeys(_DIALOGS, _asks), _importable=below)
    return module


STAND_INS: Tuple[StandIn, ...] = (
    StandIn("builtins", _builtins),
    StandIn("time", _time),
    StandIn("getpass", _getpass),
    StandIn("pdb", _pdb),
    StandIn("code", _code),
    StandIn("signal", _signal),
    StandIn("webbrowser", _webbrowser),
    *(StandIn(name, nothing, _windows) for name in ("tkinter", "easygui", "pyautogui", "PySimpleGUI")),
    *(StandIn(name, nothing, silent_module) for name in "playsound pyttsx3 winsound plyer ipdb debugpy".split()),
)
