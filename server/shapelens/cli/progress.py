"""What a person who waits sees on standard error."""

from __future__ import annotations

from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, TaskProgressColumn, TextColumn
from rich.progress import Progress as Bar

from shapelens.cli.terminal import Terminal

MANY_FILES = 3
"""Fewer files than this are done before a bar would say anything; the start of a host is shown for any number."""


class Progress:
    """A bar with the number of files that are done; it leaves no trace, and is nothing where no person watches."""

    def __init__(self, terminal: Terminal, files: int) -> None:
        self._terminal = terminal
        is_shown = terminal.is_interactive and terminal.has_color
        columns = [TextColumn("{task.description}")]
        counts = [BarColumn(), TaskProgressColumn(), MofNCompleteColumn()] if files >= MANY_FILES else []
        self._bar = Bar(*columns, *counts, console=terminal.console, transient=True, disable=not is_shown)
        self._task = self._bar.add_task("", total=files)

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._bar.stop()

    def stage(self, stage: str) -> None:
        """Show what a starting host does."""
        if stage:
            self._describe(stage)

    def advance(self, name: str) -> None:
        """Count one file."""
        self._bar.advance(self._task)
        self._describe(name)

    def _describe(self, text: str) -> None:
        self._bar.update(self._task, description=self._terminal.foreign(text))
