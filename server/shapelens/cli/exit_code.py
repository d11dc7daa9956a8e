"""What the exit status of the command line says; other programs rely on it."""

from __future__ import annotations

import enum


class ExitCode(enum.IntEnum):
    """Exit status of every command."""

    CLEAN = 0
    """No diagnostic of severity error."""
    ERRORS = 1
    """At least one diagnostic of severity error."""
    FAILURE = 2
    """Usage, environment or internal failure: nothing can be said about the files."""
    INTERRUPTED = 130
    """Stopped by Ctrl-C, as shells report it: 128 + SIGINT."""
    TERMINATED = 143
    """Stopped by SIGTERM: 128 + SIGTERM."""
