"""The command line: reads it, runs the command, and turns whatever happens into an exit code."""

from __future__ import annotations

import argparse
import errno
import sys
import tempfile
import traceback
from collections.abc import Sequence

from shapelens import __version__
from shapelens.cli import check, doctor
from shapelens.cli.exit_code import ExitCode
from shapelens.cli.failure import EnvironmentFailure, UsageError
from shapelens.cli.options import port
from shapelens.cli.running import Terminated
from shapelens.cli.terminal import silence

_OUTPUT_IS_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code; no exception leaves it but SystemExit of argparse."""
    parsed = _parser().parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except UsageError as error:
        return _fail(str(error))
    except EnvironmentFailure as error:
        return _fail(error.problem.problem, error.problem.advice, error.problem.detail if parsed.debug else "")
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except Terminated:
        return ExitCode.TERMINATED
    except OSError as error:
        if error.errno not in _OUTPUT_IS_FULL:
            return _internal(error, parsed.debug)
        silence(sys.stdout)  # or the interpreter would fail again when it leaves
        return _fail(f"The output could not be written: {error.strerror}.")
    except Exception as error:  # a bug of ours: one sentence, and the rest where it can be sent from
        return _internal(error, parsed.debug)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="shapelens", description="Exact tensor shapes for Keras code, in the editor and on the command line."
    )
    parser.add_argument("--version", action="version", version=f"shapelens {__version__}")
    parser.add_argument("--debug", action="store_true", help="print the details of a failure")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="run the language server on standard input and output")
    serve.add_argument("--tcp", type=port, metavar="PORT", help="listen on this port of the local host instead")
    serve.set_defaults(run=_serve)
    check.add_parser(commands)
    doctor.add_parser(commands)
    return parser


def _serve(arguments: argparse.Namespace) -> int:
    # Imported here, as the other commands need no language server and start faster without.
    from shapelens.cli.serve import serve

    return serve(arguments.tcp)


def _fail(problem: str, *more: str) -> int:
    print(f"shapelens: {problem}", file=sys.stderr)
    for line in filter(None, more):
        print(line, file=sys.stderr)
    return ExitCode.FAILURE


def _internal(error: Exception, debug: bool) -> int:
    text = "".join(traceback.format_exception(error))
    if debug:
        print(text, file=sys.stderr, end="")
        return _fail(f"An internal error occurred ({type(error).__name__}).")
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="shapelens-", suffix=".log", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as log:
            log.write(f"shapelens {__version__}, Python {sys.version}\n{text}")
    except OSError:
        return _fail(f"An internal error occurred ({type(error).__name__}); --debug shows it.")
    return _fail(f"An internal error occurred ({type(error).__name__}); its details are in {log.name}.")
