"""One connection: commands go out, and their replies come back in order.

How it works: whoever has a command puts it into the outbox and waits for its
reply. One task writes what is in the outbox, all of it at once, so that many
who send at the same time share a round trip. Another reads, for as long as
the connection lives: it is never cancelled in the middle of a reply, for then
all later replies would go to the wrong callers. Who gives up waiting leaves
an empty chair: the reply comes, and nobody takes it.

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

Words = tuple[Any, ...]
"""A command: its name and its arguments."""

Pushed = Callable[[Any], None]

BREAKS = (redis_py.RedisError, OSError)
"""What redis-py raises when a connection is of no use any more."""


class Batch:
    """Commands that one caller sends at once, and their replies so far."""

    __slots__ = ("expected", "future", "replies")

    def __init__(self, expected: int) -> None:
        self.expected = expected
        self.future: asyncio.Future[list[Any]]
        self.future = asyncio.get_running_loop().create_future()
        self.replies: list[Any] = []


class Wire:
    """An open connection of redis-py, for many callers at once.

    Args:
        connection: the connection.
        pushed: takes what comes, if that is not replies.

    Attributes:
        heard: how many times the server has said something.
    """

    def __init__(self, connection: Any, pushed: Pushed | None = None) -> None:
        self.heard = 0
        self._connection = connection
        self._pushed = pushed
        self._outbox: list[bytes] = []
        self._waiting: deque[Batch] = deque()
        self._has_commands = asyncio.Event()
        self._broken = ""

    def calls(self, *commands: Words) -> asyncio.Future[list[Any]]:
        """Send commands; the future gets their replies, errors among them."""
        batch = Batch(len(commands))
        if self._broken:
            batch.future.set_exception(LayerUnavailable(self._broken))
            batch.future.exception()
        else:
            self._waiting.append(batch)
            self.tell(*commands)
        return batch.future

    def tell(self, *commands: Words) -> None:
        """Send commands to which no replies are expected."""
        for words in commands:
            self._outbox += self._connection.pack_command(*words)
        self._has_commands.set()

    async def run(self) -> None:
        """Write and read, until the connection breaks.

        Raises:
            Exception: one of ``BREAKS``: why it is broken.
        """
        writing = asyncio.create_task(self._write())
        try:
            while True:
                await self._read()
        finally:
            # Without waiting: whoever ends all tasks may cancel this one twice.
            writing.cancel()
            await self._connection.disconnect(nowait=True)

    def ping(self) -> None:
        """Have the server say something."""
        if self._pushed is None:
            self.calls(("PING",))
        else:
            self.tell(("PING",))

    def fail(self, why: str) -> None:
        """Tell all who wait that there will be no reply."""
        self._broken = why
        for batch in self._waiting:
            if not batch.future.done():
                batch.future.set_exception(LayerUnavailable(why))
                batch.future.exception()  # of a ping, nobody asks for it
        self._waiting.clear()

    async def _write(self) -> None:
        while True:
            await self._has_commands.wait()
            self._has_commands.clear()
            outbox, self._outbox = self._outbox, []
            try:
                await self._connection.send_packed_command(outbox)
            except BREAKS:
                return  # whoever reads finds out, and why

    async def _read(self) -> None:
        try:
            reply = await self._connection.read_response(
                disconnect_on_error=False
            )
        except redis_py.ResponseError as error:
            reply = error  # it concerns one caller
        self.heard += 1
        if self._pushed is not None:
            self._pushed(reply)
            # A thousand may have come at once: those who read them are to
            # run in between, or their mailboxes would be full.
            await asyncio.sleep(0)
        elif self._waiting:
            self._answer(reply)

    def _answer(self, reply: Any) -> None:
        batch = self._waiting[0]
        batch.replies.append(reply)
        if len(batch.replies) == batch.expected:
            self._waiting.popleft()
            if not batch.future.done():
                batch.future.set_result(batch.replies)
