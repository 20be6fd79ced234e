"""A mailbox: the messages of one channel, and the readers that wait for them.

How it works: whoever puts a message in wakes the first reader; the reader
takes the message out itself when it runs, so one that is cancelled in between
loses nothing. A reader is woken through its own event loop, which may be
another thread's.

Rule: waking too many readers is harmless (they look, and wait again), waking
too few is not; in doubt, the next one is woken as well.
"""

import asyncio
import contextlib
from collections import deque
from typing import Any

from minichannels.layers.freezing import Frozen


class Reader:
    """One ``receive()`` that waits, on whatever event loop it runs."""

    __slots__ = ("abandoned", "future", "loop")

    def __init__(self) -> None:
        self.abandoned = False
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[None] = self.loop.create_future()

    def wake(self, running: asyncio.AbstractEventLoop) -> bool:
        """Make the reader look again; False if that is not certain.

        Args:
            running: the event loop of the caller.
        """
        if self.abandoned or self.future.done():  # gone, or on its way out
            return False
        if self.loop is running:
            self.future.set_result(None)
            return True
        with contextlib.suppress(RuntimeError):  # its loop was closed
            self.loop.call_soon_threadsafe(self._finish)
        # Another thread's loop may stop before the reader looks.
        return False

    def _finish(self) -> None:
        if not self.future.done():
            self.future.set_result(None)


Waiting = tuple[float, dict[str, Any] | Frozen]
"""When a message expires, and the message: frozen, if others share it."""


# Of an idle mailbox, and never added to: a deque of its own takes 600 bytes.
_NONE: deque[Waiting] = deque(maxlen=0)


class Mailbox:
    """What waits in one channel: messages, or readers for them."""

    __slots__ = ("capacity", "messages", "readers")

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.messages = _NONE
        # Nearly always one; a list takes a tenth of a deque's memory.
        self.readers: list[Reader] = []

    def wake(self) -> None:
        """Wake readers, up to the first that is certain to look."""
        running = asyncio.get_running_loop()
        while self.readers and not self.readers.pop(0).wake(running):
            pass
