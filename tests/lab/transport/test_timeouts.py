import asyncio
from typing import Any

import pytest

from minichannels.lab.transport.timeouts import awake, cancelled, limited


async def test_limited_returns_the_result() -> None:
    assert await limited(asyncio.sleep(0, "x"), 5, "too long") == "x"


async def test_limited_says_what_took_too_long() -> None:
    with pytest.raises(TimeoutError, match=r"^ada waited 0\.01 s$"):
        await limited(asyncio.Event().wait(), 0.01, "ada waited {}")


async def test_limited_passes_on_the_time_limit_of_somebody_else() -> None:
    async def slow() -> None:
        raise TimeoutError("another")

    with pytest.raises(TimeoutError, match="another"):
        await limited(slow(), 5, "ada waited {}")


async def test_limited_may_wait_without_a_limit() -> None:
    assert await limited(asyncio.sleep(0, "x"), float("inf"), "") == "x"


async def test_awake_wakes_the_loop_until_it_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    fourth = asyncio.Event()
    delays: list[float] = []
    later = loop.call_later

    def at_once(delay: float, *args: Any) -> asyncio.TimerHandle:
        delays.append(delay)
        if len(delays) == 4:
            fourth.set()
        return later(0, *args)

    monkeypatch.setattr(loop, "call_later", at_once)
    with awake():
        await fourth.wait()
    made = len(delays)
    for _ in range(5):
        await asyncio.sleep(0)

    assert set(delays) == {0.1}
    assert len(delays) == made


async def test_cancelled_returns_what_goes_on() -> None:
    let_go = asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await let_go.wait()

    ends = asyncio.create_task(asyncio.Event().wait())
    goes_on = asyncio.create_task(stubborn())
    await asyncio.sleep(0)

    assert await cancelled([ends, goes_on], 0.01) == {goes_on}
    assert ends.cancelled()
    let_go.set()
    await goes_on


async def test_cancelled_waits_for_nothing_if_nothing_runs() -> None:
    assert await cancelled([], 5) == set()
