"""What nobody waits for gives way to what somebody waits for."""

from __future__ import annotations

import asyncio

import pytest

from shapelens.lsp.activity import Activity
from shapelens.lsp.scheduler import Scheduler


class Work:
    """Work that ends when the test says so."""

    def __init__(self) -> None:
        self.begun = 0
        self.stopped = 0
        self.gate = asyncio.Event()

    async def run(self) -> str:
        self.begun += 1
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        return "done"


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.asyncio
async def test_work_aside_is_given_up_and_begun_anew() -> None:
    activity, work = Activity(), Work()
    activity.begin()
    aside = asyncio.ensure_future(activity.aside(work.run))
    await turns()
    assert work.begun == 0
    activity.end()
    await turns()
    assert (work.begun, work.stopped) == (1, 0)
    activity.begin()
    activity.begin()
    await turns()
    assert (work.begun, work.stopped) == (1, 1)
    activity.end()
    await turns()
    assert work.begun == 1
    activity.end()
    await turns()
    assert work.begun == 2
    work.gate.set()
    assert await aside == "done"


@pytest.mark.asyncio
async def test_cancelling_stops_the_work() -> None:
    activity, work = Activity(), Work()
    aside = asyncio.ensure_future(activity.aside(work.run))
    await turns()
    aside.cancel()
    with pytest.raises(asyncio.CancelledError):
        await aside
    assert (work.begun, work.stopped) == (1, 1)


@pytest.mark.asyncio
async def test_an_error_of_the_work_is_raised() -> None:
    async def fail() -> None:
        raise ValueError("mistake")

    with pytest.raises(ValueError, match="mistake"):
        await Activity().aside(fail)


@pytest.mark.asyncio
async def test_a_job_counts_from_the_call_to_its_end_however_it_ends() -> None:
    activity, work = Activity(), Work()
    release = asyncio.Event()

    async def job(key: str) -> None:
        await release.wait()

    scheduler = Scheduler(job, 1, activity=activity)
    scheduler.schedule("a", 3600)
    scheduler.schedule("a")
    scheduler.schedule("b")
    aside = asyncio.ensure_future(activity.aside(work.run))
    await turns()
    assert work.begun == 0
    scheduler.cancel("b")
    release.set()
    await turns()
    assert work.begun == 1
    work.gate.set()
    assert await aside == "done"
    await scheduler.close()
