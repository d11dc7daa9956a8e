"""Which open files a program may import, told from its text alone and in favour of too many."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath

_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(.*)|import[ \t]+(.+))", re.MULTILINE)
_WORD = re.compile(r"\w+")


def imported_words(text: str) -> frozenset[str]:
    """Return every word of the import statements, on one line or in parentheses.

    Half-typed text has no syntax tree, so the lines are read as they stand.
    """
    words: set[str] = set()
    for match in _IMPORT.finditer(text):
        names = match.group(2)
        if names is not None and "(" in names and ")" not in names:
            end = text.find(")", match.end())
            names += text[match.end() : end if end >= 0 else match.end() + 2000]
        for part in (match.group(1), names, match.group(3)):
            words.update(_WORD.findall(part or ""))
    return frozenset(words)


def importers(changed: str, texts: Mapping[str, str]) -> tuple[str, ...]:
    """Return the paths whose texts import the changed file, directly or through another of them."""
    words = {path: imported_words(text) for path, text in texts.items() if path != changed}
    found: list[str] = []
    waiting = [changed]
    while waiting:
        name = _module_name(waiting.pop())
        reached = [path for path, imported in words.items() if name in imported]
        for path in reached:
            del words[path]
        found += reached
        waiting += reached
    return tuple(found)


def _module_name(path: str) -> str:
    pure = PurePath(path)
    return pure.parent.name if pure.stem == "__init__" else pure.stem


def imported_modules(text: str) -> frozenset[str]:
    """Return the modules that the import statements of a text name; a relative one keeps its dots."""
    found: set[str] = set()
    for match in _IMPORT.finditer(text):
        if match.group(1) is not None:
            found.add(match.group(1))
        for part in (match.group(3) or "").split("#")[0].split(","):
            words = part.split()
            if words:
                found.add(words[0].rstrip(";"))
    return frozenset(found)
