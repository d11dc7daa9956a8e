"""From the text of a file to the program that is evaluated: the one place that front ends have in common."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from shapelens.source.packages import module_of, top_level_imports
from shapelens.source.search_path import SearchPaths
from shapelens.source.uncalled import outline
from shapelens.worker.contract import Program, SourceText


class Programs:
    """Makes programs; it looks at files of the project, so it is called outside of event loops."""

    def __init__(self) -> None:
        self._search_paths = SearchPaths()

    def program(
        self,
        path: str,
        text: str,
        directory: Path,
        root: Path,
        unsaved: Mapping[str, str],
        notebook: bool = False,
    ) -> Program:
        """Return the program of a file.

        ``unsaved`` are the texts of files that an editor holds, by their paths; ``directory`` is the working folder,
        and ``root`` the folder that no search for modules leaves.
        """
        told = outline(path, text)
        file = Path(path)
        module = None if notebook else module_of(file, text, root, unsaved)
        folders = self.search_path(file, text, root)
        if module is not None:
            folders = (str(module.folder), *(folder for folder in folders if folder != str(module.folder)))
        modules = tuple(SourceText(other, held) for other, held in unsaved.items() if other != path)
        return Program(
            path,
            text,
            str(directory),
            modules,
            notebook=notebook,
            search_path=folders,
            calls=told.calls,
            given=told.given,
            package=module.package if module else "",
        )

    def search_path(self, file: Path, text: str, root: Path) -> tuple[str, ...]:
        """Return the folders beside the file's own where it finds modules of its project."""
        folders = self._search_paths.of(file, root)
        # Tests and tools run from the root, or with the project installed.
        if str(root) not in folders and any(_offers(root, name) for name in top_level_imports(text)):
            folders = (*folders, str(root))
        return folders


def _offers(folder: Path, name: str) -> bool:
    """Tell whether a folder has a module or a package of this name."""
    if os.path.isfile(folder / f"{name}.py") or os.path.isfile(folder / name / "__init__.py"):
        return True
    try:
        with os.scandir(folder / name) as entries:
            return any(entry.name.endswith(".py") for entry in entries)
    except OSError:
        return False
