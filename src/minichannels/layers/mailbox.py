"""A mailbox: the messages of one channel, and the readers that wait for them.

How it works: whoever puts a message in rings the first reader's bell; the
reader takes the message out itself when it runs, so one that is cancelled in
between loses nothing. A bell is rung on its reader's own event loop, which may
be another thread's.

Rule: waking too many readers is harmless (they look, and wait again), waking
too few is not; in doubt, the next one is woken as well.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from typing import Any

from minichannels.layers.freezing import Frozen

Waiting = tuple[float, dict[str, Any] | Frozen]
"""When a message expires, and the message: frozen, if others share it."""

# Of a mailbox that has nothing to expire, and never added to: a deque of its
# own takes 600 bytes.
NOTHING: deque[Waiting] = deque(maxlen=0)


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


class Bell:
    """A reader that goes on with other things, until its bell rings.

    Args:
        ring: is called, on this event loop; returns whether the reader is
            certain to look soon. While it handles something it is not: its
            handler may itself wait for a message of this mailbox.
    """

    __slots__ = ("loop", "ring")

    def __init__(self, ring: Callable[[], object]) -> None:
        self.ring = ring
        self.loop = asyncio.get_running_loop()

    def wake(self, running: asyncio.AbstractEventLoop) -> bool:
        """Ring the bell; False if it is not certain that this is heard."""
        if self.loop is running:
            return bool(self.ring())
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.ring)
        return False


class Mailbox:
    """What waits in one channel: messages, or readers for them."""

    __slots__ = ("capacity", "messages", "readers")

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.messages = NOTHING
        self.readers: tuple[Reader | Bell, ...] = ()  # nearly always one

    def qsize(self) -> int:
        """Return how many messages wait; Channels has a queue here."""
        return len(self.messages)

    def empty(self) -> bool:
        """Return whether no message waits."""
        return not self.messages

    def full(self) -> bool:
        """Return whether there is no room for one more."""
        return len(self.messages) >= self.capacity

    def wake(self) -> None:
        """Ring for readers, up to the first that is certain to look."""
        running = asyncio.get_running_loop()
        while self.readers:
            first, self.readers = self.readers[0], self.readers[1:]
            if first.wake(running):
                return

    def take(self) -> Any:
        """Take the oldest message out; None if there is none."""
        try:
            return self.messages.popleft()[1] if self.messages else None
        except IndexError:  # another thread was quicker
            return None

    def pop(self, bell: Bell | None) -> Any:
        """Return the oldest message; or who waits, if there is none.

        Args:
            bell: is to ring for the next message, if it is given.
        """
        found = self.take()
        if bell is not None:
            self._attach(bell)
        elif found is None:
            found = Reader()
            self.readers += (found,)
        return found

    def _attach(self, bell: Bell) -> None:
        if self.messages:
            # Not at once: whoever takes one after the other lets others run.
            bell.loop.call_soon(bell.ring)
        elif bell not in self.readers:
            self.readers += (bell,)

    def detach_bells(self) -> None:
        """Ring no bell any more."""
        self.readers = tuple(r for r in self.readers if isinstance(r, Reader))
