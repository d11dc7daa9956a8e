"""What a diagnostic rule is: a code, a severity, a text for the reference, and a way to find it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from shapelens.diagnostics.explaining.explanation import Explain
from shapelens.diagnostics.model import Diagnostic, Severity
from shapelens.evaluation.analysis import Analysis
from shapelens.worker.contract import Fault


@dataclass(frozen=True)
class Documentation:
    """The page of one code in the reference; every field is Markdown."""

    what: str
    """What the rule reports."""
    why: str
    """Why it matters."""
    example: str
    """Python that the rule reports, without fences."""
    instead: str
    """Python that does what was meant, without fences."""
    keras: str
    """What Keras really does with the example."""
    message: str = ""
    """What the diagnostic says of the example, where its words are not Keras' own."""


@dataclass(frozen=True)
class Rule:
    """One code of the reference."""

    code: str
    severity: Severity
    documentation: Documentation


@dataclass(frozen=True)
class FaultRule(Rule):
    """Recognises a kind of exception; of all such rules the first that recognises a fault names it.

    Messages belong to the library that raises them, so ``patterns`` are searched in the essential part of
    the message (message.py) wherever the exception came from: NumPy's operators raise from compiled code
    and leave no frame of their own in the traceback.
    """

    patterns: tuple[re.Pattern[str], ...] = ()
    accepts: Callable[[Fault], bool] | None = None
    """Another way to recognise a fault, where no message tells."""
    explain: Explain | None = None
    """Says it in a sentence of our own, where what was seen tells enough; Keras' text goes into the detail."""
    names_exception: bool = False
    """Whether the message always begins with the exception's class, as Python itself prints it."""

    def recognises(self, fault: Fault, essence: str) -> bool:
        """Return whether this rule names the fault, whose message's essential part is ``essence``."""
        if any(pattern.search(essence) for pattern in self.patterns):
            return True
        return self.accepts is not None and self.accepts(fault)


@dataclass(frozen=True)
class AnalysisRule(Rule):
    """Finds diagnostics in a whole analysis."""

    find: Callable[[Analysis], Iterable[Diagnostic]] = lambda _: ()


def patterns(*texts: str) -> tuple[re.Pattern[str], ...]:
    """Return compiled expressions in which a space stands for any white space, as messages are wrapped at will."""
    return tuple(re.compile(text.replace(" ", r"\s+")) for text in texts)
