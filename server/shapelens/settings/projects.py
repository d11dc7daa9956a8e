"""What projects say in the table ``[tool.shapelens]`` of their ``pyproject.toml``."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from shapelens.settings.model import Options, expand_folder
from shapelens.settings.reading import TABLE, parse_project
from shapelens.source.pyproject import MOST_BYTES, NAME, parsed, table
from shapelens.source.wide_folders import wide_folders


@dataclass(frozen=True)
class Project:
    """What the project of a folder says."""

    options: Options = field(default_factory=Options)
    complaints: tuple[str, ...] = ()
    """One sentence for each mistake; the rest holds."""


@dataclass(frozen=True)
class _Read:
    """One file as it was read; ``table`` tells whether it has something for us."""

    stamp: tuple[int, int]
    has_table: bool = False
    project: Project = field(default_factory=Project)


class Projects:
    """Reads the files of projects; one is read again when it has changed, from whichever thread asks."""

    def __init__(self) -> None:
        self._known: dict[Path, _Read] = {}

    def of(self, folder: Path, workspace: Path | None = None) -> Project:
        """Return what the nearest file with a table says: that of the folder, or of one above it.

        The home folder, that for temporary files and those above them are no projects, except where the user opened
        one of them as the workspace. Files without a table are passed over, as tools of the kind do.
        """
        wide = wide_folders()
        for place in (folder, *folder.parents):
            if place in wide and place != workspace:
                break
            read = self._read(place / NAME)
            if read is not None and read.has_table:
                return _with_folder(read.project, place)
        return Project()

    def _read(self, file: Path) -> _Read | None:
        try:
            status = file.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            known = self._known.get(file)
            if known is None or known.stamp != stamp:
                data = file.read_bytes() if stamp[1] <= MOST_BYTES else b""
                known = self._known[file] = _of(file, data, stamp, known)
        except (OSError, ValueError):
            return None
        return known


def _of(file: Path, data: bytes, stamp: tuple[int, int], before: _Read | None) -> _Read:
    if b"shapelens" not in data:
        return _Read(stamp)
    try:
        tools = table(parsed(data.decode("utf-8-sig")), "tool")
    except (ValueError, RecursionError) as error:
        # Someone is editing it: what it said before holds until it can be read again.
        options = before.project.options if before is not None else Options()
        return _Read(stamp, True, Project(options, (f"{file} is no TOML that can be read: {error}.",)))
    if "shapelens" not in tools:
        return _Read(stamp)
    options, complaints = parse_project(tools["shapelens"])
    return _Read(stamp, True, Project(options, tuple(f"{file}: {complaint}" for complaint in complaints)))


def _with_folder(project: Project, place: Path) -> Project:
    """Return the project with its working folder as an absolute path, or without one that may not be."""
    written = project.options.cwd
    if written is None:
        return project
    folder = place / expand_folder(written, place)
    problem = _wrong(folder, place)
    if not problem:
        cwd = os.path.normpath(folder)
        return replace(project, options=replace(project.options, cwd=cwd))
    complaint = f"{place / NAME}: The setting {TABLE}.cwd {problem}, not {written!r}; it is ignored."
    return Project(replace(project.options, cwd=None), (*project.complaints, complaint))


def _wrong(folder: Path, place: Path) -> str:
    """Return why a folder may not be the working folder of a project's programs, or nothing."""
    # Programs may read the whole of their working folder, and links lead anywhere.
    real, inside = Path(os.path.realpath(folder)), Path(os.path.realpath(place))
    if real != inside and inside not in real.parents:
        return "must lie in the project's own folder"
    return "" if os.path.isdir(real) else "must be a folder that there is"
