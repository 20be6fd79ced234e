import asyncio
import itertools
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from minichannels.flow.live.throttle import Caller
from minichannels.lab.checking.sandbox import fair_time
from minichannels.lab.checking.sandbox.patient_loop import (
    LONGEST,
    MOST,
    PatientLoop,
)
from minichannels.lab.checking.sandbox.runner import run
from minichannels.lab.checking.sandbox.threads import Crew

LIMIT = 30  # none of these takes a second

Scenario = Callable[[], Coroutine[Any, Any, None]]


async def played(scenario: Scenario) -> None:
    """Run a scenario on a patient loop; raise what it raised."""
    done = await run(scenario, Crew(), LIMIT, PatientLoop)
    assert not done.late
    if done.error is not None:
        raise done.error


def patient() -> PatientLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, PatientLoop)
    return loop


async def test_waiting_takes_time_by_the_clock_of_the_loop_alone() -> None:
    before = time.monotonic()

    async def scenario() -> None:
        start = patient().time()
        await asyncio.sleep(1000)
        assert patient().time() - start == 1000

    await played(scenario)

    assert time.monotonic() - before < 1000


async def test_what_comes_first_comes_first() -> None:
    order: list[int] = []

    async def wait(seconds: int) -> None:
        await asyncio.sleep(seconds)
        order.append(seconds)

    async def scenario() -> None:
        await asyncio.gather(wait(3), wait(1), wait(2))

    await played(scenario)

    assert order == [1, 2, 3]


async def test_thread_has_the_time_that_it_needs() -> None:
    async def scenario() -> None:
        async with asyncio.timeout(5):
            await asyncio.to_thread(time.sleep, 0.05)
        assert patient().jumped == 0

    await played(scenario)


async def test_thread_of_the_learners_own_has_it_too() -> None:
    async def scenario() -> None:
        told = asyncio.Event()
        loop, over = patient(), threading.Event()

        def tell() -> None:
            over.wait()
            loop.call_soon_threadsafe(told.set)

        threading.Thread(target=tell).start()
        loop.call_soon(over.set)
        async with asyncio.timeout(5):
            await told.wait()

    await played(scenario)


async def test_thread_that_tells_live_views_is_nobodys_work() -> None:
    async def scenario() -> None:
        told = threading.Event()
        Caller().later(0, told.set)
        assert told.wait(10)
        assert patient().at_work() == []

    await played(scenario)


@pytest.mark.parametrize("is_ready", [True, False])
async def test_what_passes_counts_only_if_a_thread_sleeps(
    is_ready: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()
    states = iter([True] * 20) if is_ready else itertools.repeat(False)

    def ready(threads: object) -> bool:
        state = next(states, None)
        if state is None:
            over.set()
        return bool(state)

    monkeypatch.setattr(fair_time, "ready", ready)

    async def scenario() -> None:
        waiting = asyncio.create_task(asyncio.to_thread(over.wait))
        await asyncio.wait([waiting], timeout=0.1)
        assert waiting.done() == is_ready
        over.set()
        await waiting

    await played(scenario)


async def hung(wait: Scenario) -> list[float]:
    """Watch a task; return the times at which it was said to hang."""
    told: list[float] = []

    async def scenario() -> None:
        loop, start = patient(), patient().time()
        task = asyncio.ensure_future(wait())

        def hangs() -> None:
            told.append(loop.time() - start)
            task.cancel()

        with loop.watched(hangs):
            await asyncio.wait([task])

    await played(scenario)
    return told


async def test_watcher_is_told_when_nothing_will_happen_any_more() -> None:
    async def wait() -> None:
        await asyncio.Event().wait()

    assert await hung(wait) == [0]


async def test_watcher_is_told_when_it_takes_too_long() -> None:
    async def wait() -> None:
        await asyncio.sleep(LONGEST + 1)

    assert await hung(wait) == [LONGEST + 1]


async def test_watcher_is_told_of_a_loop_that_waits_again_and_again() -> None:
    async def wait() -> None:
        while True:  # noqa: ASYNC110, what is tried
            await asyncio.sleep(LONGEST / MOST / 10)

    (seconds,) = await hung(wait)
    assert seconds < LONGEST


async def test_watcher_is_not_told_of_what_ends() -> None:
    async def wait() -> None:
        await asyncio.sleep(LONGEST - 1)

    assert await hung(wait) == []


async def test_what_nobody_watches_may_take_as_long_as_it_likes() -> None:
    async def scenario() -> None:
        with patient().watched(lambda: None):
            pass
        await asyncio.sleep(10 * LONGEST)

    await played(scenario)


async def test_what_waits_on_after_it_was_told_is_late() -> None:
    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.Event().wait()

    async def scenario() -> None:
        task = asyncio.ensure_future(stubborn())
        with patient().watched(task.cancel):
            await asyncio.wait([task])

    done = await run(scenario, Crew(), 0.2, PatientLoop)

    assert done.late
    assert not done.abandoned
