"""A clock for what waits: it stands still until a test moves it on."""

import asyncio
import heapq
import itertools

from minichannels.protocols.clock import Clock
from support.limit import LIMIT


class HeldClock(Clock):
    """Gives ``now``; who sleeps wakes when a test has moved it so far."""

    def __init__(self) -> None:
        self.now = 0.0
        self._number = itertools.count()
        self._asleep: list[tuple[float, int, asyncio.Future[None]]] = []
        self._came = asyncio.Event()

    def time(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        sleeper = (self.now + seconds, next(self._number), future)
        heapq.heappush(self._asleep, sleeper)
        self._came.set()
        await future

    async def asleep(self, number: int = 1) -> None:
        """Wait until so many wait for the time."""
        async with asyncio.timeout(LIMIT):
            while (
                sum(not future.done() for _, _, future in self._asleep) < number
            ):
                self._came.clear()
                await self._came.wait()

    async def advance(self, seconds: float) -> None:
        """Move on, from one who wakes to the next."""
        await turns()
        end = self.now + seconds
        while self._asleep and self._asleep[0][0] <= end:
            due, _, future = heapq.heappop(self._asleep)
            self.now = max(self.now, due)
            if not future.done():
                future.set_result(None)
            await turns()
        self.now = end


async def turns(number: int = 10) -> None:
    """Let what can run, run."""
    for _ in range(number):
        await asyncio.sleep(0)
