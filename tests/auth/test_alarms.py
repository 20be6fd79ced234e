"""Sockets that ask by themselves: one timer for all that wait equally long."""

import asyncio
import gc
import weakref
from collections.abc import Callable
from functools import partial

import pytest

from minichannels.auth.alarms import Alarms, alarms_here

Clock = Callable[[float], None]


@pytest.fixture
async def set_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Have the clock of the event loop stand; return what sets it."""
    loop, now = asyncio.get_running_loop(), [0.0]
    monkeypatch.setattr(loop, "time", lambda: now[0])

    def set_clock(seconds: float) -> None:
        now[0] = seconds

    return set_clock


async def turns() -> None:
    """Let the event loop look for timers, and call them."""
    for _ in range(2):
        await asyncio.sleep(0)


async def test_each_is_called_when_its_time_is_over(set_clock: Clock) -> None:
    alarms, called = Alarms(10), list[str]()
    alarms.begin("ada", lambda: called.append("ada"))
    set_clock(4)
    alarms.begin("bob", lambda: called.append("bob"))

    set_clock(10)
    await turns()
    assert called == ["ada"]

    set_clock(14)
    await turns()
    assert called == ["ada", "bob"]


async def test_begin_says_when_it_calls(set_clock: Clock) -> None:
    set_clock(4)

    assert Alarms(10).begin("ada", print) == 14


async def test_who_has_cancelled_is_not_called(set_clock: Clock) -> None:
    alarms, called = Alarms(10), list[str]()
    for who in ("ada", "bob"):
        alarms.begin(who, partial(called.append, who))
    alarms.cancel("ada")

    set_clock(10)
    await turns()

    assert called == ["bob"]


async def test_a_timer_for_all_is_enough(
    set_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, timers = asyncio.get_running_loop(), list[float]()
    call_at = loop.call_at

    def counted(when: float, call: Callable[[], object]) -> object:
        timers.append(when)
        return call_at(when, call)

    monkeypatch.setattr(loop, "call_at", counted)
    alarms, called = Alarms(10), list[int]()
    for number in range(100):
        alarms.begin(number, partial(called.append, number))

    set_clock(10)
    await turns()

    assert called == list(range(100))
    assert timers == [10]


async def test_those_after_a_pause_are_called_as_well(
    set_clock: Clock,
) -> None:
    alarms, called = Alarms(10), list[str]()
    alarms.begin("ada", lambda: None)
    alarms.cancel("ada")
    set_clock(10)
    await turns()  # the timer finds nobody
    alarms.begin("bob", lambda: called.append("bob"))

    set_clock(20)
    await turns()

    assert called == ["bob"]


async def test_those_of_one_loop_are_together() -> None:
    assert alarms_here(10) is alarms_here(10)
    assert alarms_here(10) is not alarms_here(20)


async def test_those_of_another_loop_are_apart() -> None:
    async def of_another() -> Alarms:
        return alarms_here(10)

    assert await asyncio.to_thread(asyncio.run, of_another()) is not (
        alarms_here(10)
    )


def test_a_closed_loop_is_not_kept() -> None:
    async def begin() -> None:
        alarms_here(10).begin("ada", print)

    loop = asyncio.new_event_loop()
    loop.run_until_complete(begin())
    loop.close()
    kept = weakref.ref(loop)
    del loop
    gc.collect()

    assert kept() is None
