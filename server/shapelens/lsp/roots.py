"""The workspace folders, each with its own settings and environment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from lsprotocol import types
from pygls.uris import to_fs_path

from shapelens.evaluation.problem import EnvironmentProblem
from shapelens.lsp.settings import Options, Settings, resolve


@dataclass
class Root:
    """A workspace folder; ``path`` None stands for the files outside of every folder."""

    uri: str | None
    path: Path | None
    settings: Settings = field(default_factory=Settings)
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
        self._outside = Root(None, None, resolve(initial), ask_client)
        self._roots: dict[str, Root] = {}
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

    def add(self, uri: str) -> None:
        """Add a folder; one that is no folder of this machine has no files of ours."""
        path = to_fs_path(uri)
        if path is not None:
            self._roots[uri] = Root(uri, Path(path), resolve(self._pushed), self._ask_client)

    def remove(self, uri: str) -> None:
        """Remove a folder; its files belong to the next outer one from now on."""
        self._roots.pop(uri, None)

    def push(self, options: Options) -> None:
        """Take what the client sent for all roots in place of what it sent before."""
        if options.trusted is None:
            # Silence about trust is no change of mind.
            options = replace(options, trusted=self._pushed.trusted)
        self._pushed = options
        for root in self:
            awaits = root.awaits_settings
            self.configure(root, Options())
            root.awaits_settings = awaits

    def configure(self, root: Root, options: Options) -> None:
        """Put in force what the client answered for one root; a known problem may be gone with it."""
        root.settings = resolve(self._pushed, options)
        root.awaits_settings = False
        self.forgive(root)

    def forgive(self, root: Root) -> None:
        """Try again where there was a problem, and tell it again should it last."""
        root.problem = root.told = None
