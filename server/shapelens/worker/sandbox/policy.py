"""What an evaluation may touch, and how well it is locked in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

from .. import contract

MODES = ("auto", "strict", "off")


class SandboxUnavailable(Exception):
    """The sandbox that was asked for cannot be had here; the message is one sentence for the user."""


@dataclass(frozen=True)
class Policy:
    """What one evaluation may touch.

    ``readable`` and ``writable`` are absolute paths of files or folders; a folder stands for all that is
    in it, and what may be written may also be read. Paths that do not exist are passed over.
    """

    readable: Tuple[str, ...]
    writable: Tuple[str, ...]
    device_gpu: bool = False
    file_size_mb: int = 64
    """Largest file that may be written, in MiB."""
    processes: int = 64
    """How many processes the evaluation is meant to have at once."""
    cpu_seconds: Optional[int] = None
    """Processor time of each process; None sets no limit."""


@dataclass(frozen=True)
class Report:
    """The sandbox in force."""

    tier: contract.SandboxTier
    detail: str
    """What it is made of, in words: ``Landlock ABI 7, seccomp, no capabilities``."""


def check_mode(mode: str) -> None:
    """Raise ValueError for a mode that does not exist."""
    if mode not in MODES:
        raise ValueError(f"sandbox mode {mode!r} is none of {', '.join(MODES)}")
