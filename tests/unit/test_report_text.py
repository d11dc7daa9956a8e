"""The report for people, letter by letter."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest

from shapelens.cli.reports.model import EnvironmentReport, FileReport, Report
from shapelens.cli.reports.text import TextReport
from shapelens.cli.terminal import Terminal
from shapelens.diagnostics import diagnose
from shapelens.diagnostics.model import Severity
from shapelens.diagnostics.not_evaluated import skipped
from shapelens.evaluation.analysis import Status
from shapelens.worker.contract import Fault, Frame, Kind, Location, Skip, SkipReason, Span
from support.made import READY, Source, spec

ENVIRONMENT = EnvironmentReport.of(READY)
RANK = "Input 0 with name 'None' of layer 'lstm' is incompatible with the layer: expected ndim=3, found ndim=2."

CNN = '''\
"""A classifier."""
import keras
from keras import layers

model = keras.Sequential([
    keras.Input((28, 28, 1)),
    layers.Conv2D(32, 3),
    layers.Flatten(),
    layers.LSTM(10),
])
'''


class Stream(io.StringIO):
    """A terminal of some width, or a file."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def printed(report: Report, *, width: int | None = None, color: str = "never", encoding: str = "utf-8") -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True)
    terminal = Terminal(stream, color)
    if width is not None:
        terminal.is_interactive = True
        terminal.console.width = width
    TextReport(terminal).print(report)
    return stream.buffer.getvalue().decode(encoding)


def report_of(*files: FileReport) -> Report:
    return Report(ENVIRONMENT, files, 1.234)


def file_of(source: Source, shown: str = "model.py", **seen) -> FileReport:
    analysis = source.analysis(**seen)
    return FileReport(Path(source.path), shown, source.text, analysis.status, diagnose(analysis), analysis)


def cnn(name: str = "model.py") -> FileReport:
    source = Source(CNN, f"/project/{name}")
    whole = CNN[CNN.index("keras.Sequential") : CNN.index("])") + 2]
    fault = Fault(source.place("layers.LSTM(10)"), "ValueError", RANK, origin="keras", layer="LSTM", layer_name="lstm")
    return file_of(
        source,
        name,
        observations=(
            source.layer(
                whole, "Sequential", spec(None, 10), input=spec(None, 28, 28, 1), kind=Kind.MODEL, parameters=34826
            ),
            source.layer("layers.Conv2D(32, 3)", "Conv2D", spec(None, 26, 26, 32), parameters=320),
            source.layer("layers.Flatten()", "Flatten", spec(None, 21632)),
        ),
        faults=(replace(fault, frames=(Frame(source.place(whole), "<module>"),)),),
    )


def test_a_single_short_file_is_shown_as_a_whole() -> None:
    assert printed(report_of(cnn())) == (
        """\
Python 3.11.7 · Keras 3.15.1 on tensorflow · TensorFlow 2.21.0 · cpu · sandbox strict

model.py
  1 │ \"""A classifier.\"""
  2 │ import keras
  3 │ from keras import layers
  4 │
  5 │ model = keras.Sequential([  Model (None, 28, 28, 1) → (None, 10) · 34,826 parameters
  6 │     keras.Input((28, 28, 1)),
  7 │     layers.Conv2D(32, 3),   → (None, 26, 26, 32)
  8 │     layers.Flatten(),       → (None, 21632)
  9 │     layers.LSTM(10),
    │     ^^^^^^^^^^^^^^^
    │ error[layer-rank-mismatch]: """
        + RANK
        + """
 10 │ ])                          → (None, 10)
2 layers · 1 error · 0.01 s
"""
    )


def test_on_a_narrow_terminal_notes_and_messages_are_wrapped() -> None:
    assert printed(report_of(cnn()), width=60).splitlines()[3:] == [
        '  1 │ """A classifier."""',
        "  2 │ import keras",
        "  3 │ from keras import layers",
        "  4 │",
        "  5 │ model = keras.Sequential([",
        "    │ Model (None, 28, 28, 1) → (None, 10) · 34,826 parameters",
        "  6 │     keras.Input((28, 28, 1)),",
        "  7 │     layers.Conv2D(32, 3),   → (None, 26, 26, 32)",
        "  8 │     layers.Flatten(),       → (None, 21632)",
        "  9 │     layers.LSTM(10),",
        "    │     ^^^^^^^^^^^^^^^",
        "    │ error[layer-rank-mismatch]: Input 0 with name 'None'",
        "    │   of layer 'lstm' is incompatible with the layer:",
        "    │   expected ndim=3, found ndim=2.",
        " 10 │ ])                          → (None, 10)",
        "2 layers · 1 error · 0.01 s",
    ]


def test_where_the_encoding_has_no_arrows_ascii_stands_for_them() -> None:
    lines = printed(report_of(cnn()), encoding="ascii").splitlines()
    assert "  7 |     layers.Conv2D(32, 3),   -> (None, 26, 26, 32)" in lines
    assert lines[-1] == "2 layers - 1 error - 0.01 s"


def test_carets_stand_under_wide_characters_and_tabs() -> None:
    source = Source('if True:\n\t名 = "循环😀"; x =\tbad(x)\n')
    fault = Fault(source.place("bad(x)"), "ValueError", "no", origin="keras")
    lines = printed(report_of(file_of(source, faults=(fault,)))).splitlines()
    # Tabs reach to the next multiple of four cells, and each of the five wide characters takes two.
    assert lines[4] == ' 2 │     名 = "循环😀"; x =  bad(x)'
    assert lines[5] == "   │                         ^^^^^^"


def test_characters_that_control_a_terminal_do_not_reach_it() -> None:
    source = Source('x = "\x1b[2J\x07\u202e"; bad(x)\n')
    fault = Fault(source.place("bad(x)"), "ValueError", "clear \x1b]0;title\x07", origin="keras")
    text = printed(report_of(file_of(source, faults=(fault,))))
    assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert ' 1 │ x = "␛[2J␇\ufffd"; bad(x)' in text


def test_of_a_long_file_the_lines_around_are_shown() -> None:
    filler = "".join(f"a{number} = {number}\n" for number in range(100))
    source = Source(f"{filler}x = keras.Input((3,))\n{filler}y = bad(x)\n{filler}")
    fault = Fault(source.place("bad(x)"), "ValueError", "no", origin="keras")
    seen = {"observations": (source.tensor("keras.Input((3,))", (None, 3)),), "faults": (fault,)}
    assert printed(report_of(file_of(source, **seen))).splitlines()[3:] == [
        " 101 │ x = keras.Input((3,))  (None, 3)",
        "   ⋮",
        " 200 │ a98 = 98",
        " 201 │ a99 = 99",
        " 202 │ y = bad(x)",
        "     │     ^^^^^^",
        "     │ error[keras-error]: no",
        " 203 │ a0 = 0",
        " 204 │ a1 = 1",
        "0 layers · 1 error · 0.01 s",
    ]


def test_calls_elsewhere_are_quoted() -> None:
    source = Source("def block(x):\n    return bad(x)\n\ny = block(3)\n")
    frames = (Frame(Location("/else/where.py", Span(7, 0, 7, 5)), "main"), Frame(source.place("block(3)"), "<module>"))
    fault = Fault(source.place("bad(x)"), "ValueError", "no", frames, "keras")
    lines = printed(report_of(file_of(source, faults=(fault,)))).splitlines()
    assert lines[lines.index("   │ error[keras-error]: no") :][1:3] == [
        "   │   line 4: called from here: block(3)",
        "   │   /else/where.py:8: called from here in main()",
    ]


def test_what_was_not_evaluated_is_told_quietly() -> None:
    source = Source("x = unknown(3)\ny = x + 1\n")
    unknown = Skip(source.place("x = unknown(3)"), SkipReason.UNKNOWN_NAME, "unknown is not defined.", "unknown")
    depends = Skip(
        source.place("y = x + 1"), SkipReason.DEPENDS_ON_UNKNOWN, "x has no value.", "x", source.place("x = unknown(3)")
    )
    assert printed(report_of(file_of(source, skips=(unknown, depends)))).splitlines()[3:] == [
        " 1 │ x = unknown(3)  not evaluated: unknown is not defined.",
        " 2 │ y = x + 1       not evaluated",
        "0 layers · no errors · 2 statements not evaluated · 0.01 s",
    ]


def test_what_several_statements_of_a_line_leave_out_is_told_once() -> None:
    source = Source("x = unknown(3)\ny = x + 1; z = x + 2\n")
    origin = source.place("x = unknown(3)")
    skips = tuple(
        Skip(source.place(piece), SkipReason.DEPENDS_ON_UNKNOWN, "x has no value.", "x", origin)
        for piece in ("y = x + 1", "z = x + 2")
    )
    assert " 2 │ y = x + 1; z = x + 2  not evaluated" in printed(report_of(file_of(source, skips=skips))).splitlines()


def test_an_error_at_the_end_of_the_text_is_shown() -> None:
    source = Source("x = (1,\n")
    fault = Fault(Location(source.path, Span(1, 0, 1, 0)), "SyntaxError", "unexpected EOF")
    assert printed(report_of(file_of(source, faults=(fault,)))).splitlines()[3:7] == [
        " 1 │ x = (1,",
        " 2 │",
        "   │ ^",
        "   │ error[not-evaluated]: SyntaxError: unexpected EOF",
    ]


def test_several_files_are_summed_up() -> None:
    assert printed(report_of(cnn(), cnn("other.py"))).splitlines()[-2:] == [
        "",
        "2 files · 4 layers · 2 errors · 1.23 s",
    ]


def test_of_many_files_those_without_errors_take_one_line() -> None:
    good = file_of(Source("x = 1\n"), observations=())
    files = [replace(good, path=Path(f"/project/{name}.py"), shown=f"{name}.py") for name in "abcdefgh"]
    lines = printed(report_of(*files, cnn())).splitlines()
    assert lines[1:4] == [
        "a.py      0 layers · no errors · 0.01 s",
        "b.py      0 layers · no errors · 0.01 s",
        "c.py      0 layers · no errors · 0.01 s",
    ]
    assert "model.py" in lines
    assert lines[-1] == "9 files · 2 layers · 1 error · 1.23 s"


def test_files_without_text_still_say_why() -> None:
    place = Location("/project/a.py", Span(0, 0, 0, 0))
    failed = FileReport(
        Path("/project/a.py"), "a.py", "", Status.FAILED, (skipped(place, "It is not valid utf-8.", Severity.ERROR),)
    )
    assert printed(Report(EnvironmentReport(), (failed,), 0.1)).splitlines() == [
        "",
        "a.py",
        "error[not-evaluated]: It is not valid utf-8.",
        "0 layers · 1 error · 0.00 s",
    ]


def test_without_files_the_report_says_so() -> None:
    assert printed(Report(EnvironmentReport(), (), 0.1)) == "No file imports Keras or TensorFlow.\n"


@pytest.mark.parametrize(
    ("choice", "environ", "terminal", "colored"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1", "TERM": "dumb"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_colours_follow_the_option_the_environment_and_the_terminal(
    choice: str, environ: dict[str, str], terminal: bool, colored: bool
) -> None:
    stream = Stream(terminal)
    TextReport(Terminal(stream, choice, environ)).print(report_of(cnn()))
    assert ("\x1b[" in stream.getvalue()) is colored


def test_colours_change_nothing_but_colours() -> None:
    colored = printed(report_of(cnn()), color="always")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", colored)
    assert plain == printed(report_of(cnn()))
