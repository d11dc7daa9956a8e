"""Whether a file is run as a script, or as a module of its package.

A script has its own folder first in the search path, and its relative imports fail. So a file of a package that imports
from that package is run as ``python -m package.module``, with the folder above the outermost package in front.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from shapelens.source.imports import imported_modules

_IDENTIFIER = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True)
class Module:
    """A file as a module of a package."""

    package: str
    folder: Path
    """The folder that the outermost package lies in."""


def module_of(file: Path, text: str, root: Path, unsaved: Collection[str] = ()) -> Module | None:
    """Return the module that a file is to be run as, or None for a script.

    ``unsaved`` are paths of files that an editor holds and the disk may lack. Folders without an ``__init__.py`` are
    packages (namespace packages) as far as the file's own relative imports go up.
    """
    modules = imported_modules(text)
    climbs = max((len(name) - len(name.lstrip(".")) for name in modules if name.startswith(".")), default=0)
    regular = 0
    for folder in file.parents:
        if folder == root or not _IDENTIFIER.fullmatch(folder.name) or not _has_init(folder, unsaved):
            break
        regular += 1
    inside = len(file.parent.relative_to(root).parts) if root == file.parent or root in file.parents else 0
    depth = max(regular, min(climbs, inside))
    if not depth or not climbs:
        top = file.parents[depth - 1].name if depth else ""
        if not depth or not any(name == top or name.startswith(f"{top}.") for name in modules):
            return None
    names = [folder.name for folder in file.parents[:depth]]
    if not all(map(_IDENTIFIER.fullmatch, names)):
        return None
    return Module(".".join(reversed(names)), file.parents[depth])


def top_level_imports(text: str) -> frozenset[str]:
    """Return the outermost names of the modules that a text imports by their full name."""
    return frozenset(name.partition(".")[0] for name in imported_modules(text) if not name.startswith("."))


def _has_init(folder: Path, unsaved: Collection[str]) -> bool:
    init = folder / "__init__.py"
    return os.path.exists(init) or str(init) in unsaved
