"""Two transports back to back: a connection that never leaves the process.

How it works: what one end writes lies in the other end's inbox, until the
event loop's next turn hands it to the protocol there. An end that does not
read leaves it lying, and soon the other is asked to write no more: in all
that protocols notice, this is a connection of sockets.

Rule 1: a protocol is called by the event loop alone, in the context of its own
end, never from within a call of the other end.

Source: Python's documentation, "asyncio: Transports and Protocols".
"""

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import Context
from typing import Any

from minichannels.flow.recording.clients.asked import Address

_HIGH, _LOW = 2**18, 2**16  # about what sockets of this machine hold


class End(asyncio.Transport):
    """One end of a pipe; made by :func:`pipe`.

    Args:
        loop: the event loop of both ends.
        context: the context to call the protocol in.
        addresses: the end's own address, and that of the other.
    """

    other: "End"

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        context: Context,
        addresses: tuple[Address, Address],
    ) -> None:
        own, others = addresses
        super().__init__({"sockname": own, "peername": others})
        self._loop = loop
        self._context = context
        self._protocol: Any = None
        self._inbox: deque[bytes] = deque()
        self._held = 0  # bytes in the inbox
        self._reading = True
        self._due = False  # whether the loop will look into the inbox
        self._ended = False  # whether the other end has said its last
        self._said_all = False
        self._closing = False
        self._asked_to_wait = False

    def attach(self, protocol: asyncio.BaseProtocol) -> None:
        """Give the end its protocol, and begin."""
        self._protocol = protocol
        self._soon(lambda: self._protocol.connection_made(self))

    def _soon(self, call: Callable[[], None]) -> None:
        self._loop.call_soon(call, context=self._context)

    # Reading

    def take(self, data: bytes) -> None:
        """Get what the other end has written; empty for its last word."""
        if data:
            self._inbox.append(data)
            self._held += len(data)
        else:
            self._ended = True
        self._look()

    @property
    def held(self) -> int:
        """How many bytes wait to be read."""
        return self._held

    def _look(self) -> None:
        if not self._due and (self._inbox or self._ended):
            self._due = True
            self._soon(self._read)

    def _read(self) -> None:
        self._due = False
        if self._closing or not self._reading:
            return
        if self._inbox:
            data = self._inbox.popleft()
            self._held -= len(data)
            self.other.go_on()
            self._protocol.data_received(data)
            self._look()
        else:
            self._ended = False
            if not self._protocol.eof_received():
                self.close()

    def is_reading(self) -> bool:
        """Return whether the protocol wants to read."""
        return self._reading and not self._closing

    def pause_reading(self) -> None:
        """Leave lying what comes."""
        self._reading = False

    def resume_reading(self) -> None:
        """Read on."""
        self._reading = True
        self._look()

    # Writing

    def write(self, data: Any) -> None:
        """Send bytes; to an end that is closed they are lost."""
        if self._closing or self._said_all or not data:
            return
        if self.other.is_closing():
            self._end(ConnectionResetError("the other end is closed"))
            return
        self.other.take(bytes(data))
        if self.other.held > _HIGH and not self._asked_to_wait:
            self._asked_to_wait = True
            self._protocol.pause_writing()

    def go_on(self) -> None:
        """Let the protocol write on, if there is room again."""
        if self._asked_to_wait and self.other.held <= _LOW:
            self._asked_to_wait = False
            self._soon(lambda: self._protocol.resume_writing())

    def get_write_buffer_size(self) -> int:
        """Return how many bytes the other end has not read."""
        return self.other.held

    def set_write_buffer_limits(
        self, high: int | None = None, low: int | None = None
    ) -> None:
        """Do nothing: the limits are those of a connection of sockets."""

    def can_write_eof(self) -> bool:
        """Return that an end may say its last, and read on."""
        return True

    def write_eof(self) -> None:
        """Say the last."""
        if not self._said_all:
            self._said_all = True
            self.other.take(b"")

    # The end

    def is_closing(self) -> bool:
        """Return whether the end is closed."""
        return self._closing

    def close(self) -> None:
        """Close the end; what it has written arrives."""
        self._end(None)

    def abort(self) -> None:
        """Close the end."""
        self._end(None)

    def _end(self, error: Exception | None) -> None:
        if self._closing:
            return
        self.write_eof()
        self._closing = True
        self._soon(lambda: self._protocol.connection_lost(error))

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Have another protocol from here on."""
        self._protocol = protocol

    def get_protocol(self) -> Any:
        """Return the protocol."""
        return self._protocol


def pipe(
    near: tuple[Address, Context], far: tuple[Address, Context]
) -> tuple[End, End]:
    """Return the two ends of a new connection on the running event loop.

    Args:
        near: the address of the one end, and the context of its protocol.
        far: the same for the other end.
    """
    loop = asyncio.get_running_loop()
    one = End(loop, near[1], (near[0], far[0]))
    two = End(loop, far[1], (far[0], near[0]))
    one.other, two.other = two, one
    return one, two
