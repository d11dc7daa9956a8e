"""An editor that a user has, with the configuration that the documentation gives, and the real server on its PATH."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import subprocess
import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PATIENCE = 90
"""Seconds for all that an editor does in one test; the first evaluation imports a framework."""

MENDED = "    x = layers.LSTM(64, return_sequences=True)(x)"

HIDDEN = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "XDG_")


@dataclass(frozen=True)
class Project:
    """A project as a user has it: a repository with a program in it, whose second LSTM gets one vector only."""

    folder: Path
    environment: Mapping[str, str]

    def drive(self, *command: str | Path) -> dict[str, Any]:
        """Run an editor in the project, and return what its driver saw; fail where it leaves the server running."""
        report = self.folder.parent / "report.json"
        alive, held = os.pipe()
        try:
            # The server inherits the end that is held, as programs do, so the other end tells when it is gone.
            done = subprocess.run(
                [str(part) for part in command],
                cwd=self.folder,
                env={**self.environment, "SHAPELENS_REPORT": str(report)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=(held,),
                timeout=PATIENCE,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
            os.close(held)
            held = -1
            assert report.exists(), done.stdout
            seen: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
            assert "problem" not in seen, f"{seen['problem']}\n{done.stdout}"
            assert done.returncode == 0, done.stdout
            assert select.select([alive], [], [], 20)[0] and os.read(alive, 1) == b"", "the server outlives its editor"
            return seen
        finally:
            os.close(alive)
            if held >= 0:
                os.close(held)


@pytest.fixture
def project(tmp_path: Path, repository: Path) -> Project:
    """Return a repository with one program, and the variables of a shell in which shapelens is on the PATH."""
    folder = tmp_path / "project"
    (folder / ".git").mkdir(parents=True)
    shutil.copy(repository / "fixtures" / "workspaces" / "tour" / "forecast.py", folder)
    home = tmp_path / "home"
    home.mkdir()
    scripts = sysconfig.get_path("scripts")
    assert shutil.which("shapelens", path=scripts), f"shapelens is not installed in {scripts}; make setup does that"
    kept = {key: value for key, value in os.environ.items() if not key.startswith(HIDDEN)}
    variables = {"PATH": os.pathsep.join([scripts, kept.get("PATH", "")]), "HOME": str(home), "LC_ALL": "C.UTF-8"}
    return Project(folder, {**kept, **variables})


Documented = Callable[[Path], bool]


@pytest.fixture
def is_documented(repository: Path) -> Documented:
    """Tell whether a configuration stands in the README exactly as it is tested."""
    blocks = re.findall(r"^```\w+\n(.*?)^```$", (repository / "README.md").read_text("utf-8"), re.DOTALL | re.MULTILINE)
    return lambda configuration: configuration.read_text(encoding="utf-8") in blocks
