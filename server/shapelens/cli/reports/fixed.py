"""What ``--fix`` says of the files that it changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from shapelens.cli.fixing import Change
from shapelens.cli.reports.fix_view import unified
from shapelens.cli.terminal import Terminal

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def fixed_lines(changes: Sequence[Change], terminal: Terminal, applied: bool = True) -> Iterator[Text]:
    """Yield for each file its fixes and the difference that they make, and last how many there are.

    The difference is a unified one for each file, and in a notebook for each cell.
    """
    for change in changes:
        shown = change.before.report.shown
        yield Text(terminal.foreign(shown), style="bold")
        for fix in change.fixes:
            yield Text(f"fix: {terminal.foreign(terminal.text(fix.title))}")
        before, cells = change.before.texts, {part.path: part.cell for part in change.before.report.cells}
        for path, text in change.texts.items():
            cell = cells.get(path)
            name = shown if cell is None else f"{shown} cell {cell + 1}"
            for line in unified(before[path], text, name):
                yield Text(terminal.foreign(line), style=_STYLES.get(line[:1], ""))
        yield Text()
    yield Text(summary(changes, applied), style="bold")


def summary(changes: Sequence[Change], applied: bool = True) -> str:
    """Return how many fixes were applied, or would be, and in how many files."""
    fixes = sum(len(change.fixes) for change in changes)
    if not fixes:
        return "no fix applied" if applied else "no fix would be applied"
    said = "applied" if applied else "would be applied"
    return f"{_count(fixes, 'fix', 'fixes')} {said} in {_count(len(changes), 'file', 'files')}"


def _count(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"
