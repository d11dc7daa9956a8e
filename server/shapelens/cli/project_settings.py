"""What is in force for each file: what its project says, below what the command line says."""

from __future__ import annotations

import sys
from pathlib import Path

from shapelens.settings.model import Options, Settings, resolve
from shapelens.settings.projects import Projects


class ProjectSettings:
    """Looks the projects of files up, and keeps what is wrong with them."""

    def __init__(self, given: Options) -> None:
        self._given = given
        self._projects = Projects()
        self._complaints: dict[str, None] = {}

    def of(self, file: Path) -> Settings:
        """Return the settings of a file, given by its absolute path."""
        project = self._projects.of(file.parent)
        self._complaints.update(dict.fromkeys(project.complaints))
        return resolve(project.options, self._given)

    def warn(self) -> None:
        """Say on standard error what is wrong with the projects that were met."""
        for complaint in self._complaints:
            print(f"shapelens: warning: {complaint}", file=sys.stderr)
