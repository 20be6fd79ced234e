"""An event loop on which waiting takes no time: its clock jumps ahead.

A learner's test waits a second for an answer that never comes, and a check
runs it many times. So where another loop would sleep until its next timer,
this one moves its clock there. What a test does is the same, only sooner; and
how long it would have taken, its clock tells.

How it works: a loop asks its selector to wait. This one's selector does not:
it looks once, then lets the clock jump. If there is no timer to jump to, then
nothing will ever happen any more: whoever watches is told.

While a thread is at work, nobody knows how long that takes, and time passes as
it does. What counts of it is the time that the thread slept: for want of a
processor no limit is over (``sandbox.fair_time``).
"""

import selectors
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from minichannels.flow.live.throttle import NAME as TELLS_VIEWS
from minichannels.lab.checking.sandbox import fair_time
from minichannels.lab.checking.sandbox.threads import CheckLoop, Crew

LONGEST, MOST = 60.0, 1000
"""After so many seconds, or waits, it is said that a watched task hangs."""

_SLICE = 0.01  # seconds until it is looked again whether a thread has ended
_NEARLY = 0.9  # of a wait that something has ended: its limit is not over


class PatientLoop(CheckLoop):
    """A check's event loop with a clock of its own.

    Args:
        crew: whose threads to use.

    Attributes:
        jumped: how many seconds it has not waited for.
    """

    def __init__(self, crew: Crew) -> None:
        self.jumped = 0.0
        self._now = 0.0
        self._before = set(threading.enumerate())
        self._end = 0.0
        self._waits = 0
        self._hangs: Callable[[], object] | None = None
        super().__init__(crew, _Selector(self))

    def time(self) -> float:
        """Return the time by this loop's clock, in seconds."""
        return self._now

    @contextmanager
    def watched(self, hangs: Callable[[], object]) -> Iterator[None]:
        """Call a function, for a while, when nothing more will happen."""
        self._hangs, self._end = hangs, self._now + LONGEST
        self._waits = 0
        try:
            yield
        finally:
            self._hangs = None

    def at_work(self) -> list[threading.Thread]:
        """Return the threads that have been started, but for this one.

        Live views are told from a thread that never ends; it is nobody's work.
        """
        own = {*self._before, threading.current_thread()}
        return [
            each
            for each in threading.enumerate()
            if each not in own and each.name != TELLS_VIEWS
        ]

    def slept(self, seconds: float) -> None:
        """Take note of time that has passed."""
        self._now += seconds

    def jump(self, seconds: float | None) -> bool:
        """Let some time pass at once; return whether that can be."""
        if seconds is not None:
            self._now += seconds
            self.jumped += seconds
            self._waits += 1
        over = self._now > self._end or self._waits > MOST
        if seconds is None or over:
            hangs, self._hangs = self._hangs, None
            if hangs is not None:
                hangs()
                return True
        return seconds is not None


class _Selector(selectors.SelectSelector):
    """A selector that does not wait if it need not.

    Args:
        loop: whose clock moves on.
    """

    def __init__(self, loop: PatientLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[Any]:
        """Return what is ready; if nothing is, the clock moves on."""
        if timeout == 0:
            return super().select(0)
        threads = self._loop.at_work()  # first: what they have done is ready
        ready = super().select(0)
        if not ready and threads:
            limit = _SLICE if timeout is None else min(timeout, _SLICE)
            return self._wait(limit, threads)
        if ready or self._loop.jump(timeout):
            return ready
        return super().select(timeout)

    def _wait(self, limit: float, threads: list[threading.Thread]) -> list[Any]:
        """Wait a little for what threads do; note how much of it counts."""
        wall, processor = fair_time.clocks()
        ready = super().select(limit)
        is_ready = fair_time.ready(threads)
        now, used = fair_time.clocks()
        counts = fair_time.counted(now - wall, used - processor, is_ready)
        self._loop.slept(min(counts, _NEARLY * limit if ready else limit))
        return ready
