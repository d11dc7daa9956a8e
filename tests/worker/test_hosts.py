"""Hosts: one for many, one after another, gone when they should be."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.evaluator import EvaluationRequest, HostKey
from shapelens.evaluation.pool import HostPool
from shapelens.evaluation.problem import EnvironmentProblem
from shapelens.worker.contract import Limits, Outcome, Program

TEXT = "import keras\nx = keras.Input((4,))\ny = keras.layers.Dense(3)(x)\n"


def request(folder: Path, text: str = TEXT, seconds: float = 10.0, sandbox: str = "auto") -> EvaluationRequest:
    program = Program(str(folder / "program.py"), text, str(folder))
    return EvaluationRequest(HostKey(Path(sys.executable), sandbox=sandbox), program, 1, Limits(seconds=seconds))


def completed(result: Analysis | EnvironmentProblem) -> bool:
    assert isinstance(result, Analysis), str(result)
    assert result.finished is not None and result.finished.outcome is Outcome.COMPLETED, result.finished
    return len(result.observations) == 4


async def with_pool(work: Any, **options: Any) -> Any:
    pool = HostPool(**options)
    before = hosts()  # other tests share one
    try:
        return await work(pool, before)
    finally:
        await pool.close()
        assert hosts() <= before


def hosts() -> set[int]:
    """Return the processes of hosts that this process has started and that still run, without their children."""
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
            parent = (entry / "stat").read_text().rpartition(")")[2].split()[1] if command else ""
        except OSError:
            continue
        if any(part.endswith(b"launch.py") for part in command) and parent == str(os.getpid()):
            found.add(int(entry.name))
    return found


def wait_until_empty(file: Path) -> None:
    deadline = time.monotonic() + 5
    while file.read_text() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not file.read_text()


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


@pytest.mark.slow
def test_many_at_once_share_one_host(tmp_path: Path) -> None:
    async def work(pool: HostPool, before: set[int]) -> None:
        results = await asyncio.gather(*(pool.evaluate(request(tmp_path)) for _ in range(10)))
        assert all(map(completed, results))
        assert pool.hosts_started == 1

    run(with_pool(work))


@pytest.mark.slow
def test_a_killed_host_is_replaced(tmp_path: Path) -> None:
    async def work(pool: HostPool, before: set[int]) -> None:
        completed(await pool.evaluate(request(tmp_path)))
        (host,) = hosts() - before
        waiting = asyncio.ensure_future(
            pool.evaluate(request(tmp_path, "import threading\nthreading.Event().wait(9)\n"))
        )
        await asyncio.sleep(0.3)
        os.kill(host, 9)
        result = await waiting
        assert isinstance(result, Analysis) and result.finished is not None
        assert result.finished.outcome is Outcome.CRASHED
        assert completed(await pool.evaluate(request(tmp_path)))
        assert pool.hosts_started == 2

    run(with_pool(work))


@pytest.mark.slow
def test_a_restart_hurts_nobody_who_waits(tmp_path: Path) -> None:
    async def work(pool: HostPool, before: set[int]) -> None:
        waiting = [asyncio.ensure_future(pool.evaluate(request(tmp_path))) for _ in range(3)]
        await asyncio.sleep(0.5)
        await pool.restart()
        assert all(map(completed, await asyncio.gather(*waiting)))

    run(with_pool(work))


@pytest.mark.slow
def test_cancelled_evaluations_leave_nothing(tmp_path: Path) -> None:
    async def work(pool: HostPool, before: set[int]) -> None:
        completed(await pool.evaluate(request(tmp_path)))
        (host,) = hosts() - before
        for _ in range(20):
            waiting = asyncio.ensure_future(pool.evaluate(request(tmp_path, "while True: pass\n")))
            await asyncio.sleep(0.03)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        await asyncio.to_thread(wait_until_empty, Path(f"/proc/{host}/task/{host}/children"))
        assert len(list(Path(f"/proc/{host}/fd").iterdir())) < 40
        assert completed(await pool.evaluate(request(tmp_path)))

    run(with_pool(work))


@pytest.mark.slow
def test_a_fault_of_a_listener_leaves_the_others_their_answers(tmp_path: Path) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("of a listener")

    async def work(pool: HostPool, before: set[int]) -> None:
        first = pool.evaluate(request(tmp_path, "import threading\n" + TEXT + "threading.Event().wait(0.3)\n"), broken)
        results = await asyncio.gather(first, pool.evaluate(request(tmp_path)))
        assert isinstance(results[0], Analysis)
        assert completed(results[1])

    run(with_pool(work))


@pytest.mark.slow
def test_without_a_fork_each_evaluation_has_a_process_of_its_own(tmp_path: Path) -> None:
    async def work(pool: HostPool, before: set[int]) -> None:
        results = await asyncio.gather(*(pool.evaluate(request(tmp_path)) for _ in range(3)))
        assert all(map(completed, results))
        late = await pool.evaluate(request(tmp_path, TEXT + "while True: pass\n", seconds=0.5))
        assert isinstance(late, Analysis) and late.finished is not None
        assert late.finished.outcome is Outcome.OVER_BUDGET
        waiting = asyncio.ensure_future(pool.evaluate(request(tmp_path, "while True: pass\n")))
        await asyncio.sleep(3)
        waiting.cancel()
        assert completed(await pool.evaluate(request(tmp_path)))

    run(with_pool(work, single_use=True))


@pytest.mark.slow
@pytest.mark.parametrize("sandbox", ["auto", "off"])
def test_the_tier_in_force_is_told(tmp_path: Path, sandbox: str) -> None:
    async def work(pool: HostPool, before: set[int]) -> str:
        result = await pool.evaluate(request(tmp_path, sandbox=sandbox))
        assert isinstance(result, Analysis)
        return result.environment.sandbox.value

    assert run(with_pool(work)) == ("off" if sandbox == "off" else run(with_pool(work)))


@pytest.mark.slow
def test_importing_keras_writes_nothing_into_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("KERAS_HOME", raising=False)

    async def work(pool: HostPool, before: set[int]) -> None:
        text = TEXT + "import os\nassert 'KERAS_HOME' not in os.environ\n"
        text += f"assert keras.config.keras_home() == {str(home / '.keras')!r}, keras.config.keras_home()\n"
        result = await pool.evaluate(request(tmp_path, text))
        assert isinstance(result, Analysis)
        assert not result.faults or "keras_home" in result.faults[0].message

    run(with_pool(work))
    assert not list(home.iterdir())
