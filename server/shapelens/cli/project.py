"""The folder that a program is run in."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from shapelens.source.wide_folders import wide_folders

ROOT_MARKS = ("pyproject.toml", ".git", "setup.cfg", "setup.py")
"""One of these makes a folder the root of a project."""


def working_folder(file: Path, current: Path) -> Path:
    """Return the working folder of a program; both paths must be absolute.

    It is the root of the project that the file belongs to: the nearest folder above it with a pyproject.toml,
    .git, setup.cfg or setup.py. Without one it is the current folder where the file is below that, else the
    file's own folder. The home folder, the folder for temporary files, what lies above them and the root of the
    file system are never taken for a project, as programs may read the whole of their working folder.
    """
    too_wide = wide_folders()
    for folder in file.parents:
        if folder in too_wide:
            break
        if any(os.path.exists(folder / mark) for mark in ROOT_MARKS):
            return folder
    if current in file.parents and current not in too_wide:
        return current
    return file.parent


def common_folder(files: Sequence[Path], current: Path) -> Path:
    """Return the folder whose interpreter evaluates all of the files.

    That is their working folder where they share one, else the current folder where they are all below it,
    else the working folder of the first.
    """
    if not files:
        return current
    folders = list(dict.fromkeys(working_folder(file, current) for file in files))
    if len(folders) > 1 and all(current in file.parents for file in files):
        return current
    return folders[0]


def may_be_searched(folder: Path) -> bool:
    """Return whether a folder may be looked through for files that belong together."""
    return folder not in wide_folders()
