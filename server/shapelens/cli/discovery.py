"""Which files a command line names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from shapelens.cli.failure import UsageError
from shapelens.cli.framework_imports import FrameworkImports
from shapelens.cli.notebook_file import SUFFIX

SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages", "dist-packages"})


@dataclass(frozen=True)
class FoundFile:
    """A file to check."""

    path: Path
    """Absolute; symbolic links in it are kept, as a plain run of the file keeps them in ``__file__``."""
    shown: str
    """The path as the command line has it, or below the folder that the command line names; slashes forward."""


def find_files(paths: Sequence[str], current: Path) -> tuple[FoundFile, ...]:
    """Return the files of the paths, each once, those of a folder in the order of their names.

    A path that names a file stands for that file, whatever it is; a folder for all ``*.py`` and ``*.ipynb`` below it
    that import Keras or TensorFlow, themselves or through a local module.
    Hidden folders (Jupyter's checkpoints are in one), virtual environments, installed packages and symbolic links to
    folders are left out, and so are folders below a named one that may not be read. Raises UsageError for a path that
    does not exist, and for a folder that may not be read.
    """
    imports = FrameworkImports()
    found: dict[Path, FoundFile] = {}
    for text in paths:
        path = Path(os.path.abspath(current / text))
        if os.path.isdir(path):
            if not os.access(path, os.R_OK | os.X_OK):
                raise UsageError(f"The folder {text} cannot be read.")
            for file in _walk(path):
                if file not in found and imports.reaches_framework(file, roots=(path, current)):
                    found[file] = FoundFile(file, _shown(text, file.relative_to(path)))
        elif os.path.exists(path):
            found.setdefault(path, FoundFile(path, Path(text).as_posix()))
        else:
            raise UsageError(f"There is no file or folder {text}.")
    return tuple(found.values())


def _shown(folder: str, below: Path) -> str:
    return (Path(folder) / below).as_posix()


def _walk(folder: Path) -> Iterator[Path]:
    # Links to folders are not followed, so that no loop of links can hold the walk.
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _is_left_out(Path(place, name)))
        for name in sorted(files):
            # A pipe or a socket would be waited for.
            if name.endswith((".py", SUFFIX)) and os.path.isfile(Path(place, name)):
                yield Path(place, name)


def _is_left_out(folder: Path) -> bool:
    return folder.name.startswith(".") or folder.name in SKIPPED_FOLDERS or os.path.exists(folder / "pyvenv.cfg")
