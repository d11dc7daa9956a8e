"""Neovim with its own client: shows what is wrong, what a layer makes, and mends the error."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from editors.conftest import MENDED, Documented, Project

NEOVIM = shutil.which("nvim")
HERE = Path(__file__).parent / "neovim"
CONFIGURATIONS = (HERE / "shapelens.lua", HERE / "before_0_11.lua")


def version() -> tuple[int, int]:
    """Return the version of the Neovim that is installed."""
    assert NEOVIM is not None
    said = subprocess.run([NEOVIM, "--version"], capture_output=True, encoding="utf-8", check=True).stdout
    found = re.match(r"NVIM v(\d+)\.(\d+)", said)
    assert found is not None, said
    return int(found[1]), int(found[2])


@pytest.mark.slow
@pytest.mark.skipif(NEOVIM is None, reason="there is no Neovim (nvim) on PATH; make editors installs it on Debian")
def test_neovim_shows_an_error_and_shapes_and_applies_the_fix(project: Project) -> None:
    assert NEOVIM is not None
    newer, older = CONFIGURATIONS
    configuration = newer if version() >= (0, 11) else older
    # -n: no swap file; -i NONE: no history of a former session.
    seen = project.drive(
        NEOVIM, "--headless", "-n", "-i", "NONE", "-u", configuration, "forecast.py", "-c", f"luafile {HERE}/drive.lua"
    )
    (error,) = seen["diagnostics"]
    assert (error["code"], error["source"], error["severity"]) == ("layer-rank-mismatch", "shapelens", 1)
    assert [error[key] for key in ("lnum", "col", "end_lnum", "end_col")] == [12, 11, 12, 29]
    assert error["message"].startswith("`LSTM` needs (batch, steps, features) but gets (None, 64)")
    hover = "\n".join(seen["hover"])
    assert "MaxPooling1D" in hover and "(None, 164, 32)` → `(None, 82, 32)" in hover
    assert seen["actions"][0] == "Set return_sequences=True in LSTM"
    assert seen["actions"][-1] == "Ignore layer-rank-mismatch on this line"
    assert seen["text"][11] == MENDED
    if version() >= (0, 10):
        assert [10, ": (None, 82, 32)"] in seen["hints"]


@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=lambda path: path.name)
def test_the_documentation_gives_the_tested_configuration(configuration: Path, is_documented: Documented) -> None:
    assert is_documented(configuration)
