"""Plain runs of many small programs: one process has imported the framework, each program runs in a fork of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("plain_statements.py")

Raised = tuple[list[int], str, str]
"""The lines of the user's calls, one-based; the exception's class; its message."""


class PlainPrograms:
    """Runs programs plainly; the process is started when it is first needed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def failures(self, program: str, path: Path) -> list[Raised]:
        """Return what ended top-level statements of a program, which is written to a path of its own."""
        if self._process is None:
            environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
            self._process = subprocess.Popen(
                [sys.executable, str(SCRIPT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
            )
        assert self._process.stdin is not None and self._process.stdout is not None
        print(json.dumps({"text": program, "path": str(path)}), file=self._process.stdin, flush=True)
        found: list[Raised] | None = json.loads(self._process.stdout.readline())
        assert found is not None, "the plain run died"
        return found

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.communicate()
