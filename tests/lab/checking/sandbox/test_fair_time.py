"""What counts of the time that a check takes."""

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from minichannels.lab.checking.sandbox import fair_time
from minichannels.lab.checking.sandbox.fair_time import LONGEST, counted

LIMIT = 0.02


@pytest.fixture(autouse=True)
def longest() -> None:
    """Here it counts how long that is."""


def ticking(passed: float, used: float) -> Callable[[], tuple[float, float]]:
    """Return clocks that go on by so many limits at each look."""

    def times() -> Iterator[tuple[float, float]]:
        wall = processor = 0.0
        while True:
            yield wall, processor
            wall += passed * LIMIT
            processor += used * LIMIT

    return times().__next__


async def slices(
    passed: float, used: float, is_ready: bool | None = None
) -> tuple[int, bool]:
    """Return after how many slices it is not waited any longer.

    And whether that was for want of a processor.
    """
    count: list[None] = []
    never = asyncio.get_running_loop().create_future()
    starved = await fair_time.wait(
        never,
        LIMIT,
        lambda: count.append(None),
        ticking(passed, used),
        lambda: is_ready,
    )
    return len(count), starved


@pytest.mark.parametrize(
    ("used", "seconds"),
    [(0.0, 1.0), (0.2, 1.0), (0.3, 0.3), (1.0, 1.0), (2.0, 1.0)],
    ids=["waits", "looks", "starved", "busy", "on two processors"],
)
def test_slice_counts_as_what_the_code_had_of_it(
    used: float, seconds: float
) -> None:
    assert counted(1.0, used) == seconds


def test_slice_of_code_that_is_ready_counts_as_what_it_had() -> None:
    assert counted(1.0, 0.1, is_ready=True) == 0.1
    assert counted(1.0, 0.1, is_ready=False) == 1.0


async def test_code_that_has_had_its_limit_is_late() -> None:
    assert await slices(1, 0.125, is_ready=True) == (LONGEST, False)
    assert await slices(1, 0.25, is_ready=True) == (4, False)


async def test_code_that_waits_has_its_limit() -> None:
    assert await slices(passed=0.5, used=0) == (2, False)


async def test_code_that_is_starved_has_longer() -> None:
    assert await slices(passed=0.5, used=0.25) == (4, False)


async def test_code_that_is_starved_for_ever_comes_to_an_end() -> None:
    for had in (0.01, 0.06, 0.12):  # less than its limit, by eight times that
        assert await slices(1, had, is_ready=True) == (LONGEST, True)


def test_threads_are_ready_unless_they_sleep() -> None:
    over = threading.Event()
    other = threading.Thread(target=over.wait)
    other.start()
    while fair_time.ready([other]):  # it does not sleep yet
        pass
    over.set()
    other.join()

    told = fair_time.ready([threading.current_thread()])
    assert told is (True if sys.platform == "linux" else None)
    assert fair_time.ready([threading.Thread()]) is None  # it never began


async def test_what_is_done_is_not_waited_for_any_longer() -> None:
    done = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(done.set_result, None)
    more: list[None] = []

    await fair_time.wait(done, 60, lambda: more.append(None))

    assert more == []


def test_sleeper_tells_how_late_it_woke_at_worst() -> None:
    looked = threading.Event()

    def times() -> Iterator[float]:
        yield from (0.0, 1.0)
        looked.set()
        yield 1.5
        while True:
            yield 1.5

    with fair_time.overslept(times().__next__) as longest:
        looked.wait()
        assert longest() == 1.0 - fair_time.NAP


def test_nobody_sleeps_where_there_are_no_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fair_time, "has_sockets_and_threads", lambda: False)
    before = threading.active_count()

    with fair_time.overslept() as longest:
        assert threading.active_count() == before
        assert longest() == 0
