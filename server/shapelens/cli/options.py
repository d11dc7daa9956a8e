"""Options that several commands take."""

from __future__ import annotations

import argparse
import math
import os
from pathlib import Path

from shapelens.cli.failure import UsageError

SANDBOX_CHOICES = ("auto", "strict", "off")
DEVICE_CHOICES = ("cpu", "gpu")
_MOST_JOBS = 4
"""More at a time gain little, as each evaluation uses several cores, and cost memory."""


def add_environment_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where and how programs are evaluated."""
    parser.add_argument(
        "--python",
        metavar="INTERPRETER",
        help="interpreter, or folder of the virtual environment, that has Keras (default: the project's environment)",
    )
    parser.add_argument(
        "--sandbox",
        choices=SANDBOX_CHOICES,
        default="auto",
        help="auto takes the strongest that the system offers, strict refuses to run without a strict one",
    )
    parser.add_argument("--device", choices=DEVICE_CHOICES, default="cpu", help="whether programs may see the GPU")
    parser.add_argument(
        "--debug", action="store_true", default=argparse.SUPPRESS, help="print the details of a failure"
    )
    parser.add_argument(
        "--cwd", metavar="DIR", help="working folder of the programs (default: the root of the project)"
    )


def folder_option(text: str | None) -> Path | None:
    """Return the absolute folder that --cwd names; raises UsageError where there is none."""
    if text is None:
        return None
    folder = Path(os.path.abspath(text))
    if not os.path.isdir(folder):
        raise UsageError(f"There is no folder {text}, given by --cwd.")
    return folder


def interpreter_option(text: str | None) -> str | None:
    """Return what --python names, a path counted from the current folder; a bare name may be a command on PATH."""
    is_path = text is not None and any(separator in text for separator in (os.sep, os.altsep) if separator)
    return os.path.abspath(text) if text is not None and is_path and not text.startswith("~") else text


def default_jobs() -> int:
    """Return how many evaluations run at a time unless told otherwise."""
    return min(core_count(), _MOST_JOBS)


def core_count() -> int:
    """Return the cores that this process may use, which a container or taskset may have made few."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def positive_integer(text: str) -> int:
    """Return a number above zero; raises ArgumentTypeError."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above zero")
    return number


def positive_number(text: str) -> float:
    """Return a finite number above zero; raises ArgumentTypeError."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not (number > 0 and math.isfinite(number)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above zero")
    return number


def port(text: str) -> int:
    """Return the number of a TCP port, 0 for any free one; raises ArgumentTypeError."""
    try:
        number = int(text)
    except ValueError:
        number = -1
    if not 0 <= number <= 0xFFFF:
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of a port")
    return number
