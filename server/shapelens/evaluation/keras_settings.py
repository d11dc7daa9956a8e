"""The file in which Keras keeps its settings, the backend among them, read by a host when it starts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from shapelens.source.framework_choice import FrameworkChoice


def keras_settings(choice: FrameworkChoice, environ: Mapping[str, str]) -> tuple[int, int] | None:
    """Return modification time in nanoseconds and size of ``keras.json``, None where there is none.

    It lies in the folder KERAS_HOME, else in ``.keras`` of the home folder (keras/src/backend/config.py).
    """
    home = dict(choice.variables).get("KERAS_HOME", environ.get("KERAS_HOME"))
    try:
        folder = Path.home() / ".keras" if home is None else Path(home)
        state = (folder / "keras.json").stat()
    except (OSError, RuntimeError, ValueError):  # RuntimeError: there is no home folder
        return None
    return state.st_mtime_ns, state.st_size
