"""What counts of the time that a check takes."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from minichannels.lab.checking.sandbox import fair_time
from minichannels.lab.checking.sandbox.fair_time import LONGEST, counted

LIMIT = 0.02


def ticking(passed: float, used: float) -> Callable[[], tuple[float, float]]:
    """Return clocks that go on by so many limits at each look."""

    def times() -> Iterator[tuple[float, float]]:
        wall = processor = 0.0
        while True:
            yield wall, processor
            wall += passed * LIMIT
            processor += used * LIMIT

    return times().__next__


async def slices(passed: float, used: float) -> int:
    """Return after how many slices it is not waited any longer."""
    count: list[None] = []
    never = asyncio.get_running_loop().create_future()
    await fair_time.wait(
        never, LIMIT, lambda: count.append(None), ticking(passed, used)
    )
    return len(count)


@pytest.mark.parametrize(
    ("used", "seconds"),
    [(0.0, 1.0), (0.2, 1.0), (0.3, 0.3), (1.0, 1.0), (2.0, 1.0)],
    ids=["waits", "looks", "starved", "busy", "on two processors"],
)
def test_slice_counts_as_what_the_code_had_of_it(
    used: float, seconds: float
) -> None:
    assert counted(1.0, used) == seconds


async def test_code_that_waits_has_its_limit() -> None:
    assert await slices(passed=0.5, used=0) == 2


async def test_code_that_is_starved_has_longer() -> None:
    assert await slices(passed=0.5, used=0.25) == 4


async def test_code_that_is_starved_for_ever_comes_to_an_end() -> None:
    assert await slices(passed=1, used=0.251) == LONGEST


async def test_what_is_done_is_not_waited_for_any_longer() -> None:
    done = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(done.set_result, None)
    more: list[None] = []

    await fair_time.wait(done, 60, lambda: more.append(None))

    assert more == []
