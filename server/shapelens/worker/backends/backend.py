"""What the host needs to know of a backend."""

from __future__ import annotations

import os
from typing import Protocol


class Backend(Protocol):
    """A library that Keras computes with."""

    name: str
    """As ``keras.config.backend()`` has it, which is also the name of the package."""

    def defer_variables(self) -> bool:
        """Make Keras 3 give variables their values when they are read, instead of when they are made.

        Returns False where this Keras has no place for that: all works, at the cost of making all values.
        """

    def ready(self) -> None:
        """Do what else has to be done once, in the host, after Keras was imported."""

    def device_name(self) -> str:
        """Return ``gpu`` where the backend was left to see one, else ``cpu``; does not initialise any device."""

    def fork_obstacle(self) -> str:
        """Return, in a few words, what a child could not use that it would inherit; empty where it may be forked."""


def gpu_hidden() -> bool:
    """Tell whether devices of CUDA are hidden from this process."""
    return os.environ.get("CUDA_VISIBLE_DEVICES") == "-1"
