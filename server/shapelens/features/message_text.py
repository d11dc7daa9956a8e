"""Messages of Keras, short enough for a label."""

from __future__ import annotations

import re

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
"""Keras writes some of its messages in bold."""

_OPENINGS = ("Exception encountered when calling", "in user code:", "File ")
"""How paragraphs begin that say where it was raised, and not what is wrong."""


def telling_paragraph(message: str) -> str:
    """Return the paragraph of a message that says what is wrong, on one line and without colours."""
    paragraphs = [part.strip() for part in _COLOURS.sub("", message).split("\n\n") if part.strip()]
    telling = next((part for part in paragraphs if not part.startswith(_OPENINGS)), "")
    return " ".join((telling or "".join(paragraphs[:1])).split())
