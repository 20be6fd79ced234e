import asyncio
import inspect
from typing import Any

import pytest

from minichannels.lab.transport import timeouts
from minichannels.lab.transport.timeouts import awake, limited


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


@pytest.mark.parametrize("is_coroutine", [True, False])
@pytest.mark.parametrize(
    ("wrong", "kind", "said"),
    [("5", TypeError, "'5'"), (-0.5, ValueError, "-0.5")],
)
async def test_limited_takes_seconds(
    wrong: Any, kind: type[Exception], said: str, is_coroutine: bool
) -> None:
    future = asyncio.get_running_loop().create_future()
    awaitable: Any = asyncio.wait([future]) if is_coroutine else future

    with pytest.raises(kind, match=f"such as 5, not {said}; for no limit"):
        await limited(awaitable, wrong, "")


async def test_limited_that_is_interrupted_first_leaves_nothing_to_await(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(timeouts, "awake", interrupted)
    never_begun = asyncio.sleep(0)

    with pytest.raises(KeyboardInterrupt):
        await limited(never_begun, 5, "")

    assert inspect.getcoroutinestate(never_begun) == inspect.CORO_CLOSED


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


async def test_awake_that_is_interrupted_wakes_nobody_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    made: list[asyncio.TimerHandle] = []

    def interrupted(delay: float, *args: Any) -> asyncio.TimerHandle:
        made.append(later(0, *args))
        raise KeyboardInterrupt

    later = loop.call_later
    monkeypatch.setattr(loop, "call_later", interrupted)
    with pytest.raises(KeyboardInterrupt), awake():
        pass
    for _ in range(5):
        await asyncio.sleep(0)

    assert len(made) == 1
