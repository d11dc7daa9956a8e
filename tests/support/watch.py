"""Watches what evaluations leave behind: files, connections, processes. Looks in ``/proc``, so it works on Linux only.

- Files: everything below some folders is looked at before and after. A file that came and went has changed its folder.
  What is in scratch folders must be gone in the end, no more.
- Connections: a listener stands where the proxies of the environment are said to be, for whatever obeys them; and the
  open sockets of all watched processes are looked at all the time.
- Processes: they inherit a mark in their environment.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

MARK = "WATCHED_BY_A_TEST"

_INTERVAL = 0.02
"""Seconds between two looks at the sockets: less than a name server or a handshake takes to fail."""

_PROXIES = "http_proxy https_proxy ftp_proxy all_proxy HTTP_PROXY HTTPS_PROXY FTP_PROXY ALL_PROXY".split()

State = tuple[int, int, int]
"""Size, time of the last change in nanoseconds, and file number."""


class Watch:
    """Watches from its entry to its exit; ``findings`` then says what was seen, in words."""

    def __init__(self, folders: Iterable[Path], scratch: str, mark: str) -> None:
        """Take the folders to watch, and the pattern of the names of scratch folders below them."""
        self._folders = tuple(folders)
        self._scratch = scratch
        self._mark = f"{MARK}={mark}".encode()
        self._known: dict[tuple[str, str], bool] = {}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_INTERVAL)
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._listen), threading.Thread(target=self._look_at_sockets)]
        self._before: dict[Path, State] = {}
        self._older: set[str] = set()
        self._connections: set[str] = set()
        self.findings: list[str] = []

    @property
    def port(self) -> int:
        """Where the listener is."""
        port: int = self._listener.getsockname()[1]
        return port

    def environment(self, mark: str) -> dict[str, str]:
        """Return the variables that watched processes must be started with."""
        return {MARK: mark, **dict.fromkeys(_PROXIES, f"http://127.0.0.1:{self.port}")}

    def __enter__(self) -> Watch:
        self._before = self._states()
        self._older = set(self._processes())
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        left: set[str] = set()
        waste: list[Path] = []
        try:
            deadline = time.monotonic() + 5
            while time.monotonic() < deadline:
                left, waste = set(self._processes()) - self._older, self._waste()
                if not (left or waste):
                    break
                time.sleep(_INTERVAL)
        finally:
            self._ended.set()
            for thread in self._threads:
                thread.join()
            self._listener.close()
        after = self._states()
        changed = sorted(path for path in {*self._before, *after} if self._before.get(path) != after.get(path))
        self.findings += [f"file {path} was touched" for path in changed]
        self.findings += [f"file {path} is left" for path in waste]
        self.findings += [f"connection {text}" for text in sorted(self._connections)]
        self.findings += [f"process {number} is left" for number in sorted(left)]

    def _states(self) -> dict[Path, State]:
        found = {}
        for path in self._paths():
            if not any(part.match(self._scratch) for part in (path, *path.parents)):
                state = path.lstat()
                found[path] = (state.st_size, state.st_mtime_ns, state.st_ino)
        return found

    def _waste(self) -> list[Path]:
        return sorted(path for path in self._paths() if any(part.match(self._scratch) for part in path.parents))

    def _paths(self) -> Iterator[Path]:
        """Go through the folders; what vanishes meanwhile is passed over, unlike in ``Path.rglob``."""
        for top in self._folders:
            for folder, folders, files in os.walk(top):
                yield Path(folder)
                # Links to folders are not gone into.
                yield from (Path(folder, name) for name in (*files, *folders))

    def _processes(self) -> list[str]:
        return [name for name in os.listdir("/proc") if name.isdigit() and self._is_watched(name)]  # noqa: PTH208

    def _is_watched(self, number: str) -> bool:
        folder = Path("/proc", number)
        try:
            # After the name of the command, which may hold anything, the state is the first and the start the 20th.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            started = fields[19]
            if fields[0] == "Z":
                return False
            if (number, started) not in self._known:
                self._known[number, started] = self._mark in (folder / "environ").read_bytes().split(b"\0")
            return self._known[number, started]
        except OSError:
            return False  # it ended meanwhile, or is another user's

    def _listen(self) -> None:
        while not self._ended.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            connection.settimeout(0.5)
            try:
                first = connection.recv(200).split(b"\r\n")[0].decode("ascii", "replace")
            except OSError:
                first = ""
            self._connections.add(f"to the listener: {first!r}")
            connection.close()

    def _look_at_sockets(self) -> None:
        while not self._ended.wait(_INTERVAL):
            for number in self._processes():
                self._connections.update(_internet_sockets(Path("/proc", number)))


def _internet_sockets(process: Path) -> set[str]:
    """Return the sockets of a process that lead out of the machine or could."""
    try:
        links = {os.readlink(link) for link in (process / "fd").iterdir()}  # noqa: PTH115
        inodes = {link[8:-1] for link in links if link.startswith("socket:[")}
        if not inodes:
            return set()
        found = set()
        for table in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6"):
            lines = (process / "net" / table).read_text().splitlines()[1:]
            found |= {f"{table} of process {process.name}" for line in lines if line.split()[9] in inodes}
        return found
    except OSError:
        return set()
