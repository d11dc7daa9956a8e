"""Who in the workspace calls code that its own file does not call: tests, scripts, other modules."""

from __future__ import annotations

import ast
import logging
import os
import tempfile
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shapelens.source.caller_calls import reach
from shapelens.source.definitions import span_of
from shapelens.source.imports import imported_words
from shapelens.source.lines import Lines
from shapelens.source.workspace import WorkspaceFiles, read_text
from shapelens.worker.contract import ExtraCall

logger = logging.getLogger(__name__)

_MOST_CANDIDATES = 12
"""Files that are looked at closely for one document."""

_MOST_ANSWERS = 5000

_MOST_STEPS = 2
"""Callers of callers that are looked for: a layer in a model in a test."""


@dataclass(frozen=True)
class CallerFile:
    """A file that calls, and what has to be called in it so that its call is reached."""

    path: str
    text: str
    calls: tuple[ExtraCall, ...]


@dataclass(frozen=True)
class Use:
    """A place that reads a name."""

    node: ast.expr
    line: int
    column: int


class CallerFinder:
    """Finds callers; slow, so it is asked outside of event loops. What it learned of a text it keeps."""

    def __init__(self) -> None:
        self._files = WorkspaceFiles()
        self._lock = threading.Lock()
        self._answers: dict[tuple[str, int, int, int, str, str], bool] = {}
        self._cache_folder: tempfile.TemporaryDirectory[str] | None = None

    def find(
        self, target: str, names: Sequence[str], root: Path, search_path: Sequence[str], unsaved: Mapping[str, str]
    ) -> tuple[CallerFile, ...]:
        """Return the files that call one of the names which a file defines: tests first, then short ones.

        ``search_path`` are the folders of the workspace where modules are looked for; ``unsaved`` are texts of files
        that an editor holds.
        """
        with self._lock:  # jedi is not made for several threads
            found = {
                file.path: file
                for file in self._found(target, names, root, search_path, unsaved, _MOST_STEPS, {target})
            }
        return tuple(sorted(found.values(), key=lambda file: (not _is_test(file.path), len(file.text), file.path)))

    def _found(
        self,
        target: str,
        names: Sequence[str],
        root: Path,
        search_path: Sequence[str],
        unsaved: Mapping[str, str],
        steps: int,
        seen: set[str],
    ) -> Iterator[CallerFile]:
        """Yield callers of names in a file, and in their place those who call them where they are not called either."""
        file = Path(target)
        parts = file.relative_to(root).parts[:-1] if root in file.parents else ()
        modules = {file.stem, *parts}
        left = _MOST_CANDIDATES
        for path in self._files.with_words(root, frozenset(names), unsaved):
            if path in seen or not left:
                continue
            text = unsaved.get(path)
            text = read_text(path) if text is None else text
            if not imported_words(text) & modules:
                continue
            left -= 1
            tree = _parsed(text)
            if tree is None:
                continue
            used = [
                use
                for name in names
                for use in _uses(tree, name, Lines(text))
                if self._is_target(path, text, use, target, name, root, search_path)
            ]
            way = reach(path, text, tree, [use.node for use in used])
            if way.by_run or way.calls:
                yield CallerFile(path, text, way.calls)
            elif way.waiting and steps:
                further = {*seen, path}
                yield from self._found(path, way.waiting, root, search_path, unsaved, steps - 1, further)

    def _is_target(
        self, path: str, text: str, use: Use, target: str, name: str, root: Path, search_path: Sequence[str]
    ) -> bool:
        """Return whether a name at a place is the one that the target defines."""
        key = (path, hash(text), use.line, use.column, target, name)
        known = self._answers.get(key)
        if known is None:
            if len(self._answers) > _MOST_ANSWERS:
                self._answers.clear()
            known = self._answers[key] = self._ask(path, text, use, target, name, root, search_path)
        return known

    def _ask(
        self, path: str, text: str, use: Use, target: str, name: str, root: Path, search_path: Sequence[str]
    ) -> bool:
        # It takes a tenth of a second, which most sessions can do without.
        import jedi  # type: ignore[import-untyped]

        if self._cache_folder is None:
            # What jedi has parsed it keeps in files, which must go when the server does.
            self._cache_folder = tempfile.TemporaryDirectory(prefix="shapelens-jedi-", ignore_cleanup_errors=True)
            jedi.settings.cache_directory = self._cache_folder.name
        # Folders of the workspace only: what is installed cannot be the target, and takes long to look through.
        folders = [str(Path(path).parent), *search_path, str(root)]
        try:
            project = jedi.Project(str(root), sys_path=folders, smart_sys_path=False)
            script = jedi.Script(text, path=path, project=project, environment=jedi.InterpreterEnvironment())
            places = script.goto(use.line, use.column, follow_imports=True)
            return any(place.name == name and _same(place.module_path, target) for place in places)
        except Exception as error:  # jedi raises what it likes about half-typed code
            logger.debug("jedi: %s", error)
            return False


def _same(path: Path | None, target: str) -> bool:
    return path is not None and (str(path) == target or os.path.realpath(path) == os.path.realpath(target))


def _is_test(path: str) -> bool:
    name = os.path.basename(path)  # noqa: PTH119
    return name.startswith("test_") or name.endswith("_test.py")


def _parsed(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text.removeprefix("\ufeff"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _uses(tree: ast.Module, name: str, lines: Lines) -> Iterator[Use]:
    """Yield the places that read a name, or the one that it was imported by; lines count from one, as jedi has them."""
    others = {name}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            others.update(alias.asname for alias in node.names if alias.name == name and alias.asname)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in others:
            place = span_of(lines, node)
            yield Use(node, place.line + 1, place.column)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node.attr == name:
            place = span_of(lines, node)
            yield Use(node, place.end_line + 1, place.end_column - 1)
