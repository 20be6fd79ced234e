"""A connection that renews itself.

How it works: the first connection is made when somebody needs it, and if that
fails, the caller is told why at once: most often a name or a password is
wrong. A connection that was there and broke is made again and again, with
growing pauses; callers wait for it meanwhile, but not for ever.

    a link is …   until …
    unused        somebody calls: a task begins to connect
    connecting    there is a connection (up); or none at the first time
                  (unused again, and all callers are told why)
    up            the connection breaks: whoever waits for a reply is told
                  that it is not known what became of the command
    away          there is a connection again (up)

A server that stands still breaks no connection. So it is asked now and then
whether it lives; if nothing is heard, that counts as broken.

Rule: a command is sent once. Whether it was carried out before the connection
broke, nobody can know, and a message must not arrive twice.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from typing import Any

from minichannels.exceptions import LayerUnavailable
from minichannels.layers.redis.hosts import Host
from minichannels.layers.redis.requirements import redis_py
from minichannels.layers.redis.wire import Pushed, Wire, Words

# What redis-py raises when it cannot connect.
BREAKS = (redis_py.RedisError, OSError)

# Several looks, not a long one: if this process itself stood still, a single
# wait would be over before what came meanwhile is read.
_LOOKS = 4

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0


class Link:
    """A connection to one host, on one event loop.

    Args:
        host: the host.
        timeout: seconds after which a caller is told that it is away.
        pushed: takes what comes, if that is not replies.
        greet: tells a new connection what the last one knew.
        lost: is called when a connection breaks.

    Attributes:
        host: the host.
        timeout: the seconds.
        up: the connection, while there is one.
    """

    def __init__(
        self,
        host: Host,
        timeout: float,
        *,
        pushed: Pushed | None = None,
        greet: Callable[[Wire], None] | None = None,
        lost: Callable[[], None] | None = None,
    ) -> None:
        self.host = host
        self.timeout = timeout
        self.up: Wire | None = None
        self._pushed = pushed
        self._greet = greet
        self._lost = lost
        self._why = ""
        self._keeper: asyncio.Task[None] | None = None
        self._next: asyncio.Future[Wire] | None = None

    async def call(self, *words: Any) -> Any:
        """Send a command and return the reply; see :meth:`calls`."""
        return (await self.calls(words))[0]

    async def calls(self, *commands: Words) -> list[Any]:
        """Send commands in one go and return their replies.

        Raises:
            LayerUnavailable: the server cannot be reached, or refuses one.
        """
        wire = self.up or await self.wire()
        replies = await wire.calls(*commands)
        for words, reply in zip(commands, replies, strict=True):
            if isinstance(reply, Exception):
                raise LayerUnavailable(
                    f"Redis at {self.host.address} refuses {words[0]}: {reply}"
                )
        return replies

    async def wire(self) -> Wire:
        """Return the connection; wait for it, but not for ever.

        Raises:
            LayerUnavailable: there is none, and why.
        """
        if self.up is not None:
            return self.up
        coming = self._coming()
        await asyncio.wait([coming], timeout=self.timeout)
        if not coming.done():
            why = self._why or f"Redis at {self.host.address} does not answer"
            raise LayerUnavailable(f"{why}; waited for {self.timeout:g} s")
        return coming.result()

    async def open(self) -> None:
        """See to it that there is, or was, a connection.

        Raises:
            LayerUnavailable: there never was one, and why.
        """
        if not self._why:
            await self.wire()

    async def close(self) -> None:
        """End the connection, and the task that keeps it."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])

    def _coming(self) -> asyncio.Future[Wire]:
        """Return the next connection, which a task begins to make."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep())
        return self._next

    async def _keep(self) -> None:
        """Connect, and connect again, until the first attempt fails."""
        pauses = _pauses()
        why = f"the link to Redis at {self.host.address} was closed"
        try:
            while True:
                why, was_up = await self._live()
                if not was_up and not self._why:
                    return
                self._why = why
                pauses = _pauses() if was_up else pauses
                await asyncio.sleep(next(pauses))
        finally:
            self._keeper, self._why = None, ""
            self._end(why)

    async def _live(self) -> tuple[str, bool]:
        """Use one connection; return why it ended, and if there was one."""
        try:
            wire = await self._connect()
        except (*BREAKS, TimeoutError) as error:
            problem = str(error) or "it does not answer"
            return f"cannot use Redis at {self.host.address}: {problem}", False
        why = f"the connection to Redis at {self.host.address} was closed"
        try:
            self._is_up(wire)
            why = await self._watch(wire)
        finally:
            self.up = None
            await wire.close(f"{why}; it is not known what became of commands")
            if self._lost is not None:
                self._lost()
        return why, True

    async def _connect(self) -> Wire:
        connection = self.host.connection()
        try:
            async with asyncio.timeout(self.timeout):
                await connection.connect()
                await connection.send_command("PING")
                reply = await connection.read_response()
            if reply != b"PONG":
                raise redis_py.ConnectionError(f"it answers {reply!r:.60}")
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        return Wire(connection, self._pushed)

    def _is_up(self, wire: Wire) -> None:
        self.up = wire
        if self._greet is not None:
            self._greet(wire)
        if self._next is not None and not self._next.done():
            self._next.set_result(wire)
        self._next = None

    async def _watch(self, wire: Wire) -> str:
        """Wait until a connection breaks, or seems to; return why."""
        at, half = self.host.address, self.timeout / 2
        while True:
            await asyncio.wait([wire.ended], timeout=half)
            heard = wire.heard
            wire.ping()
            for _ in range(_LOOKS):
                if wire.ended.done():
                    return f"lost Redis at {at}: {wire.ended.result()}"
                await asyncio.wait([wire.ended], timeout=half / _LOOKS)
                if wire.heard != heard:
                    break
            else:
                return f"Redis at {at} has not answered for {half:g} s"

    def _end(self, why: str) -> None:
        """Tell those who wait that there will be no connection."""
        if self._next is not None and not self._next.done():
            self._next.set_exception(LayerUnavailable(why))
            self._next.exception()  # it may be that nobody waits any more
        self._next = None


def _pauses() -> Iterator[float]:
    """Give how long to wait before the next attempt, and the one after it."""
    pause = _FIRST_PAUSE
    while True:
        # Not all processes at once, when a server comes back.
        yield pause * random.uniform(0.5, 1)
        pause = min(2 * pause, _LONGEST_PAUSE)
