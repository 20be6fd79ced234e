"""How much time a check has had: its own, not that of a busy machine.

Where other programs keep all cores busy, a check gets a part of one. Three
seconds pass on the wall, and its code has had one of them: whoever judges by
the wall's clock calls a right answer too slow.

How it works: time is looked at in slices. In a slice in which the code was
busy, what counts is how long this process had a processor. If it waited, what
counts is what the wall's clock says, for waiting takes that long. Which of the
two it was, Linux tells: a thread that waits sleeps, and one that is ready does
not, though it has no processor. Elsewhere hardly any processor time means that
it waited.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from minichannels.lab.transport.transport import has_sockets_and_threads

SLICE = 0.1
"""After how many seconds it is looked again."""

BUSY = 0.25
"""Which share of a processor says that the code is busy, and does not wait."""

NAP = 0.005
"""How many seconds a thread sleeps that tells how busy the machine is."""

LONGEST = 8
"""How many times the limit may pass on the wall, whatever the code had."""


def clocks() -> tuple[float, float]:
    """Return the wall's clock and this process's processor time, in seconds."""
    return time.perf_counter(), time.process_time()


def ready(threads: Iterable[threading.Thread]) -> bool | None:
    """Return whether one of some threads has a processor, or wants one.

    None where the system does not tell.
    """
    states = set()
    for thread in threads:
        try:
            told = Path(f"/proc/self/task/{thread.native_id}/stat").read_text()
        except OSError:
            continue
        states.add(told.rpartition(")")[2].split()[0])
    return "R" in states if states else None


def counted(passed: float, used: float, is_ready: bool | None = None) -> float:
    """Return how much of a slice counts, in seconds.

    Args:
        passed: how long it was, by the wall's clock.
        used: how long this process had a processor.
        is_ready: whether the code was busy then, if that is known.
    """
    is_busy = is_ready or used > BUSY * passed
    return min(used, passed) if is_busy else passed


async def wait(
    future: "asyncio.Future[Any]",
    limit: float,
    again: Callable[[], object],
    clocks: Callable[[], tuple[float, float]] = clocks,
    is_ready: Callable[[], bool | None] = lambda: None,
) -> bool:
    """Wait until something is done, but only as long as it may take.

    Args:
        future: what is waited for.
        limit: how many seconds it may have.
        again: called before it is waited for another slice.
        clocks: gives the wall's and the processor's time, in seconds.
        is_ready: tells whether the code is busy now, if that is known.

    Returns:
        Whether it was not done for want of a processor.
    """
    start, _ = wall, processor = clocks()
    had = 0.0
    while had < limit and wall - start < LONGEST * limit:
        await asyncio.wait([future], timeout=min(SLICE, limit - had))
        if future.done():
            return False
        again()
        before, used = wall, processor
        wall, processor = clocks()
        had += counted(wall - before, processor - used, is_ready())
    return had < limit


@contextmanager
def overslept(
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[Callable[[], float]]:
    """Let a thread sleep again and again: on a busy machine it wakes late.

    Args:
        clock: gives the time in seconds.

    Returns:
        A function that tells how late that was at worst, in seconds.
    """
    over, late = threading.Event(), [0.0]

    def sleep() -> None:
        start = clock()
        while not over.wait(NAP):
            start, before = clock(), start
            late.append(start - before - NAP)

    napping = threading.Thread(target=sleep, daemon=True)
    if has_sockets_and_threads():
        napping.start()
    try:
        yield lambda: max(late)
    finally:
        over.set()
