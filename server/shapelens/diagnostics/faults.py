"""From exceptions to diagnostics: the one mechanism that every fault rule shares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from shapelens.diagnostics.explaining.explanation import Explanation
from shapelens.diagnostics.explaining.sights import Naming, Sights
from shapelens.diagnostics.frameworks import FRAMEWORKS
from shapelens.diagnostics.message import essence, plain
from shapelens.diagnostics.model import Diagnostic, Related, Severity
from shapelens.diagnostics.rule import FaultRule
from shapelens.evaluation.analysis import Analysis
from shapelens.worker.contract import Fault, Frame

_MOST_FRAMES = 8
"""Related places of one diagnostic; a recursion leaves a thousand frames that say the same."""


def fault_diagnostics(analysis: Analysis, rules: Sequence[FaultRule]) -> Iterator[Diagnostic]:
    """Yield a diagnostic for each fault; equal faults at one expression, as in a loop, give one."""
    seen: dict[tuple[object, ...], None] = {}
    sights = Sights(analysis)
    for fault in analysis.faults:
        diagnostic = _diagnostic(fault, rules, sights)
        identity = (diagnostic.code, diagnostic.location, diagnostic.message)
        if identity not in seen:
            seen[identity] = None
            yield diagnostic


def _diagnostic(fault: Fault, rules: Sequence[FaultRule], sights: Sights) -> Diagnostic:
    core = essence(fault.message)
    rule = next(rule for rule in rules if rule.recognises(fault, core))
    explained = _explained(fault, core, rule, sights)
    message = explained.message if explained is not None else _message(fault, core, rule)
    original = plain(fault.message)
    severity = rule.severity
    if fault.handled:
        message = f"{message.removesuffix('.')}. The program catches this exception itself."
        severity = Severity.INFORMATION
    return Diagnostic(
        code=rule.code,
        severity=severity,
        location=fault.location,
        message=message,
        related=(
            *(explained.related if explained is not None else ()),
            *(_related(frame) for frame in _chosen(fault.frames)),
        ),
        detail="" if original in message else original,
    )


def _explained(fault: Fault, core: str, rule: FaultRule, sights: Sights) -> Explanation | None:
    """Return the explanation that says most of the places it speaks of and is shorter than Keras' own words."""
    found = None
    for naming in Naming:
        found = rule.explain(sights.named(naming), fault, core) if rule.explain is not None else None
        if found is None or len(found.message) < len(plain(fault.message)):
            break
    return found


def _message(fault: Fault, core: str, rule: FaultRule) -> str:
    """Return Keras' sentence, with what it leaves out: the class of the exception, the layer that failed."""
    module, _, name = fault.exception.rpartition(".")
    # A ValueError of Keras says all in its text, and TensorFlow's classes are names of status codes.
    if rule.names_exception or (fault.exception != "ValueError" and module.partition(".")[0] not in FRAMEWORKS):
        core = f"{name}: {core}" if core else name
    elif not core:
        core = name
    if fault.layer is None:
        return core
    named = fault.layer_name and any(f"{quote}{fault.layer_name}{quote}" in core for quote in "'\"`")
    if named or f"`{fault.layer}`" in core:
        return core
    title = f"{fault.layer} '{fault.layer_name}'" if fault.layer_name else fault.layer
    return f"{title}: {core}"


def _chosen(frames: Sequence[Frame]) -> Sequence[Frame]:
    """Return the frames innermost first, the outermost kept where there are too many."""
    inward = tuple(reversed(frames))
    return inward if len(inward) <= _MOST_FRAMES else (*inward[: _MOST_FRAMES - 1], inward[-1])


def _related(frame: Frame) -> Related:
    inside = "" if frame.function in ("", "<module>") else f" in {frame.function}()"
    return Related(frame.location, f"called from here{inside}")
