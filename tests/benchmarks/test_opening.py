"""The page opens on a full journal: how long, and who waits for it.

A chat of ten clients that fills all the room of a journal, with hundreds of
messages that wait in each mailbox. What that takes is counted in time of the
processor. Meanwhile a task asks for its turn every millisecond, as handlers
do; how much later it comes is how long they wait. On a busy machine that is
long without a page, too: so it is measured beside.
"""

import asyncio
import gc
import time
from collections.abc import Callable
from functools import partial
from time import perf_counter, thread_time

from minichannels.flow.journal.journal import KEPT, Journal
from minichannels.flow.live.feed import Feed
from minichannels.flow.web.websocket import written
from support.journals import Talk
from support.measuring import Row

ROUNDS = 5
CLIENTS = 10


def full() -> Talk:
    """Return a journal without room, in which much waits."""
    talk = Talk()
    lanes = [talk.join(f"c{number}") for number in range(CLIENTS)]
    for number in range(KEPT // (CLIENTS + 2)):
        talk.says(lanes[number % CLIENTS], f"message {number}")
        waits = number % 3 == 0
        fate = "waiting" if waits else "delivered"
        act = talk.broadcast(lanes[number % CLIENTS], lanes, fate)
        for copy in act[1:] if waits else []:
            copy.become("waiting", waiting=number // 3 + 1, capacity=900)
    return talk


def draw(journal: Journal) -> float:
    """Draw all that a page is told first; return the milliseconds."""
    begun = thread_time()
    feed = Feed(journal)
    written(feed.state())
    took = thread_time() - begun
    feed.close()
    return took * 1000


def draw_all(journal: Journal) -> float:
    """Draw all that a page is told, first and then; as above."""
    begun = thread_time()
    feed = Feed(journal)
    written(feed.state())
    feed.refresh()
    written(feed.state())
    took = thread_time() - begun
    feed.close()
    return took * 1000


async def longest_wait(work: Callable[[], float]) -> tuple[float, float]:
    """Return what work in a thread returns, and the longest wait meanwhile."""
    over, longest = False, 0.0

    async def handlers() -> None:
        nonlocal longest
        while not over:
            asked = perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, perf_counter() - asked - 0.001)

    running = asyncio.create_task(handlers())
    result = await asyncio.to_thread(work)
    over = True
    await running
    return result, longest * 1000


async def test_opening(record: Callable[[list[Row]], None]) -> None:
    journal = full().journal
    took, waits, alone, later = [], [], [], []
    for _ in range(ROUNDS):
        gc.collect()
        milliseconds, wait = await longest_wait(partial(draw, journal))
        took.append(milliseconds)
        waits.append(wait)
        asleep = partial(nothing, milliseconds)
        alone.append((await longest_wait(asleep))[1])
        later.append((await longest_wait(partial(draw_all, journal)))[1])
    what = f"the page opens on {len(journal):,} events"
    whole = f"{what}, and all is drawn: longest wait"
    longest, bound = f"{what}: longest wait", "the bound"
    record(
        [
            Row(f"{what}: first state", "ms", took, bound, [300], 1, 1, True),
            Row(longest, "ms", waits, bound, [50], 1, 1, True),
            Row(longest, "ms", waits, "no page", alone, at_most=True),
            Row(whole, "ms", later, bound, [50], 1, 1, True),
        ]
    )


def nothing(milliseconds: float) -> float:
    time.sleep(milliseconds / 1000)
    return milliseconds
