"""What TensorFlow's messages tell beside their sentence: the operation, its attributes, the lines that led to it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from shapelens.diagnostics.message import plain
from shapelens.worker.contract import Fault

_NODE = re.compile(r"'\{\{node [^}]*\}\} = (\w+)\[(.*?)\]\(", re.DOTALL)
_EAGER = re.compile(r"\[Op:(\w+)\]")
_DETECTED = re.compile(r"Detected at node (\S+) defined at")
_LINE = re.compile(r'File "([^"\n]+)", line (\d+), in ')
_EQUATION = re.compile(r'equation="([^"]*)"')


def operation(fault: Fault) -> str:
    """Return the operation that failed, such as ``BatchMatMulV2``; empty where the message names none."""
    text = plain(fault.message)
    found = _NODE.search(text) or _EAGER.search(text)
    if found is not None:
        return found.group(1)
    node = _DETECTED.search(text)
    return "" if node is None else re.sub(r"_\d+$", "", node.group(1).rpartition("/")[2])


def attribute(fault: Fault, *names: str) -> bool | None:
    """Return the truth of the first of these attributes that the message shows; None where it shows none."""
    node = _NODE.search(plain(fault.message))
    for name in names:
        found = re.search(rf"\b{name}=(true|false)", node.group(2)) if node is not None else None
        if found is not None:
            return found.group(1) == "true"
    return None


def equation(fault: Fault) -> str:
    """Return the equation of an einsum."""
    node = _NODE.search(plain(fault.message))
    found = _EQUATION.search(node.group(2)) if node is not None else None
    return "" if found is None else found.group(1)


def defined_at(fault: Fault, paths: Iterable[str]) -> tuple[str, int] | None:
    """Return file and line, counted from zero, where one of these files made the operation that failed."""
    if _DETECTED.search(fault.message) is None:
        return None
    known = set(paths)
    places = [(path, int(line) - 1) for path, line in _LINE.findall(fault.message) if path in known]
    return places[-1] if places else None
