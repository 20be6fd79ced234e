"""The time, as what waits for it sees it: to be had from the system, or a test.

How it works: whatever has a time limit, a pace or a second try asks a
:class:`Clock`. A test gives one that it moves on by hand, so nothing waits.
"""

import asyncio
import time


class Clock:
    """The system's clock."""

    def time(self) -> float:
        """Return the time in seconds, from any beginning."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class Pace:
    """How fast to send: a burst at once, then one after the other.

    Args:
        clock: gives the time.
        burst: how many may go at once.
        rate: how many a second are let through after that.
    """

    def __init__(self, clock: Clock, burst: int = 5, rate: float = 2) -> None:
        self._clock = clock
        self._every = 1 / rate
        self._ahead = (burst - 1) * self._every
        self._next = clock.time()

    async def wait(self) -> None:
        """Wait until the next one may go; who asks first goes first."""
        now = self._clock.time()
        self._next = max(self._next, now)
        early = self._next - self._ahead - now
        self._next += self._every  # for whoever asks next
        if early > 0:
            await self._clock.sleep(early)
