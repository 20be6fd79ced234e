"""One connection: commands go out, and their replies come back in order.

How it works: redis-py makes the connection (it knows passwords, TLS and
Sentinel), then this takes it over. Whoever has a command notes who waits for
its reply, and writes it; what is written while the event loop goes round once
leaves as one, so that many who send at the same time share a round trip.
Nobody reads for himself, and so nobody can be cancelled in the middle of a
reply, after which all later replies would go to the wrong callers. Who gives
up waiting leaves an empty chair: the reply comes, and nobody takes it.

    commands    1 PUBLISH   2 RPUSH    3 PUBLISH   →
    waiting     1           2 (gone)   3
                                       ←   reply 1   reply 2   reply 3

A connection that is subscribed gets what was published instead of replies.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from minichannels.exceptions import LayerUnavailable
from minichannels.layers.redis.requirements import redis_py
from minichannels.layers.redis.resp import Replies, pack

Words = tuple[Any, ...]
"""A command: its name and its arguments."""

Pushed = Callable[[Any], int]
"""Takes what was published; returns for how many rounds to let others run."""

# How much may wait here to be taken before the server has to wait, too.
_MOST, _FEW = 1000, 100

# How much is taken in one round of the event loop.
_AT_ONCE = 16


class Batch:
    """Commands that one caller sends at once, and their replies so far."""

    __slots__ = ("expected", "future", "replies")

    def __init__(self, expected: int, loop: asyncio.AbstractEventLoop) -> None:
        self.expected = expected
        self.future: asyncio.Future[list[Any]] = loop.create_future()
        self.replies: list[Any] = []


class Wire(asyncio.Protocol):
    """An open connection, for many callers at once.

    Args:
        connection: one of redis-py that is connected.
        pushed: takes what comes, if that is not replies.

    Attributes:
        heard: how many times the server has said something.
        ended: says why, when the connection has broken.
    """

    def __init__(self, connection: Any, pushed: Pushed | None = None) -> None:
        self.heard = 0
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[str] = self._loop.create_future()
        self._connection = connection
        self._pushed = pushed
        self._replies = Replies()
        self._waiting: deque[Batch] = deque()
        self._arrived: deque[Any] = deque()
        self._outbox: list[bytes] = []
        self._is_written = True
        self._closed = ""
        # Not public, but the same in all versions from 4 to 8.
        self._transport = connection._writer.transport
        self._transport.set_protocol(self)

    # What callers do

    def calls(self, *commands: Words) -> asyncio.Future[list[Any]]:
        """Send commands; the future gets their replies, errors among them."""
        batch = Batch(len(commands), self._loop)
        self._waiting.append(batch)
        if self._closed:
            self._refuse()
        else:
            self.tell(*commands)
        return batch.future

    def tell(self, *commands: Words) -> None:
        """Send commands to which no replies are expected."""
        self._outbox += map(pack, commands)
        if self._is_written:
            # At once, and what else there is until the next round.
            self._is_written = False
            self._loop.call_soon(self._next_round)
            self._write()

    def ping(self) -> None:
        """Have the server say something."""
        if self._pushed is None:
            self.calls(("PING",))
        else:
            self.tell(("PING",))

    async def close(self, why: str) -> None:
        """End the connection, and tell all who wait."""
        self._closed = why
        self._refuse()
        while self._arrived and self._pushed is not None:
            self._pushed(self._arrived.popleft())
        # Not close(): that would wait for a server that does not read.
        self._transport.abort()
        await self._connection.disconnect(nowait=True)

    # What the event loop calls

    def data_received(self, data: bytes) -> None:
        """Hand replies to those who wait for them."""
        self.heard += 1
        try:
            replies = self._replies.feed(data)
        except (redis_py.InvalidResponse, ValueError) as error:
            self._end(f"it is no Redis: {error}")
            return
        if self._pushed is None:
            for reply in replies:
                self._answer(reply)
            return
        idle = not self._arrived
        self._arrived += replies
        if idle:
            self._take()
        elif len(self._arrived) > _MOST:
            self._transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the connection has broken."""
        self._end(str(exc or "the server closed the connection"))

    # How it is done

    def _write(self) -> None:
        if self._outbox and not self._transport.is_closing():
            self._transport.write(b"".join(self._outbox))
        self._outbox.clear()

    def _next_round(self) -> None:
        self._is_written = True
        self._write()

    def _answer(self, reply: Any) -> None:
        if not self._waiting:
            self._end(f"it says {str(reply)[:40]!r}, and nobody asked")
            return
        batch = self._waiting[0]
        batch.replies.append(reply)
        if len(batch.replies) == batch.expected:
            self._waiting.popleft()
            if not batch.future.done():
                batch.future.set_result(batch.replies)

    def _take(self, rounds: int = 0) -> None:
        """Take what arrived; let those who read it run in between."""
        pushed: Any = self._pushed
        for _ in range(_AT_ONCE):
            if rounds or not self._arrived:
                break
            rounds = pushed(self._arrived.popleft())
        if self._arrived:
            self._loop.call_soon(self._take, max(rounds - 1, 0))
        if len(self._arrived) < _FEW and not self._transport.is_closing():
            self._transport.resume_reading()

    def _end(self, why: str) -> None:
        if not self.ended.done():
            self.ended.set_result(why)

    def _refuse(self) -> None:
        for batch in self._waiting:
            if not batch.future.done():
                batch.future.set_exception(LayerUnavailable(self._closed))
                batch.future.exception()  # of a ping, nobody asks for it
        self._waiting.clear()
