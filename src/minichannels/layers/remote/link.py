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

A link that was closed stays so: whatever still comes is told, and connects no
more.

Rule: a command is sent once. Whether it was carried out before the connection
broke, nobody can know, and a message must not arrive twice.
"""

import abc
import asyncio
import random
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from minichannels.exceptions import LayerUnavailable

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0


class KeptConnection(Protocol):
    """A connection that a link keeps."""

    async def close(self, why: str) -> None:
        """End it; whoever waits for a reply is told why there is none."""


C = TypeVar("C", bound=KeptConnection)


class RemoteLink(abc.ABC, Generic[C]):
    """A connection to one server, on one event loop.

    Args:
        server: what the server is called in texts, such as ``Redis at …``.
        timeout: seconds after which a caller is told that it is away.
        greet: tells a new connection what the last one knew.
        lost: is called when a connection breaks.

    Attributes:
        server: what the server is called.
        timeout: the seconds.
        up: the connection, while there is one.
    """

    def __init__(
        self,
        server: str,
        timeout: float,
        *,
        greet: Callable[[C], None] | None = None,
        lost: Callable[[], None] | None = None,
    ) -> None:
        self.server = server
        self.timeout = timeout
        self.up: C | None = None
        self._greet = greet
        self._lost = lost
        self._why = ""
        self._closed = False
        self._keeper: asyncio.Task[None] | None = None
        self._next: asyncio.Future[C] | None = None
        self._hurried: asyncio.Future[None] | None = None

    # What a kind of server adds

    @abc.abstractmethod
    async def connect(self) -> C:
        """Make a connection."""

    @abc.abstractmethod
    async def watch(self, connection: C) -> str:
        """Wait until a connection breaks, or seems to; return why."""

    # What callers use

    async def wire(self) -> C:
        """Return the connection; wait for it, but not for ever.

        Raises:
            LayerUnavailable: there is none, and why; the link was closed.
        """
        if self.up is not None:
            return self.up
        if not self._closed:
            coming = self._coming()
            await asyncio.wait([coming], timeout=self.timeout)
        if self._closed:  # perhaps while this waited
            raise LayerUnavailable(f"the link to {self.server} was closed")
        if not coming.done():
            raise self.unavailable()
        return coming.result()

    def unavailable(self) -> LayerUnavailable:
        """Return the error for who has waited as long as one may."""
        why = self._why or f"{self.server} does not answer"
        return LayerUnavailable(f"{why}; waited for {self.timeout:g} s")

    def begin(self) -> None:
        """Connect again, if no task does: somebody may have cancelled it."""
        if self._keeper is None and not self._closed:
            self._why = f"lost {self.server}"  # so it does not try only once
            self._coming()

    def hurry(self) -> None:
        """Try again now, not after a pause: the server may be back."""
        hurried = self._hurried
        if self.up is None and hurried is not None and not hurried.done():
            hurried.set_result(None)

    async def open(self) -> None:
        """See to it that there is, or was, a connection.

        Raises:
            LayerUnavailable: there never was one, and why; or the link was
                closed.
        """
        if not self._why:
            await self.wire()

    async def close(self) -> None:
        """End the connection, and the task that keeps it; for good."""
        self._closed = True
        keeper = self._keeper
        # Again, for libraries on the way may swallow a cancellation.
        while keeper is not None and not keeper.done():
            keeper.cancel()
            await asyncio.wait([keeper], timeout=self.timeout)
        # A task that is cancelled before it has begun tells nobody.
        self._end(f"the link to {self.server} was closed")

    def _coming(self) -> asyncio.Future[C]:
        """Return the next connection, which a task begins to make."""
        coming = self._next
        if coming is None:
            coming = self._next = asyncio.get_running_loop().create_future()
        if self._keeper is None:
            keeper = asyncio.create_task(self._keep())
            # One that begins at once may be over, and then keeps nothing.
            self._keeper = None if keeper.done() else keeper
        return coming

    async def _keep(self) -> None:
        """Connect, and connect again, until the first attempt fails."""
        pauses = _pauses()
        why = f"the link to {self.server} was closed"
        try:
            while not self._closed:
                self._hurried = asyncio.get_running_loop().create_future()
                why, was_up = await self._live()
                if not was_up and not self._why:
                    return
                self._why = why
                pauses = _pauses() if was_up else pauses
                await asyncio.wait([self._hurried], timeout=next(pauses))
        finally:
            self._keeper, self._why = None, ""
            self._end(why)

    async def _live(self) -> tuple[str, bool]:
        """Use one connection; return why it ended, and if there was one."""
        try:
            connection = await self.connect()
        except Exception as error:
            # Whatever a library raises: who wants the connection is told.
            problem = str(error) or "it does not answer"
            return f"cannot use {self.server}: {problem}", False
        why = f"the connection to {self.server} was closed"
        try:
            if not self._closed:  # that may have been swallowed on the way
                self._is_up(connection)
                why = await self.watch(connection)
        except GeneratorExit:
            # Collected as garbage: no loop runs, and in a process that was
            # forked the connection is its parent's.
            raise
        except BaseException:
            await self._is_over(connection, why)
            raise
        await self._is_over(connection, why)
        return why, True

    async def _is_over(self, connection: C, why: str) -> None:
        self.up = None
        await connection.close(
            f"{why}; it is not known what became of commands"
        )
        if self._lost is not None:
            self._lost()

    def _is_up(self, connection: C) -> None:
        self.up = connection
        if self._greet is not None:
            self._greet(connection)
        if self._next is not None and not self._next.done():
            self._next.set_result(connection)
        self._next = None

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
