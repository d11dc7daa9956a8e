"""The report as SARIF 2.1.0: what the standard requires, and what code scanning reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shapelens.cli.reports.sarif import as_sarif, sarif_report
from shapelens.diagnostics import RULES
from shapelens.diagnostics.model import Diagnostic, Related, Severity
from shapelens.diagnostics.not_evaluated import skipped
from shapelens.evaluation.problem import EnvironmentProblem
from shapelens.source.notebook import cell_path
from shapelens.worker.contract import Location, Span
from support.fixes import RANK, broken_file, broken_notebook, change, fix, insertion, report_of
from support.made import Source

REQUIRED = {
    "runs": {"tool"},
    "driver": {"name"},
    "rules": {"id"},
    "results": {"message"},
    "artifactChanges": {"artifactLocation", "replacements"},
    "replacements": {"deletedRegion"},
    "fixes": {"artifactChanges"},
    "invocations": {"executionSuccessful"},
    "toolExecutionNotifications": {"message"},
    "relatedLocations": {"physicalLocation"},
    "locations": {"physicalLocation"},
    "shortDescription": {"text"},
    "fullDescription": {"text"},
    "help": {"text"},
    "message": {"text"},
}
"""What objects must have, by the name of the property that they are a value or an item of."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check_required(value: Any, name: str = "") -> None:
    """Fail where an object lacks what the standard requires, or a line or column is below one."""
    if isinstance(value, list):
        for item in value:
            check_required(item, name)
    elif isinstance(value, dict):
        assert REQUIRED.get(name, set()) <= value.keys(), (name, value)
        for key, item in value.items():
            if key.endswith(("Line", "Column")):
                assert item >= 1
            check_required(item, key)


def run_of(*files: Any) -> dict[str, Any]:
    plain = as_sarif(report_of(*files))
    check_required(plain)
    (run,) = plain["runs"]
    return run


def test_the_frame_names_version_tool_and_rules(folder: Path) -> None:
    plain = json.loads(sarif_report(report_of()))
    assert plain["version"] == "2.1.0" and plain["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = plain["runs"]
    assert run["columnKind"] == "utf16CodeUnits" and run["results"] == []
    assert run["invocations"] == [{"executionSuccessful": True}]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.code for rule in RULES]
    for rule in rules:
        assert rule["shortDescription"]["text"].endswith(".") and "\n" not in rule["fullDescription"]["text"]
        assert "```python\n" in rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")


def test_a_result_has_its_place_rule_and_fixes(folder: Path) -> None:
    source = Source('名 = "😀"; y = layers.LSTM(3)(x)\n', str(folder / "my models" / "a.py"))
    found = fix(
        "Insert RepeatVector(4)",
        insertion(source, "名", "import keras\n"),
        change(source, "x", "layers.RepeatVector(4)(x)"),
    )
    run = run_of(broken_file(source, "layers.LSTM(3)(x)", found))
    (result,) = run["results"]
    artifact = {"uri": "my%20models/a.py", "uriBaseId": "%SRCROOT%"}
    assert "%SRCROOT%" in run["originalUriBaseIds"]
    region = {"startLine": 1, "startColumn": 15, "endLine": 1, "endColumn": 32}
    assert result["locations"] == [{"physicalLocation": {"artifactLocation": artifact, "region": region}}]
    assert (result["ruleId"], result["level"], result["message"]) == ("layer-rank-mismatch", "error", {"text": RANK})
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "layer-rank-mismatch"
    (only,) = result["fixes"]
    assert only["description"] == {"text": "Insert RepeatVector(4)"}
    (file,) = only["artifactChanges"]
    assert file == {
        "artifactLocation": artifact,
        "replacements": [
            {
                "deletedRegion": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1},
                "insertedContent": {"text": "import keras\n"},
            },
            {
                "deletedRegion": {"startLine": 1, "startColumn": 30, "endLine": 1, "endColumn": 31},
                "insertedContent": {"text": "layers.RepeatVector(4)(x)"},
            },
        ],
    }


def test_related_places_and_files_elsewhere(folder: Path) -> None:
    source = Source("LSTM(3)", str(folder / "model.py"))
    file = broken_file(source, "LSTM(3)")
    (error,) = file.diagnostics
    caller = Location("/elsewhere/caller.py", Span(0, 0, 0, 0))
    told = Diagnostic(
        error.code, error.severity, error.location, error.message, (Related(caller, "called from here"),) * 2
    )
    analysed = type(file)(file.path, file.shown, file.text, file.status, (told,))
    (result,) = run_of(analysed)["results"]
    (related,) = result["relatedLocations"]
    assert related["message"] == {"text": "called from here"}
    assert related["physicalLocation"]["artifactLocation"] == {"uri": Path("/elsewhere/caller.py").as_uri()}


def test_places_in_notebooks_are_said_in_words(folder: Path) -> None:
    cell = Source("x = 1\nLSTM(3)", cell_path(str(folder / "book.ipynb"), 4))
    error = Diagnostic("keras-error", Severity.ERROR, cell.place("LSTM(3)"), "Wrong.")
    (result,) = run_of(broken_notebook(cell, 4, error, fix("Insert", change(cell, "3", "4"))))["results"]
    assert result["message"] == {"text": "Cell 5, line 2: Wrong."}
    assert result["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": "book.ipynb", "uriBaseId": "%SRCROOT%"}}}
    ]
    assert "fixes" not in result


def test_hints_are_notes(folder: Path) -> None:
    source = Source("x = load()", str(folder / "model.py"))
    file = broken_file(source, "load()")
    hint = skipped(source.place("load()"), "Nothing defines load.")
    (result,) = run_of(type(file)(file.path, file.shown, file.text, file.status, (hint,)))["results"]
    assert (result["ruleId"], result["level"]) == ("not-evaluated", "note")


def test_a_problem_of_the_environment_is_no_success() -> None:
    plain = as_sarif(report_of(), EnvironmentProblem("There is no Keras.", "Install it."))
    check_required(plain)
    (invocation,) = plain["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["message"]["text"] == "There is no Keras. Install it."
