"""``check --fix``: applies fixes in memory, round by round, and writes what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from shapelens.cli.checked import Checked
from shapelens.cli.edits import edited
from shapelens.cli.evaluations import Evaluated, Target
from shapelens.cli.fix_files import Unwritable, write_notebook, write_source
from shapelens.features.fixes import FoundFix
from shapelens.features.quick_fixes import Together, together

MOST_ROUNDS = 5
"""A fix may bring to light what stood behind the fault, and two may undo each other."""

Evaluate = Callable[[Sequence[Target], Mapping[str, str]], Awaitable[Mapping[Target, Evaluated]]]
"""Evaluates files beside texts, by path, that are not those on the disk."""


@dataclass(frozen=True)
class Change:
    """A file before and after its fixes."""

    before: Checked
    after: Checked
    fixes: tuple[FoundFix, ...] = ()

    @property
    def path(self) -> Path:
        """The file."""
        return self.before.target.path

    @property
    def texts(self) -> dict[str, str]:
        """The texts that are not what they were, by what places in them name."""
        before = self.before.texts
        return {path: text for path, text in self.after.texts.items() if text != before[path]}


def preferred(file: Checked) -> Iterator[FoundFix]:
    """Yield the fix of each diagnostic that may be applied without asking."""
    for fixes in file.report.fixes.values():
        found = next((fix for fix in fixes if fix.preferred and fix.verified), None)
        if found is not None:
            yield found


async def with_fixes(files: Sequence[Checked], evaluate: Evaluate) -> tuple[Change, ...]:
    """Return the files with their preferred fixes applied, in memory only.

    Each round applies to every file what goes together and evaluates the new texts. Fixes are proven one by one; where
    several together leave more errors than before, they are taken back and applied to that file one at a time.
    """
    changes = {file.target.path: Change(file, file) for file in files}
    careful: set[Path] = set()
    for _ in range(MOST_ROUNDS):
        tries: dict[Path, tuple[Together, Checked]] = {}
        for path, change in changes.items():
            wanted = list(preferred(change.after))
            selection = together(wanted[:1] if path in careful else wanted)
            if selection.fixes:
                tries[path] = selection, change.after.with_texts(_edited(change.after, selection))
        if not tries:
            break
        beside = module_texts(
            [Change(change.before, tries.get(path, (None, change.after))[1]) for path, change in changes.items()]
        )
        results = await evaluate([file.target for _, file in tries.values()], beside)
        for path, (selection, attempt) in tries.items():
            change, result = changes[path], results.get(attempt.target)
            if result is None:  # the environment has failed meanwhile
                return tuple(changes.values())
            after = attempt.with_result(result, beside)
            if len(selection.fixes) > 1 and after.error_count > change.after.error_count:
                careful.add(path)
            else:
                changes[path] = replace(change, after=after, fixes=(*change.fixes, *selection.fixes))
    return tuple(changes.values())


def module_texts(changes: Sequence[Change]) -> dict[str, str]:
    """Return the changed texts of Python files, which others may import, by their paths."""
    return {
        path: text for change in changes if change.before.target.notebook is None for path, text in change.texts.items()
    }


def written(changes: Sequence[Change]) -> tuple[tuple[Change, ...], tuple[str, ...]]:
    """Write the changed texts; return what was written, and a sentence for each file that was left as it is."""
    done: list[Change] = []
    refused: list[str] = []
    for change in changes:
        try:
            write(change)
        except Unwritable as error:
            refused.append(f"{change.before.report.shown} was left as it is: {error}.")
        else:
            done.append(change)
    return tuple(done), tuple(refused)


async def evaluated_again(files: Sequence[Checked], done: Sequence[Change], evaluate: Evaluate) -> tuple[Checked, ...]:
    """Return the files as they are once changes lie on the disk; those that saw other texts are evaluated again."""
    fixed = {change.path: change.after for change in done}
    on_disk = module_texts(done)
    now = [fixed.get(file.target.path, file) for file in files]
    stale = [file.target for file in now if file.beside != on_disk]
    results = await evaluate(stale, {}) if stale else {}
    return tuple(file.with_result(results[file.target], {}) if file.target in results else file for file in now)


def write(change: Change) -> None:
    """Write the changed texts of a file; raises Unwritable."""
    target = change.before.target
    if target.notebook is None:
        write_source(target.path, target.data, change.after.target.text)
    else:
        cells = {part.path: part.cell for part in change.before.report.cells}
        texts = {index: text for path, text in change.texts.items() if (index := cells[path]) is not None}
        write_notebook(target.path, target.data, texts)


def _edited(file: Checked, selection: Together) -> dict[str, str]:
    by_path = {path: [edit for edit in selection.edits if edit.location.path == path] for path in file.texts}
    return {path: edited(file.texts[path], edits) for path, edits in by_path.items() if edits}
