"""How long an edit takes to be evaluated, beside a plain run of the same file.

Both are measured in turn in one run, so that a slow or busy machine slows both. Run with ``make bench``.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest
from lsprotocol import types

from lsp.client import StrictClient, capabilities

ROUNDS = 5
EDITS = 8
"""Edits between two plain runs; the median of all counts."""

LARGEST_SHARE = 1 / 20
"""Of a plain run's time, from didChange to publishDiagnostics with debounce 0."""


def environment(repository: Path) -> dict[str, str]:
    """Return the variables both sides run with: no accelerator, few words."""
    return {
        **{key: value for key, value in os.environ.items() if key not in ("VIRTUAL_ENV", "CONDA_PREFIX")},
        "PYTHONPATH": str(repository / "server"),
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }


def plain_run(path: Path, variables: dict[str, str]) -> float:
    """Return the seconds of ``python file.py``."""
    started = time.perf_counter()
    subprocess.run([sys.executable, path], env=variables, check=True, capture_output=True, cwd=path.parent)
    return time.perf_counter() - started


class Editor:
    """One document open in a real server over stdio."""

    def __init__(self, client: StrictClient, path: Path) -> None:
        self._client = client
        self._uri = path.as_uri()
        self._text = path.read_text(encoding="utf-8")

    async def open(self) -> None:
        """Open the document and wait for its first result, host start included."""
        self._client.open(self._uri, self._text)
        while (await self._client.read_diagnostics(self._uri)).version != 1:
            pass

    async def edit(self) -> float:
        """Add a line at the end; return the seconds until the diagnostics of that version arrive."""
        end = self._text.count("\n")
        self._text += "\n"
        started = time.perf_counter()
        version = self._client.change(self._uri, ((end, 0, end, 0), "\n"))
        while (await self._client.read_diagnostics(self._uri)).version != version:
            pass
        return time.perf_counter() - started


@pytest.mark.bench
@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["c2_cnn_with_flatten.py", "c1_cnn_without_flatten.py", "a4_shared_backbone.py"])
async def test_warm_edit_beside_a_plain_run(fixtures: Path, repository: Path, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text((fixtures / "models" / name).read_text(encoding="utf-8"), encoding="utf-8")
    variables = environment(repository)
    client = StrictClient()
    await client.start_io(sys.executable, "-m", "shapelens", "serve", env=variables, cwd=tmp_path)
    await client.initialize_session(
        types.InitializeParams(
            capabilities=capabilities(),
            initialization_options={"debounceMs": 0, "interpreter": sys.executable},
            workspace_folders=[types.WorkspaceFolder(tmp_path.as_uri(), "bench")],
        )
    )
    editor = Editor(client, path)
    await editor.open()
    for _ in range(EDITS):
        await editor.edit()
    plain, edits = [], []
    for _ in range(ROUNDS):
        plain.append(plain_run(path, variables))
        edits += [await editor.edit() for _ in range(EDITS)]
    await client.finish()
    share = statistics.median(edits) / statistics.median(plain)
    print(
        f"\n{name}: python {statistics.median(plain) * 1000:.0f} ms, edit {statistics.median(edits) * 1000:.1f} ms "
        f"(min {min(edits) * 1000:.1f}, max {max(edits) * 1000:.1f}), 1/{1 / share:.0f}"
    )
    assert share <= LARGEST_SHARE
