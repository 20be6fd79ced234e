"""How much time a check has had: its own, not that of a busy machine.

Where other programs keep all cores busy, a check gets a part of one. Three
seconds pass on the wall, and its code has had one of them: whoever judges by
the wall's clock calls a right answer too slow.

How it works: time is looked at in slices. In a slice in which the code was
busy, what counts is how long this process had a processor. If it had hardly
any, it waited, and waiting takes what the wall's clock says.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

SLICE = 0.1
"""After how many seconds it is looked again."""

BUSY = 0.25
"""Which share of a processor says that the code is busy, and does not wait."""

LONGEST = 4
"""How many times the limit may pass on the wall, whatever the code had."""


def clocks() -> tuple[float, float]:
    """Return the wall's clock and this process's processor time, in seconds."""
    return time.perf_counter(), time.process_time()


def counted(passed: float, used: float) -> float:
    """Return how much of a slice counts, in seconds.

    Args:
        passed: how long it was, by the wall's clock.
        used: how long this process had a processor.
    """
    return min(used, passed) if used > BUSY * passed else passed


async def wait(
    future: "asyncio.Future[Any]",
    limit: float,
    again: Callable[[], object],
    clocks: Callable[[], tuple[float, float]] = clocks,
) -> None:
    """Wait until something is done, but only as long as it may take.

    Args:
        future: what is waited for.
        limit: how many seconds it may have.
        again: called before it is waited for another slice.
        clocks: gives the wall's and the processor's time, in seconds.
    """
    start, _ = wall, processor = clocks()
    had = 0.0
    while had < limit and wall - start < LONGEST * limit:
        await asyncio.wait([future], timeout=min(SLICE, limit - had))
        if future.done():
            return
        again()
        before, used = wall, processor
        wall, processor = clocks()
        had += counted(wall - before, processor - used)
