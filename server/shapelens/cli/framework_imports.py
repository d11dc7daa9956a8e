"""Whether a file has anything to do with Keras, told without running it."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from shapelens.cli.notebook_file import SUFFIX, read_notebook
from shapelens.cli.source_text import UnreadableSource

FRAMEWORKS = frozenset({"keras", "keras_cv", "keras_hub", "keras_nlp", "tensorflow", "tf_keras"})

_STATEMENT = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<module>\.*[\w.]*)[ \t]+import[ \t]*(?P<names>\([^)]*\)|[^\n#;]*)"
    r"|import[ \t]+(?P<modules>[^\n#;]+))",
    re.MULTILINE,
)


class FrameworkImports:
    """Follows the import statements of files; the text of each file is looked at once."""

    def __init__(self) -> None:
        self._modules: dict[Path, tuple[str, ...]] = {}

    def reaches_framework(self, file: Path, roots: Iterable[Path]) -> bool:
        """Return whether a file imports a framework, itself or through local modules.

        Local modules are looked for beside the file that imports them, and in the roots and their ``src``.
        """
        if not os.access(file, os.R_OK):
            return True  # who reads it will say so
        places = tuple(place for root in roots for place in (root, root / "src"))
        seen = {file}
        waiting = [file]
        while waiting:
            current = waiting.pop()
            for module in self._imported(current):
                if module.split(".", 1)[0] in FRAMEWORKS:
                    return True
                for local in _local_files(module, current, places):
                    if local not in seen:
                        seen.add(local)
                        waiting.append(local)
        return False

    def _imported(self, file: Path) -> tuple[str, ...]:
        if file not in self._modules:
            self._modules[file] = tuple(dict.fromkeys(imported_modules(_text(file))))
        return self._modules[file]


def _text(file: Path) -> str:
    if file.suffix == SUFFIX:
        try:
            return "\n".join(cell.text for cell in read_notebook(file).cells)
        except UnreadableSource:
            return _raw(file).replace("\\n", "\n").replace('"', "\n")  # each line of a cell on its own
    return _raw(file)


def _raw(file: Path) -> str:
    try:
        # Names of modules read the same in all usual encodings, once the byte order mark of UTF-8 is off.
        return file.read_bytes().removeprefix(codecs.BOM_UTF8).decode("latin-1")
    except OSError:
        return ""


def imported_modules(text: str) -> Iterator[str]:
    """Yield the modules that the import statements of a text name, and what may be one: ``a.b`` of ``from a import b``.

    Read line by line, as a text with a syntax error has imports too. A relative module keeps its dots.
    """
    for match in _STATEMENT.finditer(text):
        if match["modules"] is not None:
            yield from _names(match["modules"])
            continue
        module = match["module"]
        yield module
        for name in _names(match["names"]):
            yield f"{module}{name}" if module.endswith(".") else f"{module}.{name}"


def _names(listed: str) -> Iterator[str]:
    for part in re.sub(r"#[^\n]*", "", listed).strip("()\\ \t").split(","):
        words = part.split()
        if words and words[0] != "*":
            yield words[0]


def _local_files(module: str, importer: Path, places: tuple[Path, ...]) -> Iterator[Path]:
    relative = len(module) - len(module.lstrip("."))
    parts = [part for part in module.split(".") if part]
    if relative:
        folder = importer.parent
        for _ in range(relative - 1):
            folder = folder.parent
        places = (folder,)
    else:
        places = (importer.parent, *places)
    for place in places:
        base = place.joinpath(*parts)
        for candidate in (base.with_name(base.name + ".py"), base / "__init__.py"):
            # Not Path.is_file, which raises for a folder that may not be entered.
            if parts and os.path.isfile(candidate):
                yield candidate
