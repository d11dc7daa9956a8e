"""Where a project keeps its modules, as its configuration says: what a plain run finds through the installed project.

Read are the tables of pytest, setuptools, Hatch, Poetry, PDM, uv and Pyright in ``pyproject.toml``; ``setup.cfg``,
``pytest.ini`` and ``tox.ini``; ``pyrightconfig.json``, the settings of Visual Studio Code, and PYTHONPATH in ``.env``.
Only folders inside the workspace count, since a program may read what lies in them.
"""

from __future__ import annotations

import configparser
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shapelens.source.pyproject import MOST_BYTES, NAME, parsed, table

FILES = (NAME, "setup.cfg", "pytest.ini", "tox.ini", "pyrightconfig.json", ".vscode/settings.json", ".env")
"""What is read, in each folder from the file's own up to the root."""

_JSON_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
_JSON_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)
_VARIABLE = re.compile(r"\$\{workspaceFolder(?:[^}]*)\}|\$\{?PWD\}?")


class SearchPaths:
    """Reads the configuration of projects; a file is read again when it has changed."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, int], tuple[str, ...]]] = {}

    def of(self, file: Path, root: Path) -> tuple[str, ...]:
        """Return the folders below the root where a project's modules are looked for, nearest configuration first."""
        found: dict[str, None] = {}
        for folder in folders_up_to(file.parent, root):
            for name in FILES:
                for entry in self._entries(folder / name):
                    self._add(found, folder, entry, root)
            # What setuptools, Poetry and Hatch find by themselves.
            if _has_modules(folder / "src"):
                self._add(found, folder, "src", root)
        return tuple(found)

    def _add(self, found: dict[str, None], folder: Path, entry: str, root: Path) -> None:
        path = Path(os.path.normpath(folder / _VARIABLE.sub(str(root).replace("\\", "/"), entry)))
        if (path == root or root in path.parents) and os.path.isdir(path):
            found[str(path)] = None

    def _entries(self, file: Path) -> tuple[str, ...]:
        try:
            status = file.stat()
        except (OSError, ValueError):
            return ()
        stamp = (status.st_mtime_ns, status.st_size)
        known = self._known.get(file)
        if known is None or known[0] != stamp:
            known = self._known[file] = stamp, tuple(_read(file)) if stamp[1] <= MOST_BYTES else ()
        return known[1]


def folders_up_to(folder: Path, root: Path) -> Iterator[Path]:
    """Yield a folder and those above it up to the root; the root alone where the folder does not lie below it."""
    if folder != root and root not in folder.parents:
        yield root
        return
    yield folder
    while folder != root:
        folder = folder.parent
        yield folder


def _has_modules(folder: Path) -> bool:
    """Tell whether a folder is a place of modules and no package itself."""
    if os.path.exists(folder / "__init__.py"):
        return False
    try:
        with os.scandir(folder) as entries:
            return any(entry.name.endswith(".py") or entry.is_dir() for entry in entries)
    except OSError:
        return False


def _read(file: Path) -> Iterator[str]:
    """Yield the entries of one file; one that is half-written or strange has none."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
        if file.name == NAME:
            found = list(_of_pyproject(text))
        elif file.suffix == ".json":
            found = list(_of_json(file.name, text))
        elif file.name == ".env":
            found = list(_of_environment(text))
        else:
            found = list(_of_ini(file.name, text))
    except (OSError, ValueError, configparser.Error, RecursionError):
        return
    yield from found


# --- pyproject.toml -----------------------------------------------------------------------------------------------


def _of_pyproject(text: str) -> Iterator[str]:
    tools = table(parsed(text), "tool")
    yield from _texts(table(tools, "pytest", "ini_options").get("pythonpath"))
    yield from _texts(table(tools, "pytest").get("pythonpath"))
    setuptools = table(tools, "setuptools")
    yield from _package_directories(table(setuptools, "package-dir"))
    yield from _texts(table(setuptools, "packages", "find").get("where"))
    yield from _texts(table(tools, "pdm", "build").get("package-dir"))
    yield from _texts(table(tools, "uv", "build-backend").get("module-root"))
    yield from _texts(table(tools, "pyright").get("extraPaths"))
    yield from _texts(table(tools, "basedpyright").get("extraPaths"))
    packages = table(tools, "poetry").get("packages")
    for package in packages if isinstance(packages, list) else ():
        yield from _texts(table(package).get("from"))
    build = table(tools, "hatch", "build")
    for settings in (build, table(build, "targets", "wheel"), table(build, "targets", "editable")):
        sources = settings.get("sources")
        yield from _texts(list(sources) if isinstance(sources, dict) else sources)
        yield from _texts(settings.get("dev-mode-dirs"))
        for package in _texts(settings.get("packages")):
            yield package.rstrip("/").rpartition("/")[0] or "."


def _texts(value: Any) -> Iterator[str]:
    for item in [value] if isinstance(value, str) else value if isinstance(value, list) else ():
        if isinstance(item, str) and item:
            yield item


def _package_directories(folders: Mapping[str, Any]) -> Iterator[str]:
    """Yield the folder that a package lies in, for each entry such as ``"" = "src"`` or ``"shop" = "lib/shop"``."""
    for package, folder in folders.items():
        if isinstance(folder, str):
            suffix = package.replace(".", "/")
            if not suffix or f"/{folder}".endswith(f"/{suffix}"):
                yield folder[: len(folder) - len(suffix)].rstrip("/") or "."


# --- other files --------------------------------------------------------------------------------------------------


def _of_ini(name: str, text: str) -> Iterator[str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.read_string(text)
    section = "tool:pytest" if name == "setup.cfg" else "pytest"
    yield from parser.get(section, "pythonpath", fallback="").split()
    if name == "setup.cfg":
        lines = parser.get("options", "package_dir", fallback="").split("\n")
        pairs = (line.partition("=") for line in lines if "=" in line)
        yield from _package_directories({package.strip(): folder.strip() for package, _, folder in pairs})
        yield from parser.get("options.packages.find", "where", fallback="").split()


def _of_json(name: str, text: str) -> Iterator[str]:
    # Both files may have comments and a comma behind the last item.
    plain = _JSON_COMMENT.sub(lambda match: match[1] or "", text)
    values = table(json.loads(_JSON_COMMA.sub(lambda match: match[1] or "", plain)))
    if name == "pyrightconfig.json":
        yield from _texts(values.get("extraPaths"))
        return
    for setting in ("python.analysis.extraPaths", "python.autoComplete.extraPaths"):
        yield from _texts(values.get(setting))


def _of_environment(text: str) -> Iterator[str]:
    for line in text.splitlines():
        name, _, value = line.strip().removeprefix("export ").partition("=")
        if name.strip() == "PYTHONPATH":
            written = value.strip().strip("\"'")
            yield from (part for part in written.split(os.pathsep) if part and not part.startswith("$PYTHON"))
