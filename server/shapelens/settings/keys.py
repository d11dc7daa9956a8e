"""The declaration of all settings: the one place that names them."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shapelens.settings.kinds import Kind, flag, number, one_of, severities, text, whole
from shapelens.settings.model import Settings


class Scope(enum.Enum):
    """How far a value reaches in VS Code, by the names of its ``contributes.configuration``."""

    MACHINE = "machine-overridable"
    WINDOW = "window"
    RESOURCE = "resource"


@dataclass(frozen=True)
class Key:
    """One setting."""

    name: str
    """As users write it, behind the name of the section."""
    attribute: str
    """Its name in ``Options`` and ``Settings``."""
    kind: Kind
    meaning: str
    """What it does, in one line of Markdown."""
    scope: Scope = Scope.RESOURCE
    without: str = ""
    """What holds where it is left out, for people; the plain default where this is empty."""
    of_project: Kind | None = None
    """What a project may give it in its own configuration; None where that is not the project's to choose."""
    documented: bool = True
    """Whether people are told of it."""
    in_form: bool = True
    """Whether the form of VS Code has it too."""

    @property
    def default(self) -> Any:
        """Its value in force where nobody gives it one."""
        return getattr(Settings(), self.attribute)


_DAY_MS = 86_400_000


def _for_all(name: str, attribute: str, kind: Kind, meaning: str, **more: Any) -> Key:
    """Return a key that a project may set as its users may."""
    return Key(name, attribute, kind, meaning, of_project=kind, **more)


_ALL = (
    Key(
        "interpreter",
        "interpreter",
        text(),
        "The Python that runs your programs: a path, a command, or the folder of an environment; "
        "`${workspaceFolder}`, `~` and relative paths are understood. Without it, it is the environment that is "
        "selected, activated, or in the project.",
        Scope.MACHINE,
        "found",
    ),
    _for_all(
        "cwd",
        "cwd",
        text(),
        "Working folder of your programs; a relative one counts from the workspace folder.",
        without="workspace folder",
    ),
    Key(
        "device",
        "device",
        one_of(
            cpu="Programs see no accelerator.",
            gpu="Programs see the accelerator; its device files are open to them.",
        ),
        "Whether evaluations see the accelerator.",
        Scope.MACHINE,
    ),
    Key(
        "sandbox",
        "sandbox",
        one_of(
            auto="The strongest that the system offers.",
            strict="Nothing is evaluated where the full sandbox is not to be had.",
            off="Programs run with all that you may do.",
        ),
        "What keeps evaluated programs in.",
        Scope.MACHINE,
    ),
    _for_all(
        "debounceMs",
        "debounce_ms",
        whole(0, _DAY_MS),
        "Pause in typing, in milliseconds, after which an edit is evaluated.",
    ),
    Key(
        "budget.seconds",
        "budget_seconds",
        number(0.1, 3600),
        "Seconds that one evaluation may take.",
        # A project that somebody else wrote must not tie the machine up.
        of_project=number(0.1, 60),
    ),
    Key(
        "budget.memoryMb",
        "budget_memory_mb",
        whole(64, 1 << 20),
        "Megabytes that one evaluation may use.",
        of_project=whole(64, 8192),
    ),
    _for_all("inlayHints.enable", "inlay_hints", flag(), "Show shapes behind the lines of an editor."),
    _for_all("codeLens.enable", "code_lens", flag(), "Show input, output and parameters above models in an editor."),
    _for_all("diagnostics.enable", "diagnostics", flag(), "Show errors, warnings and hints in an editor."),
    _for_all(
        "diagnostics.severity",
        "severities",
        severities(),
        "Other severities for codes: `error`, `warning`, `information`, `hint`, or `off`.",
        without="each its own",
    ),
    # Taken, and not in force: nothing is kept on the disk yet.
    _for_all("cache.enable", "cache", flag(), "Keep results on the disk.", documented=False, in_form=False),
    # VS Code has a workspace trust of its own, which its client sends; a setting beside it could only contradict.
    Key("trusted", "trusted", flag(), "`false` stops all evaluation.", in_form=False),
    Key(
        "trace.server",
        "trace",
        one_of(
            off="No trace.",
            messages="The messages between editor and server, and what was evaluated.",
            verbose="The messages with all that is in them, and what was evaluated.",
        ),
        "What the trace of the server shows.",
        Scope.WINDOW,
    ),
)

KEYS: Mapping[str, Key] = {key.name: key for key in _ALL}

GROUPS = {name.rpartition(".")[0] for name in KEYS} - {""}
"""Names under which others stand."""
