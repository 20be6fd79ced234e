"""The inbox of one scope, where a protocol itself has no connections.

How it works: an application reads it as it reads a connection, by calling it.
A consumer goes on with other things instead, until it rings.

Rule 1: an inbox is bounded. What finds no room is dropped, and counted.
Rule 2: it rings once when there is something to take, and is then looked into;
if there is more, it rings again.
"""

import asyncio
from collections.abc import Callable

from minichannels.types import Message

CAPACITY = 100
"""How many messages may wait for one application."""

Lost = Callable[[Message, int], None]
"""Is called with a message that is not handled: as it found no room in an inbox
of that capacity, or, if this is 0, as its application has ended."""

Unanswered = Callable[[bool], None]
"""Is called if no ack has come for what an application sent, in a task that was
begun when it sent that; with whether it is sent again."""

Take = Callable[[], Message | None]


def unwatched(message: Message, capacity: int) -> None:
    """Do nothing: nobody watches."""


def unheeded(again: bool) -> None:
    """Do nothing: nobody watches."""


class Inbox:
    """The ``receive`` of one scope: a bounded line of messages.

    Args:
        capacity: how many may wait.
        first: comes before them, and needs no room.

    Attributes:
        lost: is called with what is not handled; a recorder sets it.
        unanswered: is called if no ack has come; the same.
        on_asked_again: is called if, after the last, another one is asked for.
    """

    __slots__ = (
        "_capacity",
        "_closed",
        "_first",
        "_last",
        "_readers",
        "_ring",
        "_waiting",
        "lost",
        "on_asked_again",
        "unanswered",
    )

    def __init__(self, capacity: int, first: Message | None = None) -> None:
        self.lost: Lost = unwatched
        self.unanswered: Unanswered = unheeded
        self.on_asked_again: Callable[[], object] = bool
        self._capacity = capacity
        self._closed = False
        self._first = first
        self._last: Message | None = None
        # Those who wait for a message, nearly always one.
        self._readers: list[asyncio.Future[None]] = []
        self._ring: Callable[[], object] = bool
        self._waiting: list[Message] = []

    def __len__(self) -> int:
        return len(self._waiting)

    async def __call__(self) -> Message:
        """Return the next message (ASGI ``receive``)."""
        while (message := self._take()) is None:
            reader = asyncio.get_running_loop().create_future()
            self._readers.append(reader)
            try:
                await reader
            finally:
                self._readers.remove(reader)
        return message

    def ring_reader(self, ring: Callable[[], object]) -> Take:
        """Return a function that takes the next message without waiting.

        With it a consumer needs no task that waits here.

        Args:
            ring: is called once there is one to take, also for each after the
                first; not for what waits already.

        Returns:
            The function, which returns None if there is no message.
        """
        self._ring = ring
        return self._look

    def _look(self) -> Message | None:
        message = self._take()
        if message is not None and (self._waiting or self._closed):
            self._ring()
        return message

    def _take(self) -> Message | None:
        message: Message | None
        if self._first is not None:
            message, self._first = self._first, None
        elif self._waiting:
            message = self._waiting.pop(0)
        else:
            message, self._last = self._last, None
            if message is None and self._closed:
                self.on_asked_again()
        return message

    def put(self, message: Message) -> bool:
        """Add a message if there is room for it; return whether there was."""
        if len(self._waiting) >= self._capacity:
            self.lost(message, self._capacity)
            return False
        self._waiting.append(message)
        if self._first is None and len(self._waiting) == 1:
            self._wake()
        return True

    def close(self, last: Message | None) -> None:
        """Give out what there is, then a last message; and then no more."""
        self._closed = True
        self._last = last
        if self._first is None and not self._waiting:
            self._wake()

    def _wake(self) -> None:
        self._ring()
        for reader in self._readers:
            if not reader.done():  # or it was cancelled
                reader.set_result(None)

    def clear(self) -> None:
        """Lose what nobody will read any more."""
        while self._waiting:
            self.lost(self._waiting.pop(0), 0)
