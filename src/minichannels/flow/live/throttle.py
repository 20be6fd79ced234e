"""At most so many calls a second, and none when nothing happens.

How it works: the first change has the throttle called a while later; whatever
changes until then is told of together. What changes while that is told has it
called again, when it is over: it never tells twice at the same time. Then
nothing waits and nothing looks, until the next change. Where telling takes
long, the wait does, too: what is shown is to leave most of the time to what
happens. It does so for longer if nobody could read all that happens.

All throttles of a process are called from one thread, one behind the other. A
notebook's kernel keeps a socket for each thread that has told a view something,
and has about a thousand of them.
"""

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from queue import Empty, SimpleQueue
from time import monotonic, perf_counter

from minichannels.layers.forking import new_lock

Call = Callable[[], None]
Later = Callable[[float, Call], None]
"""Calls a function after some seconds."""

NAME = "minichannels_live"
"""The name of the thread that tells all live views."""

Asked = SimpleQueue[tuple[float, int, Call]]
"""When to call what: the moment, a number, and the function."""

INTERVAL = 0.05

REST = 12
"""How many times as long as a call took the next one is put off."""

LONGEST, LONGEST_OF_MANY = 4.0, 10.0
"""The most seconds that it is put off, and after many changes."""

MANY = 10_000
"""How many changes are many: so many events does a journal keep."""


class Caller:
    """Calls functions some seconds later, from one thread for all of them.

    The thread begins when it is first needed, and never ends: it waits, and
    holds up nobody's exit. All that others do here is to put something into a
    queue, so that Ctrl-C leaves nothing half done.

    Args:
        clock: says what time it is, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget all: a forked process has neither the thread nor the views."""
        self._asked: Asked = SimpleQueue()
        self._numbers = count()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def later(self, seconds: float, call: Call) -> None:
        """Call a function later; where no thread can start, from the loop.

        Args:
            seconds: how much later.
            call: what to call.

        Raises:
            RuntimeError: there is no loop, either.
        """
        try:
            self._see_to_thread()
        except RuntimeError:  # a kernel in a browser has no threads, but a loop
            asyncio.get_running_loop().call_later(seconds, call)
        else:
            number = next(self._numbers)  # of two for one moment, the first
            self._asked.put((self._clock() + seconds, number, call))

    def _see_to_thread(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._work,
                    args=[self._asked],
                    name=NAME,
                    daemon=True,
                )
                # Were this interrupted, a second one might begin: it would
                # share the queue, and do no harm.
                self._thread.start()

    def _work(self, asked: Asked) -> None:
        waiting: list[tuple[float, int, Call]] = []
        while True:
            rest = max(0, waiting[0][0] - self._clock()) if waiting else None
            with contextlib.suppress(Empty):
                while True:
                    heappush(waiting, asked.get(timeout=rest))
                    rest = 0
            if waiting[0][0] <= self._clock():
                _call(heappop(waiting)[-1])


def _call(call: Call) -> None:
    """Call a function; what it raises is told as that of any thread."""
    try:
        call()
    except BaseException:
        # Where an error is told may be what is broken: others go on all the
        # same.
        with contextlib.suppress(BaseException):
            told = (*sys.exc_info(), threading.current_thread())
            threading.excepthook(threading.ExceptHookArgs(told))


_caller = Caller()
later = _caller.later
with contextlib.suppress(AttributeError):  # Windows has no fork
    os.register_at_fork(after_in_child=_caller.begin_anew)


class Throttle:
    """Passes changes on, together.

    Args:
        call: what to call some time after a change.
        later: for a test that holds the clock, as the next one.
        clock: says what time it is, in seconds.

    Attributes:
        fewest: how many changes are told of at least, where nobody looks.
    """

    def __init__(
        self,
        call: Call,
        later: Later = later,
        clock: Callable[[], float] = perf_counter,
    ) -> None:
        self._call = call
        self._clock = clock
        self._later = later
        self._lock = new_lock()
        self._going = False
        self._changed = False
        self._took = self._due = 0.0
        self.fewest = 1
        self._changes = 0  # roughly, if several threads note some
        self._longest = LONGEST

    def changed(self) -> None:
        """Note a change; for any thread."""
        self._changes += 1
        if self._changed or self._changes < self.fewest:
            return  # whoever noted one has seen to it that it is told
        try:
            with self._lock:
                self._changed = True
                going, self._going = self._going, True
            if not going:
                self._wait()
        except BaseException as error:  # who comes next sees to it anew
            self._changed = self._going = False
            if not isinstance(error, RuntimeError):
                raise  # Ctrl-C; while the process ends no thread can start

    def _wait(self) -> None:
        rest = max(INTERVAL, min(REST * self._took, self._longest))
        self._due = self._clock() + rest
        self._later(rest, self._tick)

    def _tick(self) -> None:
        self._changed = False  # first: what changes from here on is told next
        many, self._changes = self._changes > MANY, 0
        self._longest = LONGEST_OF_MANY if many else LONGEST
        # What others told meanwhile counts: all together are to rest.
        begun = min(self._clock(), self._due)
        try:
            self._call()
        finally:
            self._took = self._clock() - begun
            with self._lock:
                self._going = self._changed
            if self._going:
                self._wait()
