"""Which files a command line names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from shapelens.cli.failure import UsageError
from shapelens.cli.framework_imports import FrameworkImports

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

    A path that names a file stands for that file, whatever it is; a folder for all ``*.py`` below it that import
    Keras or TensorFlow, themselves or through a local module.
    Hidden folders, virtual environments, installed packages and symbolic links to folders are left out. Raises
    UsageError for a path that does not exist.
    """
    imports = FrameworkImports()
    found: dict[Path, FoundFile] = {}
    for text in paths:
        path = Path(os.path.abspath(current / text))
        if path.is_dir():
            for file in _walk(path):
                if file not in found and imports.reaches_framework(file, roots=(path, current)):
                    found[file] = FoundFile(file, _shown(text, file.relative_to(path)))
        elif path.exists():
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
            if name.endswith(".py"):
                yield Path(place, name)


def _is_left_out(folder: Path) -> bool:
    return folder.name.startswith(".") or folder.name in SKIPPED_FOLDERS or (folder / "pyvenv.cfg").exists()
