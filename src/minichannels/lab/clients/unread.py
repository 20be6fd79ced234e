"""What has come to a client and was not read: it has its limits.

How it works: what comes is taken in at once, so that the end of a connection
is noticed though nobody reads. But where too much waits, no more is taken from
the line until much of it was read. Then the line fills up, and whoever sends
has to wait, as for any client that is slow.
"""

import asyncio

MOST = 2**24
"""How many bytes may wait to be read: about one of the largest messages."""

ENOUGH = MOST // 4
"""With how many bytes left the line is read again."""

EACH = 200
"""What each message takes in addition to its bytes."""


class Unread:
    """How much waits for a client to read it.

    Args:
        transport: the client's end of the line.

    Attributes:
        bytes: how much it is.
        paused: whether the line is left unread for it.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self.bytes = 0
        self._transport = transport
        self.paused = False
        self._ends = False

    def comes(self, size: int, *, ends: bool) -> None:
        """Note that a fragment of a message has come, or all of it."""
        self.bytes += size + EACH * ends
        if self.bytes > MOST and not self.paused and not self._ends:
            self.paused = True
            self._transport.pause_reading()

    def is_read(self, data: str | bytes, *, ends: bool) -> None:
        """Note that it was read."""
        size = len(data.encode()) if isinstance(data, str) else len(data)
        self.bytes -= size + EACH * ends
        if self.bytes <= ENOUGH:
            self._go_on()

    def ends(self) -> None:
        """Take in whatever comes: the end is behind it."""
        self._ends = True
        self._go_on()

    def _go_on(self) -> None:
        if self.paused:
            self.paused = False
            self._transport.resume_reading()
