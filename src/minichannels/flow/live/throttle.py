"""At most so many calls a second, and none when nothing happens.

How it works: the first change starts a timer; whatever changes until it has
run out is told of together. Then nothing waits and nothing looks, until the
next change.
"""

import asyncio
import threading
from collections.abc import Callable

Later = Callable[[float, Callable[[], None]], None]
"""Calls a function after some seconds."""

INTERVAL = 0.05


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
        later: for a test that holds the clock.
    """

    def __init__(self, call: Callable[[], None], later: Later = later) -> None:
        self._call = call
        self._later = later
        self._lock = threading.Lock()
        self._due = False

    def changed(self) -> None:
        """Note a change; for any thread."""
        with self._lock:
            if self._due:
                return
            self._due = True
        self._later(INTERVAL, self._tick)

    def _tick(self) -> None:
        self._due = False
        self._call()
