"""The last request of a document wins, and only some run at once."""

from __future__ import annotations

import asyncio

import pytest

from shapelens.lsp.scheduler import Scheduler


class Jobs:
    """Jobs that start and end when the test says so."""

    def __init__(self) -> None:
        self.started: asyncio.Queue[str] = asyncio.Queue()
        self.cancelled: list[str] = []
        self.gates: dict[str, asyncio.Event] = {}

    async def run(self, key: str) -> None:
        gate = self.gates.setdefault(key, asyncio.Event())
        self.started.put_nowait(key)
        try:
            await gate.wait()
        except asyncio.CancelledError:
            self.cancelled.append(key)
            raise

    async def next(self) -> str:
        return await asyncio.wait_for(self.started.get(), 5)


@pytest.mark.asyncio
async def test_a_newer_request_stops_the_running_one() -> None:
    jobs = Jobs()
    scheduler = Scheduler(jobs.run, 1)
    scheduler.schedule("a")
    assert await jobs.next() == "a"
    scheduler.schedule("a")
    assert await jobs.next() == "a"
    assert jobs.cancelled == ["a"]
    await scheduler.close()


@pytest.mark.asyncio
async def test_each_request_counts_the_delay_anew() -> None:
    jobs = Jobs()
    scheduler = Scheduler(jobs.run, 1)
    for _ in range(5):
        scheduler.schedule("a", 3600)
    scheduler.schedule("a", 0.001)
    assert await jobs.next() == "a"
    assert jobs.started.empty() and jobs.cancelled == []
    await scheduler.close()


@pytest.mark.asyncio
async def test_only_so_many_run_and_the_last_asked_for_goes_first() -> None:
    jobs = Jobs()
    scheduler = Scheduler(jobs.run, 2)
    for key in "abcd":
        scheduler.schedule(key)
    assert [await jobs.next(), await jobs.next()] == ["a", "b"]
    assert jobs.started.empty()
    jobs.gates["a"].set()
    assert await jobs.next() == "d"
    jobs.gates["b"].set()
    assert await jobs.next() == "c"
    await scheduler.close()
    assert sorted(jobs.cancelled) == ["c", "d"]


@pytest.mark.asyncio
async def test_a_slot_is_not_lost_with_a_cancelled_job() -> None:
    jobs = Jobs()
    scheduler = Scheduler(jobs.run, 1)
    scheduler.schedule("a")
    assert await jobs.next() == "a"
    scheduler.schedule("b")
    await asyncio.sleep(0)
    # The slot is handed to b in the very turn in which b is cancelled.
    scheduler.cancel("a")
    await asyncio.sleep(0)
    scheduler.cancel("b")
    scheduler.schedule("c")
    assert await jobs.next() == "c"
    scheduler.cancel("c")
    scheduler.schedule("d")
    assert await jobs.next() == "d"
    await scheduler.close()


@pytest.mark.asyncio
async def test_a_job_that_fails_is_logged_and_frees_its_slot(caplog: pytest.LogCaptureFixture) -> None:
    done = asyncio.Event()

    async def run(key: str) -> None:
        if key == "bad":
            raise RuntimeError("a fault of ours")
        done.set()

    scheduler = Scheduler(run, 1)
    scheduler.schedule("bad")
    scheduler.schedule("good")
    await asyncio.wait_for(done.wait(), 5)
    assert "The evaluation of bad failed" in caplog.text
    await scheduler.close()


@pytest.mark.asyncio
async def test_nothing_starts_after_the_end() -> None:
    jobs = Jobs()
    scheduler = Scheduler(jobs.run, 1)
    await scheduler.close()
    scheduler.schedule("a")
    await asyncio.sleep(0)
    assert jobs.started.empty()
