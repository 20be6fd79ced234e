"""At most so many calls a second, and none when nothing happens.

How it works: the first change starts a timer; whatever changes until it has
run out is told of together. What changes while that is told starts the next
timer, when it is over: two never tell at the same time. Then nothing waits and
nothing looks, until the next change. Where telling takes long, the timer does,
too: what is shown is to leave most of the time to what happens. It does so for
longer if nobody could read all that happens.
"""

import asyncio
import threading
from collections.abc import Callable
from time import perf_counter

Later = Callable[[float, Callable[[], None]], None]
"""Calls a function after some seconds."""

INTERVAL = 0.05

REST = 12
"""How many times as long as a call took the next one is put off."""

LONGEST, LONGEST_OF_MANY = 4.0, 10.0
"""The most seconds that it is put off, and after many changes."""

MANY = 10_000
"""How many changes are many: so many events does a journal keep."""


def later(seconds: float, call: Callable[[], None]) -> None:
    """Call a function from a thread of its own; where there is none, here."""
    timer = threading.Timer(seconds, call)
    timer.daemon = True
    timer.name = "minichannels_live"
    try:
        timer.start()
    except RuntimeError:  # a kernel in a browser has no threads, but a loop
        asyncio.get_running_loop().call_later(seconds, call)


class Throttle:
    """Passes changes on, together.

    Args:
        call: what to call some time after a change.
        later: for a test that holds the clock, as the next one.
        clock: says what time it is, in seconds.
    """

    def __init__(
        self,
        call: Callable[[], None],
        later: Later = later,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self._call = call
        self._clock = clock
        self._later = later
        self._lock = threading.Lock()
        self._going = False
        self._changed = False
        self._took = 0.0
        self._changes = 0  # roughly, if several threads note some
        self._longest = LONGEST

    def changed(self) -> None:
        """Note a change; for any thread."""
        self._changes += 1
        if self._changed:
            return  # whoever noted one has seen to it that it is told
        with self._lock:
            self._changed = True
            going, self._going = self._going, True
        if not going:
            self._wait()

    def _wait(self) -> None:
        rest = min(REST * self._took, self._longest)
        self._later(max(INTERVAL, rest), self._tick)

    def _tick(self) -> None:
        self._changed = False  # first: what changes from here on is told next
        many, self._changes = self._changes > MANY, 0
        self._longest = LONGEST_OF_MANY if many else LONGEST
        begun = self._clock()
        try:
            self._call()
        finally:
            self._took = self._clock() - begun
            with self._lock:
                self._going = self._changed
            if self._going:
                self._wait()
