"""The workspace folders, each with its own settings and environment."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from lsprotocol import types
from pygls.uris import to_fs_path

from shapelens.evaluation.problem import EnvironmentProblem
from shapelens.settings.model import Options, Settings, resolve
from shapelens.settings.projects import Project, Projects


@dataclass
class Root:
    """A workspace folder; ``path`` None stands for the files outside of every folder."""

    uri: str | None
    path: Path | None
    settings: Settings = field(default_factory=Settings)
    """What the client wants of the folder, whatever the projects in it say (see ``Roots.settings_of``)."""
    answered: Options = field(default_factory=Options)
    """What the client answered last when it was asked for its settings."""
    awaits_settings: bool = False
    """The client was not asked for its settings yet: it may say that the folder is not trusted."""
    problem: EnvironmentProblem | None = None
    """Why nothing can be evaluated here; nothing is tried before the user does something about it."""
    told: EnvironmentProblem | None = None
    """The problem that the user was told last."""

    def folder(self, path: str) -> Path:
        """Return the folder that stands for the root of a file.

        Outside of every folder it is the file's own one, or what there is of it: a buffer need not be on the disk.
        """
        return self.path or next((folder for folder in Path(path).parents if os.path.isdir(folder)), Path(path).parent)


class Roots:
    """All workspace folders; they come and go while the server runs."""

    def __init__(self, initial: Options, folders: tuple[types.WorkspaceFolder, ...], ask_client: bool) -> None:
        self._pushed = initial
        self._ask_client = ask_client
        self._outside = Root(None, None, resolve(initial), awaits_settings=ask_client)
        self._roots: dict[str, Root] = {}
        self._projects = Projects()
        self._project_of: dict[Path, Project] = {}
        self.paused = False
        """The user wants nothing evaluated for the time being; what is shown stays."""
        for folder in folders:
            self.add(folder.uri)

    def __iter__(self) -> Iterator[Root]:
        """Yield every root, the one for files outside of every folder last."""
        yield from tuple(self._roots.values())
        yield self._outside

    def of(self, path: str) -> Root:
        """Return the innermost root of a file."""
        parents = set(Path(path).parents)
        inside = [root for root in self._roots.values() if root.path in parents]
        return max(inside, key=lambda root: len(root.path.parts) if root.path else 0, default=self._outside)

    def settings_of(self, path: str) -> Settings:
        """Return the settings of a file: what its project says, as it was looked at last, below what the client wants.

        A project has no say in trust, the interpreter and the sandbox, so those are the root's own.
        """
        project = self._project_of.get(Path(path).parent, Project())
        return resolve(project.options, self._pushed, self.of(path).answered)

    async def look_at_project(self, path: str) -> tuple[str, ...]:
        """Look what the project of a file says now; return one sentence for each mistake in that."""
        folder = Path(path).parent
        # The disk may be slow.
        project = await asyncio.to_thread(self._projects.of, folder, self.of(path).path)
        self._project_of[folder] = project
        return project.complaints

    def add(self, uri: str) -> None:
        """Add a folder; one that is no folder of this machine has no files of ours."""
        path = to_fs_path(uri)
        if path is not None:
            self._roots[uri] = Root(uri, Path(path), resolve(self._pushed), awaits_settings=self._ask_client)

    def remove(self, uri: str) -> None:
        """Remove a folder; its files belong to the next outer one from now on."""
        self._roots.pop(uri, None)

    def push(self, options: Options) -> None:
        """Take what the client sent for all roots in place of what it sent before.

        What it answered for one root holds until it answers again: a folder that it does not trust stays so.
        """
        if options.trusted is None:
            # Silence about trust is no change of mind.
            options = replace(options, trusted=self._pushed.trusted)
        self._pushed = options
        for root in self:
            self._apply(root)

    def configure(self, root: Root, options: Options) -> None:
        """Put in force what the client answered for one root; a known problem may be gone with it."""
        root.answered = options
        self.settle(root)

    def settle(self, root: Root) -> None:
        """Wait no longer for what the client may answer for one root: what is known of it is in force."""
        root.awaits_settings = False
        self._apply(root)

    def forgive(self, root: Root) -> None:
        """Try again where there was a problem, and tell it again should it last."""
        root.problem = root.told = None

    def _apply(self, root: Root) -> None:
        root.settings = resolve(self._pushed, root.answered)
        self.forgive(root)
