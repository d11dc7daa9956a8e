"""``shapelens doctor``: says what evaluation has to work with, and what is missing."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from rich.text import Text

from shapelens import __version__
from shapelens.cli.exit_code import ExitCode
from shapelens.cli.options import add_environment_options, core_count, folder_option, interpreter_option
from shapelens.cli.project import working_folder
from shapelens.cli.project_settings import ProjectSettings
from shapelens.cli.running import run
from shapelens.cli.terminal import COLOR_CHOICES, Terminal, print_plain
from shapelens.diagnostics import diagnose
from shapelens.evaluation.analysis import Analysis, Status
from shapelens.evaluation.evaluator import EvaluationRequest, HostKey
from shapelens.evaluation.interpreters import Interpreter, choose_interpreter
from shapelens.evaluation.pool import HostPool
from shapelens.evaluation.probe import EnvironmentFacts, probe_interpreter
from shapelens.evaluation.problem import EnvironmentProblem
from shapelens.features.shape_text import count_text
from shapelens.settings.model import Options
from shapelens.worker.contract import Limits, Program, Ready, SandboxTier

_PROGRAM = """\
try:
    import keras
except ImportError:
    import tf_keras as keras

outputs = keras.layers.Dense(2)(keras.Input((3,)))
"""
_FILE = "shapelens_doctor.py"
"""Name of the program; it is never written to the disk."""


@dataclass(frozen=True)
class Findings:
    """What the doctor found."""

    folder: Path
    interpreter: Interpreter | None = None
    facts: EnvironmentFacts | None = None
    ready: Ready | None = None
    evaluation_seconds: float | None = None
    problem: EnvironmentProblem | None = None
    limits: Limits = Limits()
    """What one evaluation of the project's programs may use."""

    @property
    def works(self) -> bool:
        """Whether the trial evaluation gave a shape."""
        return self.problem is None


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "doctor",
        help="say whether evaluation works, and with what",
        description="Choose the interpreter, start it in the sandbox, evaluate three lines of Keras, and report.",
        epilog="Exit status: 0 evaluation works, 2 it does not.",
    )
    add_environment_options(parser)
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="text is for people (default), json for programs"
    )
    parser.add_argument("--color", choices=COLOR_CHOICES, default="auto", help="colours of the text")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    current = Path.cwd()
    folder = folder_option(arguments.cwd) or working_folder(current / _FILE, current)
    configured = ProjectSettings(Options())
    limits = configured.of(folder / _FILE).limits
    configured.warn()
    findings = run(examine(folder, interpreter_option(arguments.python), arguments.device, arguments.sandbox))
    findings = replace(findings, limits=limits)
    if arguments.format == "json":
        print_plain(json.dumps(as_plain(findings), indent=2))
    else:
        terminal = Terminal(sys.stdout, arguments.color)
        for line in text_lines(findings, terminal):
            terminal.print(line)
    return ExitCode.CLEAN if findings.works else ExitCode.FAILURE


async def examine(folder: Path, python: str | None, device: str, sandbox: str) -> Findings:
    """Try an evaluation for programs of the folder and return how far it came."""
    interpreter = choose_interpreter(folder, python, "--python")
    if isinstance(interpreter, EnvironmentProblem):
        return Findings(folder, problem=interpreter)
    facts = await probe_interpreter(interpreter.path)
    if isinstance(facts, EnvironmentProblem):
        return Findings(folder, interpreter, problem=facts)
    program = Program(str(folder / _FILE), _PROGRAM, str(folder))
    pool = HostPool()
    try:
        result = await pool.evaluate(EvaluationRequest(HostKey(interpreter.path, device, sandbox), program))
    finally:
        await pool.close()
    if isinstance(result, EnvironmentProblem):
        return Findings(folder, interpreter, facts, problem=result)
    return Findings(folder, interpreter, facts, result.environment, result.seconds, _wrong(result))


def _wrong(analysis: Analysis) -> EnvironmentProblem | None:
    if analysis.status is Status.EVALUATED and analysis.observations:
        return None
    found = diagnose(analysis)
    said = found[0].message if found else "It gave no shape."
    return EnvironmentProblem(
        f"A trial evaluation of three lines of Keras failed. {said}",
        "Reinstall Keras and its backend in this interpreter, or choose another with --python.",
        "\n".join(item.detail for item in found if item.detail),
    )


def as_plain(findings: Findings) -> dict[str, object]:
    """Return the findings as objects of JSON; null is not known."""
    interpreter, ready, facts, problem = findings.interpreter, findings.ready, findings.facts, findings.problem
    limits = findings.limits
    return {
        "version": 1,
        "works": findings.works,
        "shapelens": __version__,
        "platform": platform.platform(),
        "folder": str(findings.folder),
        "interpreter": {"path": str(interpreter.path), "origin": interpreter.origin} if interpreter else None,
        "environment": {
            "python": ready.python if ready else facts.python if facts else None,
            "keras": ready.keras if ready else _keras(facts),
            "backend": ready.backend if ready else None,
            "tensorflow": ready.tensorflow if ready else facts.version("tensorflow") if facts else None,
            "device": ready.device if ready else None,
            "sandbox": ready.sandbox.value if ready else None,
        },
        "sandbox_detail": ready.sandbox_detail if ready else None,
        "import_seconds": ready.import_seconds if ready else None,
        "evaluation_seconds": findings.evaluation_seconds,
        "cores": core_count(),
        "limits": {"seconds": limits.seconds, "memory_mb": limits.memory_mb},
        "problem": problem.problem if problem else None,
        "advice": problem.advice if problem else None,
        "detail": problem.detail if problem else None,
    }


def text_lines(findings: Findings, terminal: Terminal) -> Iterator[Text]:
    """Yield the findings for people."""
    yield Text(f"shapelens {__version__}", style="bold")
    rows = [row for row in _rows(findings) if row[1]]
    width = max(len(name) for name, _, _ in rows)
    for name, value, style in rows:
        yield Text.assemble("  ", (f"{name:<{width}}", "dim"), "  ", (terminal.text(terminal.foreign(value)), style))
    problem = findings.problem
    if problem is None:
        yield Text(terminal.text("✓ Evaluation works."), style="bold green")
        return
    yield Text(terminal.text(f"✗ {terminal.foreign(problem.problem)}"), style="bold red")
    yield Text(f"  {terminal.foreign(problem.advice)}")
    for line in problem.detail.splitlines():
        yield Text(f"  {terminal.text('│')} {terminal.foreign(line)}", style="dim")


def _rows(findings: Findings) -> Iterator[tuple[str, str, str]]:
    ready, facts, interpreter = findings.ready, findings.facts, findings.interpreter
    yield "System", f"{platform.system()} {platform.release()}, {platform.machine()}", ""
    yield "Folder", str(findings.folder), ""
    if interpreter is not None:
        yield "Interpreter", f"{interpreter.path} ({interpreter.origin})", ""
    if ready is not None:
        yield "Python", ready.python, ""
        yield "Keras", f"{ready.keras} on {ready.backend}", ""
        yield "TensorFlow", ready.tensorflow or "", ""
        yield "Device", ready.device, ""
        strict = ready.sandbox is SandboxTier.STRICT
        yield "Sandbox", f"{ready.sandbox.value}: {ready.sandbox_detail}", "green" if strict else "yellow"
        yield "Start", f"{ready.import_seconds:.1f} s to import, then {_milliseconds(findings)} for an evaluation", ""
    elif facts is not None:
        yield "Python", facts.python, ""
        yield "Keras", _keras(facts) or "", ""
        yield "TensorFlow", facts.version("tensorflow") or "", ""
    limits = findings.limits
    yield "Budget", f"{limits.seconds:g} s and {count_text(limits.memory_mb)} MB for each evaluation", ""
    cores = core_count()
    yield "Machine", f"{cores} {'core' if cores == 1 else 'cores'}{_memory()}", ""


def _milliseconds(findings: Findings) -> str:
    return f"{(findings.evaluation_seconds or 0) * 1000:.0f} ms"


def _keras(facts: EnvironmentFacts | None) -> str | None:
    return (facts.version("keras") or facts.version("tf_keras")) if facts else None


def _memory() -> str:
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # Windows has no sysconf
        return ""
    return f", {size / 2**30:.0f} GB of memory"
