"""Runs the oracle and gives its report as frozen dataclasses in the terms of the contract."""

from __future__ import annotations

import ast
import getpass
import hashlib
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from shapelens.features.shape_text import shape_text
from shapelens.worker.contract import Entries, Items, Location, Span, Structure, TensorSpec
from support.expectations import ExpectedShape

needs_columns = pytest.mark.skipif(
    sys.version_info < (3, 11),
    reason="the oracle reads columns from code objects (PEP 657), which came with Python 3.11",
)

SCRIPT = Path(__file__).with_name("oracle_run.py")

SHORT_SCRIPTS = ("oracle_run", "short_run", "short_marks", "short_training", "plain_data", "notebooks")
SHORT_SECONDS = 240.0
"""More than the program itself is given."""

SECONDS = 120.0
"""A plain run of a fixture takes under 10 s; a cold file cache on a busy machine makes that several times longer."""


@dataclass(frozen=True)
class CreatedLayer:
    """A layer or model, and the expression in the user's files that made it; None for one that Keras made."""

    layer_name: str
    type_name: str
    created: Location | None
    declared: tuple[Structure, Structure] | None
    """Symbolic inputs and outputs of a Functional model, or of a Sequential one when it was last built."""


@dataclass(frozen=True)
class LayerCall:
    """One call of a layer or model with tensors.

    ``arguments`` are the positional ones that hold tensors and ``named`` the keyword ones. ``caller`` is the
    call expression in the user's files; None where Keras called the layer. ``output`` is None for a failed
    call and for a result without tensors.
    """

    layer_name: str
    type_name: str
    arguments: tuple[Structure, ...]
    named: dict[str, Structure]
    caller: Location | None
    output: Structure | None = None
    created: Location | None = None
    """The expression that made the layer; only known of failed calls."""
    user_frames: int = 0
    """How many calls in the user's files were under way."""


@dataclass(frozen=True)
class Value:
    """A tensor or nest of tensors that was stored in a variable or returned.

    ``location`` is the variable's name at the place of the store, or the return statement. ``assigned`` is
    False for variables of loops, ``with``, parameters of comprehensions and for returned values.
    """

    name: str
    location: Location
    function: str
    assigned: bool
    structure: Structure


@dataclass(frozen=True)
class PlainFault:
    """The exception that ended the run.

    ``frames`` are the failing expressions in the user's files, outermost first; ``layers`` the layers whose
    calls it ended, outermost first.
    """

    exception: str
    message: str
    frames: tuple[Location, ...]
    layers: tuple[LayerCall, ...]
    called: frozenset[str] = frozenset()
    """Names of the layers of which a call succeeded before."""

    @property
    def place(self) -> Location:
        """The expression the exception belongs to.

        It is the innermost failing one in the user's files, unless it was Keras that called the layer which
        failed, as for a layer in a Sequential model: then it is the expression that made the layer. Of a model that
        was built before it is the call with what does not fit.
        """
        for layer in reversed(self.layers):
            if layer.layer_name in self.called:
                break
            if layer.caller is not None or layer.user_frames < len(self.frames):
                break
            if layer.created is not None:
                return layer.created
        return self.frames[-1]

    @property
    def places(self) -> frozenset[Location]:
        """Every expression that the exception may be said to belong to.

        They are the failing ones in the user's files and those that made the layers which failed: data that does not
        fit a model is as much the matter of the call that gives it as of the layer that refuses it.
        """
        made = {layer.created for layer in self.layers if layer.created is not None}
        return frozenset({*self.frames, *made})


@dataclass(frozen=True)
class Report:
    """What a plain run did."""

    layers: tuple[CreatedLayer, ...]
    calls: tuple[LayerCall, ...]
    stores: tuple[Value, ...]
    returns: tuple[Value, ...]
    fault: PlainFault | None
    printed: str
    entered: frozenset[tuple[str, int]] = frozenset()
    """File and one-based first line of the functions, classes and comprehensions whose code ran."""
    seconds: float = 0.0
    cut_loops: int = 0
    """How many loops of the program were ended early in a short run."""


def plain_shapes(report: Report, path: Path, expected: ExpectedShape) -> tuple[str, ...]:
    """Return the shapes that a plain run had at the place of an expectation, each once, in order; () where none.

    The oracle knows calls of layers, creations of layers, stores and returns; the value of any other
    expression it does not know.
    """
    values = _values_at(report, str(path.absolute()), expected)
    if not values and not expected.explicit:
        values = _new_layers(report, str(path.absolute()), lambda span: span.line == expected.line)
    return tuple(dict.fromkeys(shape_text(value) for value in values if value is not None))


def _values_at(report: Report, path: str, expected: ExpectedShape) -> list[Structure | None]:
    if expected.span is None:
        return []
    place = Location(path, expected.span)
    if expected.target is not None:
        target = Location(path, expected.target)
        return [value.structure for value in report.stores if value.location == target]
    calls = [call.output for call in report.calls if call.caller == place]
    returned = [value.structure for value in report.returns if _is_return_of(value.location, place)]
    if calls or returned:
        return returned or list(calls)
    if expected.text.isidentifier():
        stored = [value for value in report.stores if value.name == expected.text and value.location.path == path]
        return [value.structure for value in stored if value.location.span < expected.span][-1:]
    return _new_layers(report, path, lambda span: span == expected.span)


def _is_return_of(statement: Location, value: Location) -> bool:
    same_end = (statement.span.end_line, statement.span.end_column) == (value.span.end_line, value.span.end_column)
    return statement.path == value.path and same_end


def _new_layers(report: Report, path: str, where: Callable[[Span], bool]) -> list[Structure | None]:
    names = {
        layer.layer_name
        for layer in report.layers
        if layer.created is not None and layer.created.path == path and where(layer.created.span)
    }
    return [call.output for call in report.calls if call.layer_name in names]


class OracleError(RuntimeError):
    """The run left no report; the message says what it printed."""


class Oracle:
    """Runs files plainly, each once in its lifetime; reports are kept in the folder it is given."""

    def __init__(
        self,
        folder: Path,
        interpreter: Path | None = None,
        variables: Mapping[str, str] | None = None,
        translated: Callable[[str], str] | None = None,
    ) -> None:
        """``variables`` are added to the environment; ``translated`` turns a file's text into the one that is run."""
        self._folder = folder
        self._variables = dict(variables or {})
        self._translated = translated
        self._interpreter = interpreter or Path(sys.executable)
        self._reports: dict[Path, Report] = {}
        self._isolated: dict[Path, tuple[Report, ...]] = {}

    def report(self, path: Path, directory: Path | None = None) -> Report:
        """Return what a plain run of the file does, in the working folder, its own unless one is given.

        Raises OracleError where the process died or ran past its time.
        """
        path = path.absolute()
        if path not in self._reports:
            run = path if self._translated is None else self._copy(path, self._text(path), 0)
            self._reports[path] = self._run(run, path, directory or path.parent)
        return self._reports[path]

    def isolated(self, path: Path) -> tuple[Report, ...]:
        """Return one report for each way the file fails, and one in which what is left of it runs to its end.

        A plain run stops at its first exception. So the statement that failed is taken out, without moving
        any other text, and the rest is run again, until nothing fails any more. Names that Keras gives
        to layers count from anew in each run.
        """
        path = path.absolute()
        if path not in self._isolated:
            self._isolated[path] = self._run_isolated(path)
        return self._isolated[path]

    def _run_isolated(self, path: Path) -> tuple[Report, ...]:
        reports = [self.report(path)]
        text = self._text(path)
        while (fault := reports[-1].fault) is not None:
            text = without_statement(text, fault.frames[0].span)
            reports.append(self._run(self._copy(path, text, len(reports)), path, path.parent))
        return tuple(reports)

    def _text(self, path: Path) -> str:
        text = path.read_text("utf-8")
        return text if self._translated is None else self._translated(text)

    def _copy(self, path: Path, text: str, number: int) -> Path:
        copy = self._folder / str(number) / path.name
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(text, "utf-8")
        return copy

    def _run(self, path: Path, called: Path, directory: Path) -> Report:
        """Run one file and report its places as those of the file it is called."""
        result = self._folder / f"{path.stem}.json"
        environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3", **self._variables}
        # A plain run would not see the folders that only the tests import from.
        environment.pop("PYTHONPATH", None)
        try:
            finished = subprocess.run(
                [str(self._interpreter), str(SCRIPT), str(path), str(result)],
                cwd=directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise OracleError(f"{path.name} ran for more than {SECONDS:.0f} s") from None
        if finished.returncode != 0 or not result.exists():
            errors = finished.stderr.decode("utf-8", "replace")
            raise OracleError(f"{path.name} left no report (exit status {finished.returncode}):\n{errors[-2000:]}")
        # In messages too, which name files where AutoGraph wrote them.
        run, known = (json.dumps(str(name))[1:-1].encode() for name in (path, called))
        plain = result.read_bytes().replace(run, known)
        return _report(json.loads(plain), finished.stdout.decode("utf-8", "replace"))


class ShortOracle:
    """Runs whole programs and notebooks with the oracle's ``--short``; reports outlive the process in a folder.

    A report is known by everything that it follows from: the program, the modules beside it that it imports, the
    scripts of the oracle and the versions of Python and Keras.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or Path(tempfile.gettempdir()) / f"shapelens-plain-runs-{getpass.getuser()}"
        self._folder.mkdir(mode=0o700, exist_ok=True)
        if os.name == "posix" and self._folder.stat().st_uid != os.getuid():
            raise OracleError(f"{self._folder} belongs to somebody else")

    def report(self, path: Path) -> Report:
        """Return what a short plain run of the program does.

        Raises OracleError where the process died or ran past its time.
        """
        path = path.absolute()
        result = self._folder / f"{path.stem}-{self._key(path)}.json"
        if not result.exists():
            self._run(path, result)
        return _report(json.loads(result.read_text("utf-8")), "")

    def _run(self, path: Path, result: Path) -> None:
        unfinished = result.with_suffix(f".{os.getpid()}")
        environment = dict(os.environ)
        # A plain run would not see the folders that only the tests import from.
        environment.pop("PYTHONPATH", None)
        try:
            finished = subprocess.run(
                [sys.executable, str(SCRIPT), "--short", str(path), str(unfinished)],
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SHORT_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise OracleError(f"{path.name} ran for more than {SHORT_SECONDS:.0f} s") from None
        if finished.returncode != 0 or not unfinished.exists():
            errors = finished.stderr.decode("utf-8", "replace")
            raise OracleError(f"{path.name} left no report (exit status {finished.returncode}):\n{errors[-2000:]}")
        unfinished.replace(result)

    @staticmethod
    def _key(path: Path) -> str:
        digest = hashlib.sha256(f"{sys.version} {importlib.metadata.version('keras')} {path}".encode())
        scripts = sorted(SCRIPT.parent / f"{name}.py" for name in SHORT_SCRIPTS)
        for file in (path, *_local_modules(path), *scripts):
            digest.update(file.read_bytes())
        return digest.hexdigest()[:16]


def _local_modules(path: Path) -> list[Path]:
    """Return the files of modules and packages beside a program whose names its text mentions after ``import``."""
    names = set(re.findall(r"(?:from|import)\s+(\w+)", path.read_text("utf-8")))
    single = [path.parent / f"{name}.py" for name in names]
    packages = [file for name in names for file in (path.parent / name).rglob("*.py")]
    return sorted(file for file in (*single, *packages) if file.is_file())


def without_statement(text: str, span: Span) -> str:
    """Return the text with ``pass`` in place of the top-level statement that holds the span.

    Statements inside ``if``, ``for``, ``with`` and ``try`` at the top level count as such themselves. No other
    text moves.
    """
    lines = text.split("\n")
    start_byte, end_byte = (
        len(lines[line][:column].encode("utf-8"))
        for line, column in ((span.line, span.column), (span.end_line, span.end_column))
    )
    # The columns of ``ast`` count UTF-8 bytes.
    statement = _innermost_statement(ast.parse(text).body, Span(span.line, start_byte, span.end_line, end_byte))
    first, last = statement.lineno - 1, (statement.end_lineno or 0) - 1
    start = len(lines[first].encode("utf-8")[: statement.col_offset].decode("utf-8"))
    end = len(lines[last].encode("utf-8")[: statement.end_col_offset].decode("utf-8"))
    for line in range(first, last + 1):
        left = start if line == first else 0
        right = end if line == last else len(lines[line])
        gone = "pass" if line == first else ""
        lines[line] = lines[line][:left] + gone.ljust(right - left) + lines[line][right:]
    return "\n".join(lines)


def _innermost_statement(body: list[ast.stmt], span: Span) -> ast.stmt:
    (statement,) = (
        item
        for item in body
        if (item.lineno - 1, item.col_offset) <= (span.line, span.column)
        and (span.end_line, span.end_column) <= ((item.end_lineno or 0) - 1, item.end_col_offset or 0)
    )
    if isinstance(statement, (ast.If, ast.For, ast.While, ast.With, ast.Try)):
        inner = [item for item in ast.iter_child_nodes(statement) if isinstance(item, ast.stmt)]
        if any(item.lineno - 1 <= span.line <= (item.end_lineno or 0) - 1 for item in inner):
            return _innermost_statement(inner, span)
    return statement


def _report(plain: Any, printed: str) -> Report:
    fault = plain["fault"]
    return Report(
        layers=tuple(_layer(item) for item in plain["layers"]),
        calls=tuple(_call(item) for item in plain["calls"]),
        stores=tuple(_value(item) for item in plain["stores"]),
        returns=tuple(_value(item) for item in plain["returns"]),
        fault=None
        if fault is None
        else PlainFault(
            exception=fault["exception"],
            message=fault["message"],
            frames=tuple(location for location in map(_location, fault["frames"]) if location),
            layers=tuple(_call(item) for item in fault["layers"]),
            called=frozenset(item["layer"] for item in plain["calls"] if item["output"] is not None),
        ),
        printed=printed,
        entered=frozenset((path, line) for path, line, _ in plain["entered"]),
        seconds=plain.get("seconds", 0.0),
        cut_loops=plain.get("cut_loops", 0),
    )


def _layer(plain: Any) -> CreatedLayer:
    declared = plain["declared"]
    return CreatedLayer(
        plain["layer"],
        plain["class"],
        _location(plain["created"]),
        None if declared is None else (_structure(declared["input"]), _structure(declared["output"])),
    )


def _call(plain: Any) -> LayerCall:
    return LayerCall(
        layer_name=plain["layer"],
        type_name=plain["class"],
        arguments=tuple(_structure(item) for item in plain["arguments"]),
        named={name: _structure(item) for name, item in plain["named"].items()},
        caller=_location(plain["caller"]),
        output=_structure(plain["output"]) if plain.get("output") is not None else None,
        created=_location(plain.get("created")),
        user_frames=plain["user_frames"],
    )


def _value(plain: Any) -> Value:
    location = _location(plain["place"])
    assert location is not None, "the oracle logs values at places of the user's files only"
    return Value(plain["name"], location, plain["place"]["function"], plain["assigned"], _structure(plain["value"]))


def _location(plain: Any) -> Location | None:
    return None if plain is None else Location(plain["path"], Span(*plain["span"]))


def _structure(plain: Any) -> Structure:
    if isinstance(plain, list):
        return Items(tuple(_structure(item) for item in plain))
    if "entries" in plain:
        return Entries({name: _structure(item) for name, item in plain["entries"].items()})
    shape = plain["shape"]
    return TensorSpec(None if shape is None else tuple(shape), plain["dtype"])
