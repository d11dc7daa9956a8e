"""Rounds of fixes in memory, with evaluations that are told by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from shapelens.cli.checked import Checked
from shapelens.cli.evaluations import Evaluated, Target
from shapelens.cli.fixing import MOST_ROUNDS, evaluated_again, with_fixes, written
from shapelens.cli.limited import Limited
from shapelens.cli.reports.model import FileReport, Part
from shapelens.diagnostics import diagnose
from shapelens.evaluation.analysis import Analysis, Status
from shapelens.evaluation.evaluator import EvaluationRequest, HostKey
from shapelens.repairs.model import Fix, TextEdit
from shapelens.source.notebook import CellCode, NotebookCode, cell_path
from shapelens.worker.contract import Fault, Location, Program, Span
from support.made import Source

Result = Callable[[str], dict[str, tuple[Fix, ...]]]
"""From a text to the pieces of it that are errors, and their fixes."""


def evaluated(target: Target, result: Result) -> Evaluated:
    source = Source(target.text, str(target.path))
    found = result(target.text)
    faults = tuple(Fault(source.place(piece), "ValueError", piece, origin="keras") for piece in found)
    analysis = source.analysis(faults=faults)
    return Evaluated(analysis, fixes={item: found[item.message] for item in diagnose(analysis)})


class Evaluating:
    """Evaluates as it is told, and remembers the rounds."""

    def __init__(self, result: Result) -> None:
        self.result = result
        self.rounds: list[tuple[list[str], dict[str, str]]] = []

    async def __call__(self, targets: Sequence[Target], beside: Mapping[str, str]) -> Mapping[Target, Evaluated]:
        self.rounds.append(([target.text for target in targets], dict(beside)))
        return {target: evaluated(target, self.result) for target in targets}

    def first(self, path: Path, text: str) -> Checked:
        target = Target(path, text, path.parent, path.parent, data=text.encode())
        report = FileReport(path, path.name, text, Status.SKIPPED)
        return Checked(target, report).with_result(evaluated(target, self.result), {})


def replacing(text: str, piece: str, new: str, preferred: bool = True, verified: bool = True) -> tuple[Fix, ...]:
    return (Fix("made", f"{piece} to {new}", (TextEdit(Source(text).span(piece), new),), preferred, verified),)


def test_rounds_go_on_while_something_preferred_is_left() -> None:
    def result(text: str) -> dict[str, tuple[Fix, ...]]:
        if "bad1" in text:
            return {"bad1": replacing(text, "bad1", "good")}
        if "bad2" in text:  # seen only once the first is gone
            return {"bad2": replacing(text, "bad2", "good")}
        return {"bad3": replacing(text, "bad3", "good", preferred=False)}

    evaluating = Evaluating(result)
    file = evaluating.first(Path("/p/model.py"), "bad1\nbad2\nbad3\n")
    (change,) = asyncio.run(with_fixes([file], evaluating))
    assert change.after.target.text == "good\ngood\nbad3\n"
    assert [fix.title for fix in change.fixes] == ["bad1 to good", "bad2 to good"]
    assert [item.message for item in change.after.report.diagnostics] == ["bad3"]
    assert [texts for texts, _ in evaluating.rounds] == [["good\nbad2\nbad3\n"], ["good\ngood\nbad3\n"]]


def test_what_is_not_preferred_or_not_verified_stays() -> None:
    def result(text: str) -> dict[str, tuple[Fix, ...]]:
        return {
            "bad1": replacing(text, "bad1", "good", preferred=False),
            "bad2": replacing(text, "bad2", "good", verified=False),
        }

    evaluating = Evaluating(result)
    (change,) = asyncio.run(with_fixes([evaluating.first(Path("/p/model.py"), "bad1 bad2")], evaluating))
    assert (change.fixes, change.texts, evaluating.rounds) == ((), {}, [])


def test_fixes_that_are_wrong_together_are_applied_one_by_one() -> None:
    def result(text: str) -> dict[str, tuple[Fix, ...]]:
        if text == "good good":
            return dict.fromkeys(("good", "good good", "ood"), ())
        return {piece: replacing(text, piece, "good") for piece in ("bad1", "bad2") if piece in text}

    evaluating = Evaluating(result)
    (change,) = asyncio.run(with_fixes([evaluating.first(Path("/p/model.py"), "bad1 bad2")], evaluating))
    assert [texts for texts, _ in evaluating.rounds] == [["good good"], ["good bad2"], ["good good"]]
    assert len(change.fixes) == 2


def test_fixes_that_undo_each_other_come_to_an_end() -> None:
    def result(text: str) -> dict[str, tuple[Fix, ...]]:
        return {text: replacing(text, text, "two" if text == "one" else "one")}

    evaluating = Evaluating(result)
    asyncio.run(with_fixes([evaluating.first(Path("/p/model.py"), "one")], evaluating))
    assert len(evaluating.rounds) == MOST_ROUNDS


def test_files_are_evaluated_beside_what_the_others_became(tmp_path: Path) -> None:
    def result(text: str) -> dict[str, tuple[Fix, ...]]:
        return {"bad": replacing(text, "bad", "good")} if "bad" in text else {}

    evaluating = Evaluating(result)
    paths = [tmp_path / name for name in ("a.py", "b.py", "c.py")]
    texts = ["bad a", "bad b", "sound"]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    files = [evaluating.first(path, text) for path, text in zip(paths, texts, strict=True)]
    changes = asyncio.run(with_fixes(files, evaluating))
    new = {str(paths[0]): "good a", str(paths[1]): "good b"}
    assert evaluating.rounds == [(["good a", "good b"], new)]
    done, refused = written([change for change in changes if change.texts])
    assert (len(done), refused) == (2, ())
    assert [path.read_text() for path in paths] == ["good a", "good b", "sound"]
    # The third file may import the others, which are not what they were.
    again = asyncio.run(evaluated_again(files, done, evaluating))
    assert evaluating.rounds[1:] == [(["sound"], {})]
    assert [file.target.text for file in again] == ["good a", "good b", "sound"]


def test_a_file_that_is_refused_is_reported_as_it_was(tmp_path: Path) -> None:
    def result(text: str) -> dict[str, tuple[Fix, ...]]:
        return {"bad": replacing(text, "bad", "good")} if "bad" in text else {}

    evaluating = Evaluating(result)
    path = tmp_path / "a.py"
    path.write_text("bad")
    files = [evaluating.first(path, "bad")]
    changes = asyncio.run(with_fixes(files, evaluating))
    path.write_text("somebody else was here")
    done, refused = written(changes)
    assert (done, refused) == ((), ("a.py was left as it is: it has changed meanwhile.",))
    (file,) = asyncio.run(evaluated_again(files, done, evaluating))
    assert (file.target.text, file.error_count) == ("bad", 1)


@pytest.mark.parametrize("margin", ["", "    "])
def test_fixes_of_a_notebook_are_made_in_its_cells(margin: str) -> None:
    def result(text: str) -> dict[str, tuple[Fix, ...]]:
        if "bad" not in text:
            return {}
        needed = TextEdit(Span(0, 0, 0, 0), "import keras\n")
        return {"bad": (Fix("made", "both", (needed, TextEdit(Source(text).span("bad"), "good(\n    2\n)")), True),)}

    path = Path("/p/book.ipynb")
    parts = (
        Part(cell_path(str(path), 0), "x = 1", 0),
        Part(cell_path(str(path), 2), f"{margin}y = bad\n{margin}z = y", 2),
    )
    code = NotebookCode(str(path), [CellCode(part.path, part.text) for part in parts])
    target = Target(path, code.text, path.parent, path.parent, code)
    report = FileReport(path, path.name, "", Status.SKIPPED, cells=parts)
    evaluating = Evaluating(result)
    file = Checked(target, report).with_result(evaluated(target, result), {})
    (change,) = asyncio.run(with_fixes([file], evaluating))
    assert change.texts == {
        parts[0].path: "import keras\nx = 1",
        parts[1].path: f"{margin}y = good(\n{margin}    2\n{margin})\n{margin}z = y",
    }
    assert change.after.report.diagnostics == ()
    assert evaluating.rounds[0][1] == {}


def test_an_edit_that_no_cell_holds_takes_its_fix_along() -> None:
    path = Path("/p/book.ipynb")
    cells = [CellCode(cell_path(str(path), number), text) for number, text in enumerate(["!ls\nbad", "y = 2", "x = ("])]
    code = NotebookCode(str(path), cells)
    target = Target(path, code.text, path.parent, path.parent, code)
    parts = tuple(Part(cell.path, cell.lines.text, number) for number, cell in enumerate(cells))
    report = FileReport(path, path.name, "", Status.SKIPPED, cells=parts)

    def titles(*spans: Span) -> list[str]:
        def result(_: str) -> dict[str, tuple[Fix, ...]]:
            return {"bad": tuple(Fix("made", str(span), (TextEdit(span, ""),)) for span in spans)}

        file = Checked(target, report).with_result(evaluated(target, result), {})
        return [fix.title for fixes in file.report.fixes.values() for fix in fixes]

    inside, shell, across, broken = Span(1, 0, 1, 3), Span(0, 0, 0, 0), Span(1, 0, 2, 1), Span(3, 0, 3, 0)
    assert titles(inside, shell, across, broken) == [str(inside)]
    assert Location(cells[0].path, Span(1, 0, 1, 3)) == code.located(Location(str(path), inside))


class Slow:
    """An evaluator that counts how many evaluations run at the same time."""

    def __init__(self) -> None:
        self.running = 0
        self.most = 0

    async def evaluate(
        self, request: EvaluationRequest, on_analysis: object = None, on_stage: object = None
    ) -> Analysis:
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0.01)
        self.running -= 1
        return Source("x = 1").analysis()

    async def restart(self) -> None:
        raise AssertionError

    async def close(self) -> None:
        raise AssertionError


def test_no_more_evaluations_run_at_a_time_than_are_allowed() -> None:
    request = EvaluationRequest(HostKey(Path("/env/bin/python")), Program("/p/model.py", "x = 1", "/p"))

    async def evaluate() -> int:
        slow = Slow()
        limited = Limited(slow, 2)
        await asyncio.gather(*(limited.evaluate(request) for _ in range(7)))
        return slow.most

    assert asyncio.run(evaluate()) == 2
