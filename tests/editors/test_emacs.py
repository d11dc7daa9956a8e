"""Emacs with eglot: shows what is wrong, what a layer makes, and mends the error."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from editors.conftest import MENDED, Documented, Project

EMACS = shutil.which("emacs")
HERE = Path(__file__).parent / "emacs"
CONFIGURATION = HERE / "shapelens.el"


def has_eglot(emacs: str) -> bool:
    """Return whether an Emacs brings eglot along or has it as a package."""
    command = [emacs, "--batch", "-f", "package-initialize", "--eval", '(kill-emacs (if (locate-library "eglot") 0 1))']
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.slow
@pytest.mark.skipif(EMACS is None, reason="there is no Emacs (emacs) on PATH; make editors installs it on Debian")
def test_emacs_shows_an_error_and_shapes_and_applies_the_fix(project: Project) -> None:
    assert EMACS is not None
    if not has_eglot(EMACS):
        pytest.skip("this Emacs has no eglot: it comes with Emacs 29, and as Debian's package elpa-eglot with 28")
    seen = project.drive(EMACS, "--batch", "-f", "package-initialize", "-l", CONFIGURATION, "-l", HERE / "drive.el")
    (error,) = seen["diagnostics"]
    assert (error["line"], error["marked"]) == (13, "layers.LSTM(32)(x)")
    assert "layer-rank-mismatch" in error["message"]
    assert "`LSTM` needs (batch, steps, features) but gets (None, 64)" in error["message"]
    assert "MaxPooling1D" in seen["hover"] and "(None, 164, 32) → (None, 82, 32)" in seen["hover"]
    assert seen["actions"][0] == "Set return_sequences=True in LSTM"
    assert seen["actions"][-1] == "Ignore layer-rank-mismatch on this line"
    assert seen["text"].splitlines()[11] == MENDED
    if "hints" in seen:  # eglot 1.10, which Emacs 29 brings along
        assert [11, ": (None, 82, 32)"] in [[line, label.strip()] for line, label in seen["hints"]]


def test_the_documentation_gives_the_tested_configuration(is_documented: Documented) -> None:
    assert is_documented(CONFIGURATION)
