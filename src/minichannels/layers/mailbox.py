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


class Mailbox:
    """What waits in one channel: messages, or readers for them."""

    __slots__ = ("capacity", "messages", "readers")

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.messages: deque[tuple[float, bytes]] = deque()
        self.readers: deque[Reader] = deque()

    def wake(self) -> None:
        """Wake readers, up to the first that is certain to look."""
        running = asyncio.get_running_loop()
        while self.readers and not self.readers.popleft().wake(running):
            pass
