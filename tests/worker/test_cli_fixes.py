"""Fixes on the command line: real evaluations, real files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import shapelens

SERVER = str(Path(shapelens.__file__).parent.parent)

pytestmark = pytest.mark.slow

BROKEN = """\
# größer
import keras
from keras import layers


def encoder():
    return keras.Sequential([
        keras.Input((20, 32)),
        layers.LSTM(64),
        layers.LSTM(32),
    ])


model = encoder()
"""
RIGHT = BROKEN.replace("LSTM(64)", "LSTM(64, return_sequences=True)")

CALLER = "import numpy as np\nfrom blocks import encoder\ny = encoder()(np.zeros((4, 20, 32)))\n"


def run(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "shapelens", "check", "--python", sys.executable, *map(str, arguments)]
    environment = {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "VIRTUAL_ENV")}
    environment["PYTHONPATH"] = SERVER
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, encoding="utf-8", timeout=100)


def diagnostics(result: subprocess.CompletedProcess[str]) -> dict[str, list[dict[str, Any]]]:
    files = json.loads(result.stdout)["files"]
    return {file["path"]: [item for item in file["diagnostics"] if item["severity"] != "hint"] for file in files}


def test_fixes_are_reported_and_change_nothing(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(BROKEN, encoding="utf-8")
    result = run("model.py", "--format", "json", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (1, "")
    (error,) = diagnostics(result)["model.py"]
    first = error["fixes"][0]
    assert (first["verified"], first["preferred"]) == (True, True)
    (edit,) = first["edits"]
    assert edit["path"] == "model.py" and "return_sequences=True" in edit["newText"]
    assert path.read_text(encoding="utf-8") == BROKEN
    off = run("model.py", "--format", "json", "--no-fixes", cwd=tmp_path)
    assert [item["fixes"] for item in diagnostics(off)["model.py"]] == [[]]


def test_fix_writes_the_file_in_its_own_bytes_and_reports_what_is_left(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    broken = b"\xef\xbb\xbf" + (BROKEN + "layers.Dense(-1)\n").replace("\n", "\r\n").encode()
    path.write_bytes(broken)
    shown = run("model.py", "--fix", "--diff", cwd=tmp_path)
    assert shown.returncode == 1 and path.read_bytes() == broken
    assert "-        layers.LSTM(64),\n+        layers.LSTM(64, return_sequences=True),\n" in shown.stdout
    assert "\n1 fix would be applied in 1 file\n" in shown.stdout
    below = shown.stdout.partition("error[layer-rank-mismatch]")[2]
    assert "│   fix: " in below and "+ layers.LSTM(64, return_sequences=True)," in below
    fixed = run("model.py", "--fix", cwd=tmp_path)
    assert path.read_bytes() == b"\xef\xbb\xbf" + (RIGHT + "layers.Dense(-1)\n").replace("\n", "\r\n").encode()
    assert "\n1 fix applied in 1 file\n" in fixed.stdout
    assert (fixed.returncode, fixed.stderr) == (1, "")
    report = fixed.stdout.partition("applied in 1 file")[2]
    assert "layer-rank-mismatch" not in report and "error[keras-error]" in report


def test_files_that_belong_together_and_a_notebook(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "blocks.py").write_text(BROKEN, encoding="utf-8")
    (tmp_path / "train.py").write_text(CALLER, encoding="utf-8")
    broken, right = BROKEN.splitlines(keepends=True), RIGHT.splitlines(keepends=True)
    magic = ["%matplotlib inline\n", "import os"]
    before, after = (
        json.dumps(
            {
                "cells": [
                    {"cell_type": "code", "metadata": {"n": 1.0}, "outputs": [], "source": magic},
                    {"cell_type": "markdown", "metadata": {}, "source": ["# Größe"]},
                    {"cell_type": "code", "metadata": {}, "outputs": [{"data": {}}], "source": source},
                ],
                "metadata": {},
                "nbformat": 4,
            },
            indent=1,
            ensure_ascii=False,
        )
        for source in (broken, right)
    )
    (tmp_path / "book.ipynb").write_text(before, encoding="utf-8")
    result = run(".", "--fix", "--format", "json", cwd=tmp_path)
    assert result.returncode == 0
    assert diagnostics(result) == {"blocks.py": [], "book.ipynb": [], "train.py": []}
    assert result.stderr.endswith("2 fixes applied in 2 files\n")
    assert (tmp_path / "blocks.py").read_text(encoding="utf-8") == RIGHT
    assert (tmp_path / "train.py").read_text(encoding="utf-8") == CALLER
    assert (tmp_path / "book.ipynb").read_text(encoding="utf-8") == after


def test_formats_for_other_tools(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(BROKEN, encoding="utf-8")
    github = run("model.py", "--format", "github", cwd=tmp_path)
    error, notice = github.stdout.splitlines()
    assert (github.returncode, github.stderr) == (1, "")
    place = "file=model.py,line=10,endLine=10,col=9,endColumn=24,title="
    assert error.startswith(f"::error {place}layer-rank-mismatch::")
    assert notice.startswith(f"::notice {place}Fix of layer-rank-mismatch::")
    sarif = run("model.py", "--format", "sarif", cwd=tmp_path)
    (result,) = json.loads(sarif.stdout)["runs"][0]["results"]
    assert (sarif.returncode, result["ruleId"], bool(result["fixes"])) == (1, "layer-rank-mismatch", True)
