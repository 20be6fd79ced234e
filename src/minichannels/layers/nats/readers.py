"""Who reads here from the channels that many processes read.

How it works: each message goes to one of them. For each channel that somebody
here waits for, a task takes one message after the other, acknowledges it, and
gives it to whoever waits longest.

    the task …             the message …
    asks for the next      waits at the server
    has got one            is held back for this process
    has acknowledged it    is gone from the server, and given to the reader

A message may come for somebody who has just given up. One that is held back
goes back to the head. One that was acknowledged is for the next who waits here;
if there is none for a while, it is sent again. If this process ends in between,
a message is held back for so long that it is too old for whoever gets it then.
So none is read twice.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable

from minichannels.exceptions import LayerUnavailable
from minichannels.layers.nats.link import NatsLink
from minichannels.layers.nats.settings import NatsSettings
from minichannels.layers.nats.streams import Streams
from minichannels.layers.nats.wire import NatsWire, RequestRefused, status_of
from minichannels.layers.remote.waiting import Waiting

# What comes in place of a message, if none has come for a while.
_ORDINARY = ("", "404", "408")

_PAUSE = 0.05

_CLOSED = "the channel layer was closed"


class Readers:
    """Those on one event loop who wait for a message.

    Args:
        link: the connection.
        streams: what the channels are at the server.
        settings: what the layer was told.
        lost: takes the channel and the bytes of what nobody will read, and
            why.
    """

    def __init__(
        self,
        link: NatsLink,
        streams: Streams,
        settings: NatsSettings,
        lost: Callable[[str, bytes, str], None],
    ) -> None:
        self._link = link
        self._streams = streams
        self._settings = settings
        self._lost = lost
        self._waiting = Waiting()
        self._closed = False
        self._left: dict[str, deque[bytes]] = {}
        self._readers: dict[str, asyncio.Task[None]] = {}

    async def pop(self, channel: str) -> bytes:
        """Take the first of a channel, waiting if there is none.

        Raises:
            LayerUnavailable: the server was never there; it refuses; or the
                layer is closed.
        """
        await self._link.open()
        if self._closed:
            raise LayerUnavailable(_CLOSED)
        if channel in self._left:  # and so nobody else waits
            return self._take_left(channel)
        future = self._waiting.join(channel)
        self._begin(channel)
        try:
            return await future
        except asyncio.CancelledError:
            data = self._waiting.leave(channel, future)
            if data is not None:
                self._give(channel, data)
            raise

    def _begin(self, channel: str) -> None:
        if channel not in self._readers:
            reader = asyncio.create_task(self._read(channel))
            self._readers[channel] = reader

    async def close(self) -> None:
        """Tell those who wait; end the readers, and keep nothing back."""
        self._closed = True
        for channel in list(self._waiting):
            self._waiting.fail(channel, LayerUnavailable(_CLOSED))
        await self._have_taken()
        readers = list(self._readers.values())
        for reader in readers:
            reader.cancel()
        if readers:
            await asyncio.wait(readers)
        for channel in list(self._left):
            await self._put_back(channel)

    async def _have_taken(self) -> None:
        """Wait for what the server gives while nobody waits any more."""
        readers, wire = list(self._readers.values()), self._link.up
        if readers and wire is not None:
            with contextlib.suppress(LayerUnavailable):
                await wire.ask_no_more()
            await asyncio.wait(readers, timeout=self._link.timeout)

    async def _read(self, channel: str) -> None:
        """Read a channel for as long as somebody waits for it."""
        try:
            while channel in self._waiting or channel in self._left:
                try:
                    await self._deal_with(channel)
                except RequestRefused as error:
                    self._waiting.fail(channel, error)
                except LayerUnavailable:
                    await asyncio.sleep(0)  # the link waits, and connects
        finally:
            del self._readers[channel]

    async def _deal_with(self, channel: str) -> None:
        if channel in self._waiting:
            await self._take(await self._link.wire(), channel)
            return
        # Whoever gave up often comes back, and then goes on in order.
        await asyncio.sleep(_PAUSE)
        if channel not in self._waiting:
            await self._put_back(channel)

    async def _take(self, wire: NatsWire, channel: str) -> None:
        """Take one message; or nothing, if none comes for a while."""
        capacity = self._settings.layer.get_capacity(channel)
        stream = await self._streams.stream(wire, capacity)
        reader = await self._streams.reader(wire, stream, channel, capacity)
        message = await wire.next(stream, reader, self._link.timeout / 2)
        if message is None or status_of(message) not in _ORDINARY:
            # The stream or its reader was forgotten, as nobody reads for long.
            wire.known -= {stream, f"{stream} {reader}"}
            await asyncio.sleep(_PAUSE)
        elif message.reply:  # otherwise it says that none came
            if channel not in self._waiting:
                await wire.ask(message.reply, b"-NAK")
            elif await wire.ask(message.reply, b"+ACK") is not None:
                self._give(channel, message.data)
                # Whoever got it may come back for more at once.
                await asyncio.sleep(0)

    def _give(self, channel: str, data: bytes) -> None:
        """Give a message to whoever waits longest; or keep it for a while."""
        if not self._waiting.give(channel, data):
            self._left.setdefault(channel, deque()).append(data)
            self._begin(channel)

    def _take_left(self, channel: str) -> bytes:
        left = self._left[channel]
        data = left.popleft()
        if not left:
            del self._left[channel]
        return data

    async def _put_back(self, channel: str) -> None:
        """Send again what nobody here took, for others."""
        capacity = self._settings.layer.get_capacity(channel)
        for data in self._left.pop(channel, ()):
            try:
                if not await self._streams.push(
                    channel, data, capacity, _is_old
                ):
                    self._lost(channel, data, f"full {capacity}/{capacity}")
            except LayerUnavailable:
                self._lost(channel, data, "undelivered")


def _is_old(data: bytes) -> bool:
    """Say of no message that it is too old: others may be read before it."""
    return False
