"""An event loop on which waiting takes no time: its clock jumps ahead.

A learner's test waits a second for an answer that never comes, and a check
runs it many times. So where another loop would sleep until its next timer,
this one moves its clock there. What a test does is the same, only sooner; and
how long it would have taken, its clock tells.

How it works: a loop asks its selector to wait. This one's selector does not:
it looks once, then lets the clock jump. If there is no timer to jump to, then
nothing will ever happen any more: whoever watches is told.
"""

import selectors
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from minichannels.lab.checking.sandbox.threads import CheckLoop, Crew

LONGEST, MOST = 60.0, 1000
"""After so many seconds, or waits, it is said that a watched task hangs."""


class PatientLoop(CheckLoop):
    """A check's event loop with a clock of its own.

    Args:
        crew: whose threads to use.
    """

    def __init__(self, crew: Crew) -> None:
        self._now = 0.0
        self._end = 0.0
        self._waits = 0
        self._hangs: Callable[[], object] | None = None
        super().__init__(crew, _Selector(self._pass))

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

    def _pass(self, seconds: float | None) -> bool:
        """Let some time pass at once; return whether that can be."""
        if len(self.crew.alive()) > 1:  # what a thread does takes its time
            return False
        if seconds is not None:
            self._now += seconds
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
        passes: lets some time pass, if that can be.
    """

    def __init__(self, passes: Callable[[float | None], bool]) -> None:
        super().__init__()
        self._passes = passes

    def select(self, timeout: float | None = None) -> list[Any]:
        """Return what is ready; if nothing is, the clock moves on."""
        ready = super().select(0)
        if ready or timeout == 0 or self._passes(timeout):
            return ready
        return super().select(timeout)
