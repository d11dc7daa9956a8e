"""Hundreds of edits in one host: nothing grows. Run with ``make soak``."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from pathlib import Path

import pytest

from shapelens.evaluation.analysis import Analysis
from shapelens.evaluation.evaluator import EvaluationRequest, HostKey
from shapelens.evaluation.pool import HostPool
from shapelens.worker.contract import Limits, Outcome, Program

EDITS = 400

ENDINGS = (
    "",
    "y = keras.layers.LSTM(2)(x)\n",
    "import os; os._exit(3)\n",
    "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)\n",
    "import os\nif os.fork() == 0:\n    while True: pass\n",
    "while True: pass\n",
    "print('x' * 1_000_000)\n",
    "(\n",
)


def measures(host: int) -> tuple[int, int, int]:
    """Return the host's open descriptors, its resident memory in MiB, and its children."""
    descriptors = len(list(Path(f"/proc/{host}/fd").iterdir()))
    pages = int(Path(f"/proc/{host}/statm").read_text().split()[1])
    children = Path(f"/proc/{host}/task/{host}/children").read_text().split()
    return descriptors, pages * os.sysconf("SC_PAGE_SIZE") >> 20, len(children)


@pytest.mark.soak
@pytest.mark.skipif(sys.platform != "linux", reason="looks at the host in /proc")
def test_many_edits_leave_nothing_behind(tmp_path: Path) -> None:
    chance = random.Random(1)
    text = "import keras\nx = keras.Input((4,))\n" + "".join(
        f"h{n} = keras.layers.Dense({n})(x)\n" for n in range(1, 20)
    )

    async def edit(pool: HostPool) -> None:
        program = Program(str(tmp_path / "program.py"), text + chance.choice(ENDINGS), str(tmp_path))
        request = EvaluationRequest(HostKey(Path(sys.executable)), program, 1, Limits(seconds=0.5))
        task = asyncio.ensure_future(pool.evaluate(request))
        if chance.random() < 0.3:  # typed on before the answer came
            await asyncio.sleep(chance.random() * 0.05)
            task.cancel()
            await asyncio.wait({task})
            return
        result = await task
        assert isinstance(result, Analysis) and result.finished is not None
        assert result.finished.outcome is not Outcome.CANCELLED

    async def run() -> None:
        pool = HostPool()
        try:
            for _ in range(40):
                await edit(pool)
            (start,) = pool._starts.values()
            assert start.host._process is not None
            host = start.host._process.pid
            await asyncio.sleep(1)
            before = measures(host)
            for _ in range(EDITS // 4):
                await asyncio.gather(*(edit(pool) for _ in range(4)))
            await asyncio.sleep(1)
            after = measures(host)
            print(f"\ndescriptors, memory, children: {before} -> {after}")
            assert after[0] <= before[0] + 2
            assert after[1] <= before[1] + 20
            assert after[2] == before[2] == 0
            assert pool.hosts_started == 1
            assert list(Path(str(start.host._temporary)).iterdir()) == []
        finally:
            await pool.close()

    asyncio.run(run())
