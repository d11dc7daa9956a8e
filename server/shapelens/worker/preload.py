"""Imports what children need, in the host: the sandbox keeps them from reading this package, and it would take time."""

from __future__ import annotations

import contextlib
import importlib
import os
import pkgutil

_SCRIPTS = ("launch", "probe")


def import_worker() -> None:
    """Import every module of this package but its scripts; one whose library is absent is left out."""
    folder = os.path.dirname(os.path.abspath(__file__))
    for module in pkgutil.walk_packages([folder], f"{__package__}."):
        if module.name.rpartition(".")[2] not in _SCRIPTS:
            with contextlib.suppress(ImportError):
                importlib.import_module(module.name)
