"""The JSON report, which other programs rely on."""

from __future__ import annotations

import json
from pathlib import Path

from shapelens.cli.reports.json import as_plain, json_report
from shapelens.cli.reports.model import EnvironmentReport, FileReport, Report
from shapelens.cli.reports.places import by_place
from shapelens.diagnostics import diagnose
from shapelens.evaluation.analysis import Status
from shapelens.worker.contract import (
    Entries,
    Fault,
    Frame,
    Items,
    Kind,
    Location,
    Observation,
    Role,
    Span,
    TensorSpec,
)
from support.made import READY, Source, spec

SOURCE = Source('名 = "😀"; x = keras.Input((3,))\ny = layers.Dense(2)(x)\nz = bad(y)\n')


def report_of(*files: FileReport) -> Report:
    return Report(EnvironmentReport.of(READY), by_place(files), 1.0)


def file_of(source: Source, **seen) -> FileReport:
    analysis = source.analysis(**seen)
    return FileReport(
        Path(source.path), Path(source.path).name, source.text, analysis.status, diagnose(analysis), analysis
    )


def observed(structure, **more) -> Observation:
    return Observation(
        SOURCE.place("x"), Kind.TENSOR, Role.STATEMENT, "Name", "x", "KerasTensor", output=structure, **more
    )


def shape_of(structure) -> object:
    (file,) = as_plain(report_of(file_of(SOURCE, observations=(observed(structure),))))["files"]
    return file["shapes"][0]["shape"]


def test_the_whole_report() -> None:
    fault = Fault(
        SOURCE.place("bad(y)"),
        "ValueError",
        "axes don't match array",
        (Frame(SOURCE.place("z = bad(y)"), "<module>"),),
        "numpy",
    )
    dense = SOURCE.layer("layers.Dense(2)", "Dense", spec(None, 2), input=spec(None, 3), parameters=8)
    seen = {"observations": (SOURCE.tensor("keras.Input((3,))", (None, 3)), dense), "faults": (fault,)}
    plain = as_plain(report_of(file_of(SOURCE, **seen)))
    assert plain == {
        "version": 1,
        "environment": {
            "python": "3.11.7",
            "keras": "3.15.1",
            "backend": "tensorflow",
            "tensorflow": "2.21.0",
            "device": "cpu",
            "sandbox": "strict",
        },
        "files": [
            {
                "path": "model.py",
                "status": "partial",
                "elapsed_ms": 12,
                "diagnostics": [
                    {
                        "code": "operation-shape-mismatch",
                        "severity": "error",
                        "range": {"start": {"line": 2, "character": 4}, "end": {"line": 2, "character": 10}},
                        "message": "axes don't match array",
                        "related": [
                            {
                                "path": "model.py",
                                "range": {"start": {"line": 2, "character": 0}, "end": {"line": 2, "character": 10}},
                                "message": "called from here",
                            }
                        ],
                        "fixes": [],
                    }
                ],
                "shapes": [
                    {
                        # UTF-16: the emoji counts two, the ideograph one.
                        "range": {"start": {"line": 0, "character": 14}, "end": {"line": 0, "character": 31}},
                        "name": "x",
                        "kind": "tensor",
                        "input": None,
                        "shape": [None, 3],
                        "dtype": "float32",
                        "params": None,
                        "count": 1,
                    },
                    {
                        "range": {"start": {"line": 1, "character": 4}, "end": {"line": 1, "character": 19}},
                        "name": "dense",
                        "kind": "layer",
                        "input": [None, 3],
                        "shape": [None, 2],
                        "dtype": "float32",
                        "params": 8,
                        "count": 1,
                    },
                ],
            }
        ],
    }


def test_keys_come_in_the_order_of_the_contract() -> None:
    plain = as_plain(report_of(file_of(SOURCE, observations=(observed(spec(3)),))))
    assert list(plain) == ["version", "environment", "files"]
    assert list(plain["files"][0]) == ["path", "status", "elapsed_ms", "diagnostics", "shapes"]
    assert list(plain["files"][0]["shapes"][0]) == [
        "range", "name", "kind", "input", "shape", "dtype", "params", "count",
    ]  # fmt: skip


def test_structures_are_lists_and_objects_of_shapes() -> None:
    pair = Items((spec(None, 3), TensorSpec((2,), "int64")))
    assert shape_of(pair) == [[None, 3], [2]]
    assert shape_of(Entries({"a": spec(), "b": pair})) == {"a": [], "b": [[None, 3], [2]]}
    assert shape_of(TensorSpec(None, "float32")) is None
    assert shape_of(None) is None


def test_several_types_are_named_once_each() -> None:
    pair = Items((spec(1), TensorSpec((2,), "int64"), spec(3)))
    plain = as_plain(report_of(file_of(SOURCE, observations=(observed(pair), observed(None)))))
    assert [item["dtype"] for item in plain["files"][0]["shapes"]] == ["float32, int64", None]


def test_a_fault_in_a_local_module_is_reported_there(tmp_path: Path) -> None:
    module = tmp_path / "blocks.py"
    module.write_text('"😀"; bad()\n')
    place = Location(str(module), Span(0, 5, 0, 10))
    fault = Fault(place, "ValueError", "no", (Frame(SOURCE.place("bad(y)"), "<module>"),), "keras")
    files = as_plain(report_of(file_of(SOURCE, faults=(fault,))))["files"]
    assert [(file["path"], file["status"], len(file["diagnostics"])) for file in files] == [
        ("model.py", "failed", 0),
        (module.as_posix(), "partial", 1),
    ]
    (diagnostic,) = files[1]["diagnostics"]
    assert diagnostic["range"] == {"start": {"line": 0, "character": 6}, "end": {"line": 0, "character": 11}}
    assert diagnostic["related"][0]["path"] == "model.py"


def test_what_two_programs_find_in_a_module_is_reported_once(tmp_path: Path) -> None:
    module = Source("bad()\n", str(tmp_path / "blocks.py"))
    fault = Fault(module.place("bad()"), "ValueError", "no", origin="keras")
    files = as_plain(report_of(file_of(SOURCE, faults=(fault,)), file_of(module, faults=(fault,))))["files"]
    assert [len(file["diagnostics"]) for file in files] == [0, 1]


def test_the_text_is_ascii_whatever_the_names_are() -> None:
    text = json_report(report_of(file_of(Source("x = 1\n"), observations=())))
    assert text.isascii()
    assert json.loads(text)["files"][0]["status"] == "evaluated"
    odd = FileReport(Path("/project/\udcff.py"), "\udcff.py", "", Status.SKIPPED)
    text = json_report(report_of(odd))
    assert text.isascii()
    assert json.loads(text)["files"][0]["path"] == "\udcff.py"
