"""A TCP connection: what comes is handed on at once, and who sends may wait.

How it works: the event loop calls ``buffer_updated`` when something has come. A
reader cuts that into lines, or frames, and who listens is called with each. No
task reads, so none has to be woken: in one turn of the loop, bytes become a
message in the inbox of its scope. What is sent goes out at once as long as the
other takes it. When it does not, who sends waits in `drain`.

Rule 1: nothing is read before somebody listens.
Rule 2: what the listener raises ends `listen`, and comes out of it.
Rule 3: closing takes no longer than `GRACE`, also if the other never reads.
Rule 4: what comes in a burst is read by and by: one `CHUNK` in a turn of the
loop, so those can work who were handed something, and no more for a `MOMENT`
if one of them is behind. Meanwhile TCP holds back who sends. That is all the
waiting there is: behind one connection there are many conversations, and none
of them may stop the others. What an inbox has no room for then is dropped.
Rule 5: a connection whose other end has vanished without a word is over after
two minutes: the system asks whether it is there, and tries no longer to send.

Source: the documentation of asyncio, "Transports and Protocols".
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Protocol

from minichannels.protocols.places import Place

PATIENCE = 10.0
"""How many seconds a connection may take."""

GREETING = 60.0
"""How many seconds who speaks first may take: some look up names before."""

GRACE = 1.0
"""How many seconds what was sent has to go out, once it is closed."""

CHUNK = 1024
"""How many bytes are read at once: lines for half an inbox, and not more."""

MOMENT = 0.01
"""How many seconds nothing is read when somebody is behind."""

LONGEST_LINE = 512
"""How many bytes a line may have, with its end."""

# After how many seconds of silence the system asks whether the other is still
# there, how often, and what this is called on macOS. While it has something to
# send again it asks nothing: that has a limit of its own, in milliseconds.
_ASKS = {
    "TCP_KEEPIDLE": 60,
    "TCP_KEEPALIVE": 60,
    "TCP_KEEPINTVL": 20,
    "TCP_KEEPCNT": 3,
    "TCP_USER_TIMEOUT": 120_000,
}
_ASKING = [
    (socket.IPPROTO_TCP, getattr(socket, name), value)
    for name, value in _ASKS.items()
    if hasattr(socket, name)
]


class PieceReader(Protocol):
    """Cuts a stream into what can be heard."""

    def feed(self, data: bytes) -> Iterable[Any]:
        """Take what came; return what ended with it."""
        ...


class TcpConnection(asyncio.BufferedProtocol):
    """An open connection; made by :func:`dialled`."""

    def __init__(self) -> None:
        self._transport: Any
        self._reader: PieceReader
        self._hear: Callable[[Any], None]
        self._is_behind: Callable[[], bool]
        self._buffer = memoryview(bytearray(CHUNK))
        self._problem: Exception | None = None
        self._begun = asyncio.Event()
        self._over = asyncio.Event()
        self._lost = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()

    async def listen(
        self,
        reader: PieceReader,
        hear: Callable[[Any], None],
        is_behind: Callable[[], bool],
        patience: float | None = None,
    ) -> None:
        """Hand on what comes; return when the other has closed.

        Args:
            reader: cuts it up.
            hear: is called with each piece.
            is_behind: says whether they who hear should have a moment.
            patience: how many seconds nothing may come at first.

        Raises:
            OSError: the connection broke off, or nothing came.
            Exception: what ``hear`` raised.
        """
        self._reader, self._hear = reader, hear
        self._is_behind = is_behind
        self._transport.resume_reading()
        await self._hear_first(patience)
        await self._over.wait()
        if self._problem is not None:
            raise self._problem

    async def _hear_first(self, patience: float | None) -> None:
        try:
            async with asyncio.timeout(patience):
                await self._begun.wait()
        except TimeoutError:
            raise TimeoutError(
                f"connected, and nothing was said for {patience:g} s"
            ) from None

    def write(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            OSError: the connection was lost.
        """
        if self._transport.is_closing():
            raise BrokenPipeError("the connection was lost")
        self._transport.write(data)

    async def drain(self) -> None:
        """Wait while there is too much that the other has not taken."""
        await self._has_room.wait()

    async def close(self) -> None:
        """Close it, when all has gone out that goes out in time."""
        self._transport.pause_reading()
        self._transport.close()
        waiting = asyncio.ensure_future(self._lost.wait())
        try:
            await asyncio.wait({waiting}, timeout=GRACE)
        finally:
            waiting.cancel()
            self._transport.abort()

    # What the event loop calls

    def connection_made(self, transport: Any) -> None:
        """Note how to send, and read nothing yet."""
        self._transport = transport
        transport.pause_reading()
        connected = transport.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option in _ASKING:
            connected.setsockopt(*option)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where to put what comes."""
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Hand on what has come."""
        self._begun.set()
        try:
            for piece in self._reader.feed(bytes(self._buffer[:nbytes])):
                self._hear(piece)
        except Exception as error:  # for who waits in listen()
            self._transport.pause_reading()
            self._end(error)
            return
        if nbytes == CHUNK and self._is_behind():  # more will come at once
            self._transport.pause_reading()
            loop = asyncio.get_running_loop()
            loop.call_later(MOMENT, self._transport.resume_reading)

    def pause_writing(self) -> None:
        """Have those wait who want to send more."""
        self._has_room.clear()

    def resume_writing(self) -> None:
        """Let them go on."""
        self._has_room.set()

    def connection_lost(self, error: Exception | None) -> None:
        """Note that there is no connection any more."""
        self._has_room.set()
        self._lost.set()
        self._end(error)

    def _end(self, problem: Exception | None) -> None:
        self._problem = self._problem or problem
        self._begun.set()
        self._over.set()


class LineReader:
    """Cuts a stream into lines; their end, LF, is left out.

    Of a line that is longer than any may be, only as much is kept as shows
    that. What comes after the last line end is none yet.
    """

    def __init__(self) -> None:
        self._begun = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Take what came; return the lines that ended with it."""
        *lines, begun = (self._begun + data).split(b"\n")
        self._begun = begun[: LONGEST_LINE + 1]
        return lines


@contextlib.asynccontextmanager
async def dialled(place: Place) -> AsyncIterator[TcpConnection]:
    """Connect to a place, for as long as a ``with`` statement lasts.

    Raises:
        OSError: there is no connection.
    """
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(PATIENCE):
        _, connection = await loop.create_connection(
            TcpConnection, place.host, place.port
        )
    try:
        yield connection
    finally:
        await connection.close()
