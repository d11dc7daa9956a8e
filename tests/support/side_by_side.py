"""Compares an evaluation with a plain run: the same exceptions at the same lines, and results of the same shapes."""

from __future__ import annotations

import re
import textwrap
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from shapelens.evaluation.analysis import Analysis
from shapelens.worker.contract import Limits
from support.evaluation import Evaluations
from support.plain_programs import PlainPrograms

HEAD = "import numpy as np, keras, tensorflow as tf; np.random.seed(0)\nfrom keras import layers\n"

TAIL = """
def structure(value):
    kind = type(value).__name__
    if value is None or isinstance(value, (bool, int, str)):
        return repr(value)
    if isinstance(value, dict):
        return kind + "{" + ", ".join(f"{key!r}: {structure(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return kind + "[" + ", ".join(structure(item) for item in value) + "]"
    if kind == "History":
        return f"History({structure(value.history)}, epoch={value.epoch})"
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        kind = "ndarray" if isinstance(value, np.ndarray) else "Tensor" if "Tensor" in kind else kind
        return f"{kind}{tuple(value.shape)}:{getattr(value.dtype, 'name', value.dtype)}"
    return kind
def report(*values):
    raise SystemError("\\n".join(structure(value) for value in values))
"""
"""``report(...)`` ends a statement with the structure of values as the message of its exception."""


class Failure(NamedTuple):
    """An exception that ended a top-level statement."""

    lines: frozenset[int]
    """One-based, of the user's calls that led to it."""
    exception: str
    message: str


class SideBySide:
    """Runs programs both ways; the plain process is started when it is first needed."""

    def __init__(self, evaluations: Evaluations, folder: Path) -> None:
        self._evaluations = evaluations
        self._path = folder / "program.py"
        self._programs = PlainPrograms()

    def check(self, text: str, failures: int = 0) -> None:
        """Assert that both ways tell the same.

        ``failures`` is how many statements fail in a plain run besides those of ``report``, so that a test cannot
        pass because everything failed at once, or nothing.
        """
        program = HEAD + TAIL + textwrap.dedent(text)
        plain = self._plain(program)
        assert sum(item.exception != "SystemError" for item in plain) == failures, plain
        analysis = self._evaluations.text(program, self._path, limits=Limits(seconds=60.0))
        pairs = list(zip_longest(_failures(analysis), plain))
        different = [pair for pair in pairs if not _alike(*pair)]
        assert not different, (different, analysis.skips)

    def _plain(self, program: str) -> list[Failure]:
        found = self._programs.failures(program, self._path)
        return [Failure(frozenset(lines), exception, without_names(message)) for lines, exception, message in found]

    def close(self) -> None:
        """End the plain process."""
        self._programs.close()


def _alike(ours: Failure | None, plain: Failure | None) -> bool:
    """Compare two failures; ours may also name the line that made the layer which failed."""
    if ours is None or plain is None:
        return False
    return plain.lines <= ours.lines and (ours.exception, ours.message) == (plain.exception, plain.message)


def _failures(analysis: Analysis) -> list[Failure]:
    return [
        Failure(
            frozenset(item.span.line + 1 for item in (*(frame.location for frame in fault.frames), fault.location)),
            fault.exception,
            without_names(fault.message),
        )
        for fault in analysis.faults
        if not fault.handled
    ]


def without_names(message: str) -> str:
    """Return a message without what differs from one plain run to the next.

    When a graph fails, which of several operations fails first is a matter of threads; of such a message only the
    kernel's own sentence is kept, and of that not the labels of the batch, which is shuffled.
    """
    if message.startswith("Graph execution error"):
        found = re.search(r"([^\n]*)\n\t \[\[\{\{node", message)
        words = re.sub(r"(\[[\d,]*\]) vs\.? (\[[\d,]*\])", _sorted_shapes, found.group(1) if found else message)
        message = f"Graph execution error: {words}"
    message = re.sub(r"Label values:.*", "", message, flags=re.DOTALL)
    message = re.sub(r"\{\{function_node \S+\}\}", "{{function_node}}", message)
    message = re.sub(r'File "[^"]*", line \d+, in [^\n]*\n(?: {8,}[^\n]*\n)?', "", message)
    message = re.sub(r", value=\[.*?\]>", ">", message, flags=re.DOTALL)
    message = re.sub(r"keras_tensor_\d+", "keras_tensor", message)
    return re.sub(r"0x[0-9a-f]{6,}", "0x", message)


def _sorted_shapes(found: re.Match[str]) -> str:
    """Return the batch axes of two shapes in order.

    TensorFlow's threads decide which of two subtractions of the same batches fails first, and the other axes with it.
    """
    return " and ".join(sorted(shape.strip("[]").partition(",")[0] for shape in found.groups()))
