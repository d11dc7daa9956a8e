"""The corpus of repairs: programs with one mistake each, and programs that look alike and are right.

Beside the marks of ``support.expectations`` a broken program has

    # warning: EXPR :: CODE
        at the end of a line: Keras accepts this expression, and a rule with this code speaks of it
    # intended: KIND [KIND ...]
        the kinds of repair that keep what its author meant
    # becomes: LINE 14 :: text        # becomes: LINE 14 +:: text
        one correct patch: line 14 reads so, or such a line follows it
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from support.expectations import ExpectedError, parse_expectations

REPAIRS = Path(__file__).parents[2] / "fixtures" / "repairs"

_WARNING = re.compile(r"# warning: ")
_INTENDED = re.compile(r"^# intended: (.+?)\s*$", re.MULTILINE)
_BECOMES = re.compile(r"^# becomes: LINE (\d+) (\+?)::(?: ?)(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class RepairCase:
    """One program."""

    path: Path

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    @cached_property
    def text(self) -> str:
        """The program."""
        return self.path.read_text("utf-8")

    @property
    def is_broken(self) -> bool:
        """Whether it has a mistake."""
        return self.path.name.startswith("broken_")

    @property
    def is_silent(self) -> bool:
        """Whether Keras accepts the mistake."""
        return bool(_WARNING.search(self.text))

    @cached_property
    def expected(self) -> ExpectedError:
        """The place of the mistake; for a silent one the message is the code of the rule."""
        (found,) = parse_expectations(_WARNING.sub("# error: ", self.text), self.name).errors
        return found

    @property
    def intended(self) -> tuple[str, ...]:
        """Kinds of repair that keep the intent."""
        found = _INTENDED.search(self.text)
        return tuple(found.group(1).split()) if found else ()

    @property
    def mended(self) -> str:
        """The program with its one correct patch."""
        lines = self.text.splitlines(keepends=True)
        after: dict[int, list[str]] = {}
        for number, inserts, text in _BECOMES.findall(self.text):
            if inserts:
                after.setdefault(int(number), []).append(f"{text}\n")
            else:
                lines[int(number) - 1] = f"{text}\n"
        return "".join(line + "".join(after.get(number, ())) for number, line in enumerate(lines, 1))


def repair_cases() -> list[RepairCase]:
    """Return every program in order."""
    return [RepairCase(path) for path in sorted(REPAIRS.glob("*.py"))]
