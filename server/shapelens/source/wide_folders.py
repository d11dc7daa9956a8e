"""Folders that hold too much to be taken for a project."""

from __future__ import annotations

import tempfile
from pathlib import Path


def wide_folders() -> frozenset[Path]:
    """Return the home folder, the folder for temporary files, and every folder that holds one of them."""
    wide = [Path(tempfile.gettempdir())]
    try:
        wide.append(Path.home())
    except RuntimeError:  # no HOME and no entry in the password file
        pass
    return frozenset(folder for path in wide for folder in (path, *path.parents))
