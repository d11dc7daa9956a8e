"""``shapelens check``: evaluates files and reports their shapes and what is wrong with them."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.text import Text

from shapelens.cli.checked import Checked
from shapelens.cli.discovery import FoundFile, find_files
from shapelens.cli.evaluations import Evaluated, Evaluations, Target
from shapelens.cli.exit_code import ExitCode
from shapelens.cli.failure import EnvironmentFailure, UsageError
from shapelens.cli.fixing import Change, evaluated_again, with_fixes, written
from shapelens.cli.limited import Limited
from shapelens.cli.notebook_file import SUFFIX, read_notebook
from shapelens.cli.options import (
    add_environment_options,
    default_jobs,
    folder_option,
    interpreter_option,
    positive_integer,
    positive_number,
)
from shapelens.cli.progress import Progress
from shapelens.cli.project import common_folder, working_folder
from shapelens.cli.project_settings import ProjectSettings
from shapelens.cli.reports.fixed import fixed_lines
from shapelens.cli.reports.github import github_report
from shapelens.cli.reports.json import json_report
from shapelens.cli.reports.model import EnvironmentReport, FileReport, Part, Report
from shapelens.cli.reports.places import by_place
from shapelens.cli.reports.sarif import sarif_report
from shapelens.cli.reports.text import TextReport
from shapelens.cli.running import run
from shapelens.cli.source_text import UnreadableSource, read_source_file
from shapelens.cli.terminal import COLOR_CHOICES, Terminal, print_plain
from shapelens.diagnostics.model import Diagnostic, Severity
from shapelens.diagnostics.not_evaluated import skipped
from shapelens.evaluation.analysis import Status
from shapelens.evaluation.interpreters import choose_interpreter
from shapelens.evaluation.pool import HostPool
from shapelens.evaluation.probe import EnvironmentFacts, probe_interpreter
from shapelens.evaluation.problem import EnvironmentProblem
from shapelens.features.severities import with_severities
from shapelens.repairs.repairer import Repairer
from shapelens.settings.model import Options, Settings
from shapelens.source.comments import read_comments
from shapelens.source.notebook import CellCode, NotebookCode, cell_path
from shapelens.worker.contract import Location, Span

FORMATS = ("text", "json", "sarif", "github")


@dataclass(frozen=True)
class CheckOptions:
    """The command line of ``check``."""

    paths: tuple[str, ...]
    format: str = "text"
    jobs: int = 1
    interpreter: str | None = None
    sandbox: str = "auto"
    device: str = "cpu"
    folder: Path | None = None
    """Working folder of the programs; None lets each file's project decide."""
    seconds: float | None = None
    """Time for the evaluation of one file; None lets each file's project decide."""
    color: str = "auto"
    fixes: bool = True
    """Whether fixes are looked for, which costs evaluations."""
    fix: bool = False
    """Whether preferred fixes are applied."""
    diff: bool = False
    """Whether ``fix`` shows what it would change, and changes nothing."""

    @property
    def given(self) -> Options:
        """What the command line says of the settings."""
        return Options(device=self.device, sandbox=self.sandbox, budget_seconds=self.seconds)


@dataclass(frozen=True)
class _Outcome:
    """What came of the evaluations."""

    files: tuple[Checked, ...] = ()
    problem: EnvironmentProblem | None = None
    changes: tuple[Change, ...] = ()
    """Files that were fixed, or would be."""
    refused: tuple[str, ...] = ()
    """Why files that were to be fixed are as they were, one sentence each."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "check",
        help="evaluate files and report shapes and errors",
        description=(
            "Evaluate Python files and notebooks that build Keras models, in a sandbox, and report the shape of every "
            "layer and tensor, what is wrong with them, and fixes that were evaluated. Nothing is trained or "
            "downloaded, and nothing is written but by --fix."
        ),
        epilog=(
            "Exit status: 0 no error, 1 at least one error, 2 usage, environment or internal failure. "
            "A folder stands for the *.py and *.ipynb files below it that import Keras or TensorFlow, themselves or "
            "through a local module. A program runs in the folder given by --cwd, else in the root of its project (the "
            "nearest folder with pyproject.toml, .git, setup.cfg or setup.py), else in the current folder where the "
            "file is below it, else in its own folder; a notebook runs in its own folder unless --cwd is given. The "
            "table [tool.shapelens] of the nearest pyproject.toml that has one gives severities, the budget and the "
            "working folder; options come before it."
        ),
    )
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a file, a notebook or a folder")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        default="text",
        help="text is for people (default), json for programs, sarif for code scanning, github for GitHub Actions",
    )
    fixing = parser.add_mutually_exclusive_group()
    fixing.add_argument(
        "--fix", action="store_true", help="apply to the files the fixes of which it is plain that they were meant"
    )
    fixing.add_argument(
        "--no-fixes", action="store_true", help="look for no fixes, which takes evaluations of their own"
    )
    parser.add_argument("--diff", action="store_true", help="with --fix: show what would change, and write nothing")
    parser.add_argument(
        "--jobs",
        type=positive_integer,
        default=default_jobs(),
        metavar="N",
        help="evaluations at the same time (default: the number of cores, at most 4)",
    )
    add_environment_options(parser)
    parser.add_argument(
        "--budget-seconds",
        type=positive_number,
        metavar="S",
        help=f"time for the evaluation of one file (default: the project's, else {Settings().budget_seconds:g})",
    )
    parser.add_argument("--color", choices=COLOR_CHOICES, default="auto", help="colours of the text report")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.diff and not arguments.fix:
        raise UsageError("--diff shows what --fix would change, so it needs --fix.")
    options = CheckOptions(
        paths=tuple(arguments.paths),
        format=arguments.format,
        jobs=arguments.jobs,
        interpreter=interpreter_option(arguments.python),
        sandbox=arguments.sandbox,
        device=arguments.device,
        folder=folder_option(arguments.cwd),
        seconds=arguments.budget_seconds,
        color=arguments.color,
        fixes=not arguments.no_fixes,
        fix=arguments.fix,
        diff=arguments.diff,
    )
    return run(check(options))


async def check(options: CheckOptions) -> ExitCode:
    """Evaluate the files and print the report; raises UsageError or EnvironmentFailure."""
    started = time.monotonic()
    current = Path.cwd()
    files = find_files(options.paths, current)
    configured = ProjectSettings(options.given)
    reports, targets = _prepare(files, options, configured, current)
    configured.warn()
    folder = options.folder or common_folder([target.path for target in targets], current)
    interpreter = choose_interpreter(folder, options.interpreter, "--python")
    environment = EnvironmentReport()
    outcome = _Outcome()
    if isinstance(interpreter, EnvironmentProblem):
        outcome = _Outcome(problem=interpreter if targets else None)
    else:
        outcome = await _evaluate(
            [Checked(target, reports[target.path]) for target in targets], interpreter.path, options
        )
        for file in outcome.files:
            reports[file.target.path] = file.report
            if file.report.analysis is not None:
                environment = EnvironmentReport.of(file.report.analysis.environment)
        if not outcome.files:
            environment = await _probed(interpreter.path)
    report = Report(environment, by_place(tuple(reports.values())), time.monotonic() - started)
    if options.fix:
        _print_fixed(outcome, options)
    _print(report, outcome.problem, options)
    if outcome.problem is not None:
        raise EnvironmentFailure(outcome.problem)
    return ExitCode.ERRORS if report.has_errors else ExitCode.CLEAN


def _prepare(
    files: tuple[FoundFile, ...], options: CheckOptions, configured: ProjectSettings, current: Path
) -> tuple[dict[Path, FileReport], list[Target]]:
    """Return a report for each file that says nothing yet, and what there is to evaluate."""
    reports: dict[Path, FileReport] = {}
    targets: list[Target] = []
    for file in files:
        try:
            report, target = _prepared(file, options, configured.of(file.path), current)
        except UnreadableSource as error:
            report, target = _unread(file, Status.FAILED, Severity.ERROR, str(error)), None
        if target is None:
            severities = configured.of(file.path).severities
            report = replace(report, diagnostics=with_severities(report.diagnostics, severities))
        reports[file.path] = report
        if target is not None:
            targets.append(target)
    return reports, targets


def _prepared(
    file: FoundFile, options: CheckOptions, settings: Settings, current: Path
) -> tuple[FileReport, Target | None]:
    """Return the report of one file, and what there is to evaluate in it; raises UnreadableSource."""
    path = file.path
    if path.suffix != SUFFIX:
        source = read_source_file(path)
        text = source.text
        off = read_comments(text).off
        if off is not None:
            message = f"The comment in line {off.line + 1} turns the evaluation of this file off."
            return _unread(file, Status.SKIPPED, Severity.INFORMATION, message), None
        root = working_folder(path, current)
        folder = options.folder or settings.directory(root)
        target = Target(path, text, folder, root, data=source.data, settings=settings)
        return FileReport(path, file.shown, text, Status.SKIPPED), target
    notebook = read_notebook(path)
    if not notebook.is_python:
        message = f"The notebook is written in {notebook.language}, not in Python."
        return _unread(file, Status.SKIPPED, Severity.INFORMATION, message), None
    parts = tuple(Part(cell_path(str(path), cell.index), cell.text, cell.index) for cell in notebook.cells)
    code = NotebookCode(str(path), [CellCode(part.path, part.text) for part in parts])
    # Jupyter runs a notebook in the notebook's own folder.
    folder = options.folder or settings.directory(path.parent)
    target = Target(path, code.text, folder, working_folder(path, current), code, notebook.data, settings)
    return FileReport(path, file.shown, "", Status.SKIPPED, cells=parts), target


async def _evaluate(files: Sequence[Checked], interpreter: Path, options: CheckOptions) -> _Outcome:
    if not files:
        return _Outcome()
    pool = HostPool()
    # Those of one file's fixes run side by side, and beside other files.
    limited = Limited(pool, options.jobs)
    repairer = Repairer(limited) if options.fixes else None
    evaluations = Evaluations(limited, interpreter, repairer)
    problems: list[EnvironmentProblem] = []

    async def evaluate(targets: Sequence[Target], beside: Mapping[str, str]) -> Mapping[Target, Evaluated]:
        with Progress(Terminal(sys.stderr, options.color), len(targets)) as progress:
            results, problem = await evaluations.run(targets, options.jobs, progress, beside)
        problems.extend([problem] if problem else [])
        return results

    try:
        results = await evaluate([file.target for file in files], {})
        found = tuple(file.with_result(results[file.target], {}) for file in files if file.target in results)
        if problems or not options.fix:
            return _Outcome(found, problems[0] if problems else None)
        changes = tuple(change for change in await with_fixes(found, evaluate) if change.texts)
        if options.diff:
            return _Outcome(found, problems[0] if problems else None, changes)
        done, refused = written(changes)
        found = await evaluated_again(found, done, evaluate)
        return _Outcome(found, problems[0] if problems else None, done, refused)
    finally:
        await pool.close()


async def _probed(interpreter: Path) -> EnvironmentReport:
    facts = await probe_interpreter(interpreter)
    if not isinstance(facts, EnvironmentFacts):
        return EnvironmentReport()
    keras = facts.version("keras") or facts.version("tf_keras")
    return EnvironmentReport(python=facts.python, keras=keras, tensorflow=facts.version("tensorflow"))


def _unread(file: FoundFile, status: Status, severity: Severity, message: str) -> FileReport:
    place = Location(str(file.path), Span(0, 0, 0, 0))
    found: tuple[Diagnostic, ...] = (skipped(place, message, severity),)
    return FileReport(file.path, file.shown, "", status, found)


def _print_fixed(outcome: _Outcome, options: CheckOptions) -> None:
    """Say what was fixed, on standard error where standard output belongs to a program."""
    terminal = Terminal(sys.stdout if options.format == "text" else sys.stderr, options.color)
    for line in fixed_lines(outcome.changes, terminal, applied=not options.diff):
        terminal.print(line)
    if options.format == "text":
        terminal.print(Text())
    for sentence in outcome.refused:
        print(f"shapelens: {sentence}", file=sys.stderr)


def _print(report: Report, problem: EnvironmentProblem | None, options: CheckOptions) -> None:
    if options.format == "json":
        print_plain(json_report(report))
    elif options.format == "sarif":
        print_plain(sarif_report(report, problem))
    elif problem is not None:
        return
    elif options.format == "github":
        text = github_report(report)
        if text:
            print_plain(Terminal(sys.stdout, "never").text(text))
    else:
        TextReport(Terminal(sys.stdout, options.color)).print(report)
