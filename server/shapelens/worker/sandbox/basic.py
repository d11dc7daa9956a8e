"""Audit hooks: what can be refused where the kernel offers no sandbox.

They see what Python does, not what native code does, and code that means harm can get round them; this tier is
therefore called basic. They keep well-meant code from writing, from the network and from starting programs.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import Any, Callable, Dict, Optional, Tuple

from . import roots
from .policy import Policy

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_SINKS = (os.devnull, "/dev/zero", "/dev/full")

_PROGRAMS = "starting programs"
_NETWORK = "the network"
_FORBIDDEN = {
    "subprocess.Popen": _PROGRAMS,
    "os.system": _PROGRAMS,
    "os.exec": _PROGRAMS,
    "os.posix_spawn": _PROGRAMS,
    "os.spawn": _PROGRAMS,
    "os.startfile": _PROGRAMS,
    "os.startfile/2": _PROGRAMS,
    "pty.spawn": _PROGRAMS,
    "webbrowser.open": _PROGRAMS,
    "_winapi.CreateProcess": _PROGRAMS,
    "socket.connect": _NETWORK,
    "socket.bind": _NETWORK,
    "socket.sendto": _NETWORK,
    "socket.getaddrinfo": _NETWORK,
    "socket.gethostbyname": _NETWORK,
    "socket.gethostbyaddr": _NETWORK,
    "socket.getnameinfo": _NETWORK,
    "socket.sethostname": _NETWORK,
    "urllib.Request": _NETWORK,
    "winreg.CreateKey": "changing the registry",
    "winreg.DeleteKey": "changing the registry",
    "winreg.DeleteValue": "changing the registry",
    "winreg.SetValue": "changing the registry",
    "winreg.LoadKey": "changing the registry",
    "winreg.SaveKey": "changing the registry",
}

Arguments = Tuple[Any, ...]


def install(policy: Policy) -> None:
    """Refuse, for the rest of this process, what the policy does not allow; a refusal raises PermissionError."""
    judges = _Judges(policy).by_event()

    def hook(event: str, arguments: Arguments) -> None:
        judge = judges.get(event)
        if judge is not None:
            judge(arguments)

    for event, deed in _FORBIDDEN.items():
        judges[event] = _refusing(deed)
    sys.addaudithook(hook)


def _refusing(deed: str) -> Callable[[Arguments], None]:
    def judge(_: Arguments) -> None:
        raise PermissionError(errno.EPERM, f"the sandbox refuses {deed}")

    return judge


class _Judges:
    """Decides about events that name files or processes."""

    def __init__(self, policy: Policy) -> None:
        readable = roots.narrowed(policy.readable)
        self._writable = tuple(_real(path) for path in policy.writable)
        self._readable = self._writable + tuple(_real(path) for path in readable.opened)
        self._listed = tuple(_real(path) for path in readable.listed)
        self._home = (_real(os.path.expanduser("~")),)
        self._sinks = frozenset(_real(path) for path in _SINKS)

    def by_event(self) -> Dict[str, Callable[[Arguments], None]]:
        """Return the judges of the events; the arguments are listed in Python's table of audit events."""
        return {
            "open": self._open,
            "os.listdir": self._list,
            "os.scandir": self._list,
            "os.remove": lambda arguments: self._change(arguments[0], arguments[1]),
            "os.rmdir": lambda arguments: self._change(arguments[0], arguments[1]),
            "os.mkdir": lambda arguments: self._change(arguments[0], arguments[2]),
            "os.symlink": lambda arguments: self._change(arguments[1], arguments[2]),
            "os.rename": self._change_both,
            "os.link": self._change_both,
            "os.truncate": lambda arguments: self._alter(arguments[0], -1),
            "os.chmod": lambda arguments: self._alter(arguments[0], arguments[2]),
            "os.chown": lambda arguments: self._alter(arguments[0], arguments[3]),
            "os.chflags": lambda arguments: self._alter(arguments[0], -1),
            "os.utime": lambda arguments: self._alter(arguments[0], arguments[3]),
            "os.setxattr": lambda arguments: self._alter(arguments[0], -1),
            "os.removexattr": lambda arguments: self._alter(arguments[0], -1),
            "sqlite3.connect": self._database,
            "socket.sendmsg": self._send,
            "os.kill": self._signal,
            "os.killpg": self._signal_group,
        }

    def _open(self, arguments: Arguments) -> None:
        path, mode, flags = arguments
        if path is None or isinstance(path, int):
            return  # What is open already was judged before.
        writes = flags & _WRITING if isinstance(flags, int) else isinstance(mode, str) and set(mode) & set("wax+")
        if writes:
            self._alter(path, -1)
        else:
            self._read(_real(path))

    def _list(self, arguments: Arguments) -> None:
        path = arguments[0]
        if isinstance(path, int):
            return
        real = _real("." if path is None else path)
        if real not in self._listed:
            self._read(real)

    def _read(self, real: str) -> None:
        # Outside the home folder lies what every program may read; the system's own rights guard the rest.
        if _inside(real, self._home) and not _inside(real, self._readable):
            raise PermissionError(errno.EACCES, "the sandbox refuses to read there", real)

    def _change(self, path: Any, folder: int) -> None:
        """An entry of a folder comes, goes or is renamed: a link counts as itself."""
        located = _located(path, folder)
        self._write(None if located is None else os.path.join(_real(os.path.dirname(located)), _name(located)))

    def _change_both(self, arguments: Arguments) -> None:
        self._change(arguments[0], arguments[2])
        self._change(arguments[1], arguments[3])

    def _alter(self, path: Any, folder: int) -> None:
        """A file changes: a link counts as what it leads to."""
        located = _located(path, folder)
        self._write(None if located is None else _real(located))

    def _database(self, arguments: Arguments) -> None:
        path = arguments[0]
        if path not in (":memory:", b":memory:", "", b""):
            self._alter(path, -1)

    def _write(self, real: Optional[str]) -> None:
        if real is None or not (real in self._sinks or _inside(real, self._writable)):
            raise PermissionError(errno.EACCES, "the sandbox refuses to write there", real)

    def _send(self, arguments: Arguments) -> None:
        if arguments[1] is not None:
            _refusing(_NETWORK)(arguments)

    def _signal(self, arguments: Arguments) -> None:
        if arguments[0] not in (0, os.getpid()) and arguments[1] != 0:
            _refusing("signals to other processes")(arguments)

    def _signal_group(self, arguments: Arguments) -> None:
        if arguments[0] not in (0, os.getpgrp()):  # type: ignore[attr-defined,unused-ignore]
            _refusing("signals to other processes")(arguments)


def _real(path: Any) -> str:
    return os.path.normcase(os.path.realpath(os.fsdecode(path)))


def _name(path: str) -> str:
    return os.path.normcase(os.path.basename(path.rstrip(os.sep)))


def _inside(real: str, folders: Tuple[str, ...]) -> bool:
    return any(real == folder or real.startswith(folder.rstrip(os.sep) + os.sep) for folder in folders)


def _located(path: Any, folder: int) -> Optional[str]:
    """Return the path with the open folder it is relative to; None where that cannot be known."""
    if isinstance(path, int):
        return _opened(path)
    text = os.fsdecode(path).rstrip(os.sep) or os.sep
    if folder == -1 or os.path.isabs(text):
        return os.path.abspath(text) if not os.path.isabs(text) else text
    above = _opened(folder)
    return None if above is None else os.path.join(above, text)


def _opened(descriptor: int) -> Optional[str]:
    try:
        if sys.platform == "darwin":
            import fcntl

            get_path = 50  # F_GETPATH
            return os.fsdecode(fcntl.fcntl(descriptor, get_path, bytes(1024)).rstrip(b"\0"))
        return os.readlink(f"/proc/self/fd/{descriptor}")
    except (OSError, AttributeError):
        return None
