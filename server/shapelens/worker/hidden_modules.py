"""Modules that files beside the program hide: ``random.py`` in its folder is what a plain run imports.

The host has imported the real ones long ago. They are forgotten before the program runs, so that its own imports
find what a plain run would find. What libraries would make of the file in a plain run stays unknown.
"""

from __future__ import annotations

import ast
import os
import sys
from typing import Container, Iterator, List, Optional

from .contract import Location, Skip, SkipReason
from .source_file import SourceFile


def forget_hidden_modules(folder: str, at_start: Container[str]) -> List[str]:
    """Forget the modules that files of the folder hide, and return their names.

    ``at_start`` names the modules that Python itself imports before any program; those are never hidden.
    """
    hidden = [name for name in _offered(folder) if name not in at_start and _loaded_from_elsewhere(name, folder)]
    for loaded in list(sys.modules) if hidden else ():
        if loaded.split(".")[0] in hidden:
            del sys.modules[loaded]
    return hidden


def hidden_module_skip(source: SourceFile, name: str) -> Skip:
    """Return what the user is told of a hidden module, at the import that it concerns."""
    message = (
        f"The file {name}.py, or the folder {name}, beside this file hides the module {name} from every library too; "
        "a plain run may fail because of that."
    )
    return Skip(_first_import(source, name), SkipReason.HIDDEN_MODULE, message, name)


def _offered(folder: str) -> Iterator[str]:
    try:
        entries = os.listdir(folder)
    except OSError:
        return
    for entry in entries:
        name, extension = os.path.splitext(entry)
        if extension == ".py" or (not extension and os.path.isfile(os.path.join(folder, entry, "__init__.py"))):
            yield name


def _loaded_from_elsewhere(name: str, folder: str) -> bool:
    module = sys.modules.get(name)
    file: Optional[str] = getattr(module, "__file__", None)
    if module is None or name == "__main__" or name in sys.builtin_module_names:
        return False
    return file is None or not file.startswith(os.path.join(folder, ""))


def _first_import(source: SourceFile, name: str) -> Location:
    """Return the first import of the module, else the first import of anything, else the file's beginning."""
    first = None
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            first = first or source.location(node)
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            if any(item.split(".")[0] == name for item in names):
                return source.location(node)
    return first or source.location(source.tree)
