"""What the streams of the command line can show: colours, width, characters."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Mapping
from typing import IO, Literal, TextIO

from rich.console import Console
from rich.text import Text

COLOR_CHOICES = ("auto", "always", "never")

_PLAIN = {"→": "->", "·": "-", "│": "|", "⋮": ":", "…": "...", "×": "x", "•": "*", "✓": "+", "✗": "x", "—": "-"}
_HIDDEN = {
    # Controls could move the cursor or recolour the terminal, and direction marks could reorder a line.
    **{code: 0x2400 + code for code in range(0x20) if code != 0x09},
    0x7F: 0x2421,
    **dict.fromkeys((*range(0x80, 0xA0), 0x2028, 0x2029, *range(0x202A, 0x202F), *range(0x2066, 0x206A)), 0xFFFD),
}


class _Console(Console):
    """A console that falls silent when its reader, such as head, has what it wants; rich would exit with 1."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        silence(self.file)


def silence(stream: IO[str]) -> None:
    """Send to nowhere what is still written to a stream whose reader has gone, the last flush at exit included."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def print_plain(text: str) -> None:
    """Print text to standard output, quietly where its reader is gone."""
    try:
        print(text)
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)


class Terminal:
    """A stream that text is printed to."""

    def __init__(self, stream: TextIO, color: str = "auto", environ: Mapping[str, str] | None = None) -> None:
        environ = os.environ if environ is None else environ
        self.is_interactive = _is_terminal(stream)
        self.has_color = _wants_color(color, self.is_interactive, environ)
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self.is_plain = not _can_show("".join(_PLAIN), self._encoding)
        if isinstance(stream, io.TextIOWrapper):
            # Whatever slips through, such as a lone surrogate in a path, must not end the report.
            stream.reconfigure(errors="backslashreplace")
        self.console: Console = _Console(
            file=stream,
            force_terminal=self.has_color,
            color_system=_color_system(environ) if self.has_color else None,
            no_color=not self.has_color,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False if not self.is_interactive else None,
        )

    def print(self, line: Text) -> None:
        """Print a line as it is, without wrapping it; once the reader is gone, print nothing."""
        self.console.print(line, soft_wrap=True)

    @property
    def width(self) -> int | None:
        """Columns of the terminal; None for a file or a pipe, whose lines have no end."""
        return self.console.width if self.is_interactive else None

    def text(self, text: str) -> str:
        """Return text of ours in characters that the stream can show."""
        return "".join(_PLAIN.get(character, character) for character in text) if self.is_plain else text

    def foreign(self, text: str) -> str:
        """Return text of somebody else, one character for each, none of which controls the terminal."""
        if text.isascii() and text.isprintable():
            return text
        shown = text.translate(_HIDDEN)
        if _can_show(shown, self._encoding):
            return shown
        return "".join(item if _can_show(item, self._encoding) else "?" for item in shown)


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def _wants_color(choice: str, is_terminal: bool, environ: Mapping[str, str]) -> bool:
    """Decide as https://no-color.org and https://force-color.org have it; the option goes first."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return is_terminal and environ.get("TERM") not in ("dumb", "unknown")


def _color_system(environ: Mapping[str, str]) -> Literal["standard", "256", "truecolor"]:
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "truecolor"
    return "256" if "256" in environ.get("TERM", "") else "standard"


def _can_show(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True
