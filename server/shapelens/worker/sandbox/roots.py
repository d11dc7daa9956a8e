"""Which files and folders an evaluation has to read: interpreter, packages, system libraries, caches, workspace."""

from __future__ import annotations

import functools
import os
import sys
from typing import Dict, FrozenSet, Iterable, Iterator, List, NamedTuple, Tuple

_LIBRARIES = ("/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/nix/store", "/gnu/store", "/run/opengl-driver")
_SETTINGS = tuple(
    "/etc/" + name
    for name in (
        "ld.so.cache localtime timezone passwd group nsswitch.conf locale.alias mime.types os-release lsb-release "
        "debian_version fonts matplotlibrc OpenCL ssl/openssl.cnf ssl/certs pki/tls/openssl.cnf pki/tls/certs "
        "pki/ca-trust crypto-policies"
    ).split()
)
_KERNEL = (
    # Of /proc only this folder may be listed; what else may be read of it is said in rules.py.
    "/proc/self",
    "/sys/devices/system",
    "/sys/fs/cgroup",
    "/sys/kernel/mm/transparent_hugepage",
    "/sys/kernel/mm/hugepages",
)
_SOURCES = ("/dev/random", "/dev/urandom")

_FIXED = frozenset((*_LIBRARIES, *_SETTINGS, *_KERNEL, *_SOURCES))

_Identity = Tuple[int, int]


class Narrowed(NamedTuple):
    """Readable paths after those that hold the home folder were taken apart."""

    opened: Tuple[str, ...]
    listed: Tuple[str, ...]
    """Folders that may be listed, with all beneath them, while their files may not be read."""
    closed: Tuple[str, ...]
    """Folders of which nothing is opened."""


def readable_roots(directory: str, program_folder: str) -> Tuple[str, ...]:
    """Return what an evaluation may read, as absolute paths, for the interpreter that runs this.

    ``directory`` is the working folder and ``program_folder`` the folder of the program's file. A path of the
    interpreter that is the home folder, or holds it, is left out; ``refused_roots`` tells of those.
    """
    wide = _wide()
    paths = [
        *(path for path in _interpreter_paths() if _identity(path) not in wide),
        *_caches(),
        *_FIXED,
        os.path.abspath(directory),
        os.path.abspath(program_folder),
    ]
    return tuple(_outermost((path for path in dict.fromkeys(paths) if os.path.exists(path)), wide))


def refused_roots() -> Tuple[str, ...]:
    """Return the interpreter's paths that would open the whole home folder or more."""
    wide = _wide()
    return tuple(dict.fromkeys(path for path in _interpreter_paths() if _identity(path) in wide))


def narrowed(paths: Iterable[str]) -> Narrowed:
    """Take apart the paths that are the home folder or hold it, as a working folder may.

    Of the home folder only entries without a leading dot are opened, since keys and passwords live in the others.
    Of folders above it, such as the root folder in which editors without a workspace start, nothing is opened.
    """
    home = _identity(os.path.expanduser("~"))
    wide = _wide()
    opened: List[str] = []
    listed: List[str] = []
    closed: List[str] = []
    for path in paths:
        # Looking at the fixed paths too would take a tenth of the time that locking down may take.
        identity = None if path in _FIXED else _identity(path)
        if identity not in wide:
            opened.append(path)
        elif identity == home:
            listed.append(path)
            opened.extend(entry for entry in _shown(path) if _identity(entry) not in wide)
        else:
            closed.append(path)
    return Narrowed(tuple(opened), tuple(listed), tuple(closed))


def _interpreter_paths() -> Iterator[str]:
    yield from (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix)
    # An empty entry is the working folder, which is opened for its own sake.
    yield from (os.path.abspath(entry) for entry in sys.path if entry)
    yield from _editable_paths(len(sys.modules))
    for entry in os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep):
        if entry:
            yield os.path.abspath(entry)
    # Homebrew's packages find each other's libraries through the common folder.
    if sys.prefix.startswith("/home/linuxbrew/") or sys.base_prefix.startswith("/home/linuxbrew/"):
        yield "/home/linuxbrew/.linuxbrew"


@functools.lru_cache(maxsize=1)
def _editable_paths(modules: int) -> Tuple[str, ...]:
    """Return folders of packages that were installed to be edited; looked for anew when more modules are imported.

    Going through thousands of names in a host that has just forked costs 3 ms: each touch copies a page of memory.
    """
    found: List[str] = []
    # pip install -e with setuptools puts a finder in place of a sys.path entry, with the folders in MAPPING.
    for name, module in list(sys.modules.items())[:modules]:
        mapping = getattr(module, "MAPPING", None) if name.startswith("__editable__") else None
        if isinstance(mapping, dict):
            found += [path for path in mapping.values() if isinstance(path, str)]
    return tuple(found)


def _caches() -> Iterator[str]:
    home = os.path.expanduser("~")
    yield os.environ.get("KERAS_HOME") or os.path.join(home, ".keras")
    # Without its list of fonts Matplotlib searches the system for them in every evaluation, for seconds.
    if "MPLCONFIGDIR" in os.environ:
        yield os.environ["MPLCONFIGDIR"]
    yield os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.join(home, ".cache"), "matplotlib")
    yield os.path.join(os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config"), "matplotlib")


def _shown(folder: str) -> List[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.path for entry in entries if not entry.name.startswith(".")]
    except OSError:
        return []


def _wide() -> FrozenSet[_Identity]:
    """Identities of the root folder, the home folder and all folders above it."""
    found: Dict[_Identity, None] = {}
    # A home that is reached through a link has two chains of folders above it.
    for path in (os.path.expanduser("~"), os.path.realpath(os.path.expanduser("~")), os.path.abspath(os.sep)):
        while True:
            identity = _identity(path)
            if identity is not None:
                found[identity] = None
            parent = os.path.dirname(path)
            if parent == path:
                break
            path = parent
    return frozenset(found)


def _identity(path: str) -> _Identity | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _outermost(paths: Iterable[str], wide: FrozenSet[_Identity]) -> List[str]:
    """Leave out the paths that lie beneath another one; a wide one is taken apart later and covers nothing."""
    kept: List[str] = []
    cover = ""
    # In this order a folder stands right before all that lies beneath it.
    for path in sorted(paths, key=lambda path: path.rstrip(os.sep) + os.sep):
        if cover and path.startswith(cover):
            continue
        kept.append(path)
        if _identity(path) not in wide:
            cover = path.rstrip(os.sep) + os.sep
    return kept
