"""Channels that many processes read: each message goes to one of them.

How it works: such a channel is a list at the server. One task of an event
loop reads all the lists that somebody waits for, with one BLPOP that names
them all; so it takes no message that nobody waits for. If another list is to
be read from now on, the BLPOP is woken by a list of its own, and sent anew.

A message may come for somebody who has just given up. Then the next who waits
here gets it; if there is none, it goes back to the head of its list.

Whoever sends learns from RPUSH how long the list is now. If that is more than
may wait, those at its head may be too old to count; they are removed. If there
is still no room, the sender takes its own message back. Between the two
somebody may have read it: then nothing is removed, and it was sent after all.

No script runs at the server, for not every server runs scripts.
"""

import asyncio
import contextlib
import math
from collections import deque
from collections.abc import Callable

from minichannels.exceptions import LayerUnavailable
from minichannels.layers.redis.link import Link
from minichannels.layers.redis.wire import Wire, Words
from minichannels.layers.remote.shard import TooOld
from minichannels.layers.remote.waiting import Waiting

# Of the time limit, how long a BLPOP waits at the server: it has to come back
# before the link takes the server for dead.
_BLOCKED = 4

_CLOSED = "the channel layer was closed"


class Lists:
    """What one event loop reads from the lists of one host.

    Args:
        commands: the link for all other commands.
        wake: the key of the list that wakes the reader.
        lost: takes the key and the bytes of what could not be put back.
    """

    def __init__(
        self, commands: Link, wake: str, lost: Callable[[str, bytes], None]
    ) -> None:
        self._commands = commands
        self._link = Link(commands.host, commands.timeout)
        self.hurry = self._link.hurry
        self._wake = wake
        self._lost = lost
        self._waiting = Waiting()
        self._left: deque[tuple[str, bytes]] = deque()
        self._named: tuple[str, ...] = ()
        self._closed = False
        self._work = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None
        self._turn = 0

    async def pop(self, key: str) -> bytes:
        """Take the first of a list, waiting if there is none.

        Raises:
            LayerUnavailable: the host was never there; it refuses; or the
                layer is closed.
        """
        await self._link.open()
        await self._commands.open()  # the reader is woken by it
        if self._closed:
            raise LayerUnavailable(_CLOSED)
        # It is over if somebody has cancelled all tasks that there were.
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read())
        future = self._waiting.join(key)
        self._begin(key)
        try:
            return await future
        except asyncio.CancelledError:
            self._give_up(key, future)
            raise

    async def close(self) -> None:
        """Tell those who wait; end the reader, and keep nothing back."""
        self._closed = True
        self._fail(LayerUnavailable(_CLOSED))
        if self._reader is not None:
            self._work.set()
            if self._link.up is not None:
                await self._comes_to_rest(self._reader)
            self._reader.cancel()
            await asyncio.wait([self._reader])
            self._reader = None
        await self._put_back()
        await self._link.close()

    async def _comes_to_rest(self, reader: asyncio.Task[None]) -> None:
        """Wait until the reader has got what the server gives, and ends."""
        with contextlib.suppress(LayerUnavailable):
            await self._commands.calls(*self._bell())
        await asyncio.wait([reader], timeout=self._link.timeout)

    def _begin(self, key: str) -> None:
        """Have a list read, too."""
        self._work.set()
        if self._named and key not in self._named:
            self._ring()

    def _ring(self) -> None:
        """Have the BLPOP come back at once, not only soon."""
        wire = self._commands.up
        if wire is not None:
            wire.calls(*self._bell())

    def _bell(self) -> tuple[Words, Words]:
        lifetime = math.ceil(self._commands.timeout * 1000)
        return ("RPUSH", self._wake, ""), ("PEXPIRE", self._wake, lifetime)

    def _give_up(self, key: str, future: asyncio.Future[bytes]) -> None:
        data = self._waiting.leave(key, future)
        if data is not None:
            self._left.append((key, data))
        self._work.set()
        if self._named:
            self._ring()

    async def _read(self) -> None:
        while not self._closed:
            await self._put_back()
            if self._waiting:
                await self._take()
            elif not self._closed:  # as it may be by now
                self._work.clear()
                await self._work.wait()

    async def _take(self) -> None:
        """Take one message, of a list that somebody waits for."""
        try:
            wire = await self._link.wire()
            if self._waiting:  # nobody may, after a while without a server
                await self._take_by(wire)
        except LayerUnavailable:
            await asyncio.sleep(0)  # the link waits, and connects again

    async def _take_by(self, wire: Wire) -> None:
        seconds = max(self._link.timeout / _BLOCKED, 0.001)  # 0: for ever
        self._named = self._in_turn()
        try:
            command = ("BLPOP", self._wake, *self._named, f"{seconds:.3f}")
            (reply,) = await wire.calls(command)
        finally:
            self._named = ()
        if isinstance(reply, Exception):
            at = self._link.host.address
            self._fail(LayerUnavailable(f"Redis at {at} refuses: {reply}"))
        elif reply is not None and reply[0] != self._wake.encode():
            self._hand_out(reply[0].decode(), reply[1])
            # Whoever got it may come back for more at once.
            await asyncio.sleep(0)

    def _in_turn(self) -> tuple[str, ...]:
        """Return the lists to read, beginning with another one each time.

        The server gives of the first that has something.
        """
        keys = list(self._waiting)
        self._turn = (self._turn + 1) % len(keys)
        return (*keys[self._turn :], *keys[: self._turn])

    def _hand_out(self, key: str, data: bytes) -> None:
        if not self._waiting.give(key, data):
            self._left.append((key, data))

    async def _put_back(self) -> None:
        """Give what nobody took to the next, or back to its list."""
        while self._left:
            key, data = self._left.popleft()
            if self._waiting.give(key, data):
                continue
            try:
                await self._commands.call("LPUSH", key, data)
            except LayerUnavailable:
                self._lost(key, data)

    def _fail(self, error: LayerUnavailable) -> None:
        for key in list(self._waiting):
            self._waiting.fail(key, error)


async def push(
    link: Link, key: str, data: bytes, capacity: int, keep: float, old: TooOld
) -> bool:
    """Add a message to a list; return whether there was room for it.

    Args:
        link: to the host of the list.
        key: the list's.
        data: the message; no other has the same bytes.
        capacity: how many may wait.
        keep: seconds after which the server may forget the list.
        old: tells, and counts, that a message is too old.
    """
    length, _ = await link.calls(
        ("RPUSH", key, data), ("PEXPIRE", key, math.ceil(keep * 1000))
    )
    while length > capacity:
        head = await link.call("LINDEX", key, 0)
        if head is None or not old(head):
            return not await link.call("LREM", key, -1, data)
        await link.call("LREM", key, 1, head)
        length -= 1
    return True
