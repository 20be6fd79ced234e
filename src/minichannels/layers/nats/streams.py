"""Channels that many processes read, as subjects of a work-queue stream.

How it works: each message goes to one of them. The stream keeps each message
until one reader has acknowledged it, and refuses what is above capacity. For
each channel that somebody here waits for, a task takes one message after the
other, acknowledges it, and gives it to whoever waits longest.

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
import json
from collections import deque
from collections.abc import Callable
from typing import Any

from minichannels.exceptions import LayerUnavailable
from minichannels.layers.nats.link import NatsLink
from minichannels.layers.nats.settings import NatsSettings
from minichannels.layers.nats.wire import NANO, NatsWire, status_of
from minichannels.layers.remote.shard import TooOld

# What JetStream says, by number.
_FULL = 10077
_NO_STREAM = 10059
_OTHER_SETTINGS = 10058  # there is a stream, made by somebody else


# What comes in place of a message, if none has come for a while.
_ORDINARY = ("", "404", "408")

_PAUSE = 0.05

_CLOSED = "the channel layer was closed"


class RequestRefused(LayerUnavailable):
    """The server is there, and does not do what it is asked."""


class Streams:
    """What one event loop reads from the channels of all, and puts there.

    Args:
        link: the connection.
        layer: the layer.
        lost: takes the channel and the bytes of what nobody will read.
    """

    def __init__(
        self,
        link: NatsLink,
        layer: NatsSettings,
        lost: Callable[[str, bytes], None],
    ) -> None:
        self._link = link
        self._layer = layer
        self._lost = lost
        self._waiting: dict[str, deque[asyncio.Future[bytes]]] = {}
        self._closed = False
        self._left: dict[str, deque[bytes]] = {}
        self._readers: dict[str, asyncio.Task[None]] = {}

    # Sending

    async def push(
        self, channel: str, data: bytes, capacity: int, old: TooOld
    ) -> bool:
        """Add a message to a channel; return whether there was room."""
        subject = self._layer.names.list_of(channel, capacity)
        wire = await self._link.wire()
        stream = await self._stream(wire, capacity)
        while True:
            answer = await wire.ask(subject, data)
            if answer is None:
                wire.known.discard(stream)
                raise LayerUnavailable(
                    f"{self._link.server} has lost the stream of {channel!r}"
                )
            error = json.loads(answer.data).get("error")
            if error is None:
                return True
            if error["err_code"] != _FULL:
                raise self._refused(error)
            if not await self._drop_head(wire, stream, subject, old):
                return False

    async def _drop_head(
        self, wire: NatsWire, stream: str, subject: str, old: TooOld
    ) -> bool:
        """Remove the first message of a channel, if it is too old."""
        first = json.dumps({"next_by_subj": subject, "seq": 0}).encode()
        head = await wire.ask(f"$JS.API.DIRECT.GET.{stream}", first)
        number = head and head.headers and head.headers.get("Nats-Sequence")
        if not number:  # it was read in the meantime
            return True
        if not old(head.data):
            return False
        await wire.api(f"STREAM.MSG.DELETE.{stream}", seq=int(number))
        return True

    # Reading

    async def pop(self, channel: str) -> bytes:
        """Take the first of a channel, waiting if there is none.

        Raises:
            LayerUnavailable: the server was never there; it refuses; or the
                layer is closed.
        """
        await self._link.open()
        if self._closed:
            raise LayerUnavailable(_CLOSED)
        if self._left.get(channel):  # and so nobody else waits
            return self._left[channel].popleft()
        future: asyncio.Future[bytes]
        future = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(channel, deque()).append(future)
        self._begin(channel)
        try:
            return await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled():
                self._give(channel, future.result())
            raise

    def _begin(self, channel: str) -> None:
        if channel not in self._readers:
            reader = asyncio.create_task(self._read(channel))
            self._readers[channel] = reader

    async def close(self) -> None:
        """End the readers, and tell those who wait."""
        self._closed = True
        readers = list(self._readers.values())
        for reader in readers:
            reader.cancel()
        if readers:
            await asyncio.wait(readers)
        for channel in list(self._left):
            await self._put_back(channel)
        for channel in list(self._waiting):
            self._fail(channel, LayerUnavailable(_CLOSED))

    async def _read(self, channel: str) -> None:
        """Read a channel for as long as somebody waits for it."""
        try:
            while self._next(channel) is not None or self._left.get(channel):
                try:
                    await self._deal_with(channel)
                except RequestRefused as error:
                    self._fail(channel, error)
                except LayerUnavailable:
                    await asyncio.sleep(0)  # the link waits, and connects
        finally:
            del self._readers[channel]

    async def _deal_with(self, channel: str) -> None:
        if self._next(channel) is not None:
            await self._take(await self._link.wire(), channel)
            return
        # Whoever gave up often comes back, and then goes on in order.
        await asyncio.sleep(_PAUSE)
        if self._next(channel) is None:
            await self._put_back(channel)

    async def _take(self, wire: NatsWire, channel: str) -> None:
        """Take one message; or nothing, if none comes for a while."""
        capacity = self._layer.get_capacity(channel)
        stream = await self._stream(wire, capacity)
        reader = await self._reader(wire, stream, channel, capacity)
        message = await wire.next(stream, reader, self._link.timeout / 2)
        if message is None or status_of(message) not in _ORDINARY:
            # The stream or its reader was forgotten, as nobody reads for long.
            wire.known -= {stream, f"{stream} {reader}"}
            await asyncio.sleep(_PAUSE)
        elif message.reply:  # otherwise it says that none came
            if self._next(channel) is None:
                await wire.ask(message.reply, b"-NAK")
            elif await wire.ask(message.reply, b"+ACK") is not None:
                self._give(channel, message.data)
                # Whoever got it may come back for more at once.
                await asyncio.sleep(0)

    def _give(self, channel: str, data: bytes) -> None:
        """Give a message to whoever waits longest; or keep it for a while."""
        future = self._next(channel)
        if future is None:
            self._left.setdefault(channel, deque()).append(data)
            self._begin(channel)
        else:
            self._waiting[channel].popleft()
            future.set_result(data)

    async def _put_back(self, channel: str) -> None:
        """Send again what nobody here took, for others."""
        for data in self._left.pop(channel, ()):
            capacity = self._layer.get_capacity(channel)
            try:
                done = await self.push(channel, data, capacity, lambda _: False)
            except LayerUnavailable:
                done = False
            if not done:
                self._lost(channel, data)

    def _next(self, channel: str) -> asyncio.Future[bytes] | None:
        """Return who waits longest for a channel, if anybody does."""
        waiting = self._waiting.get(channel, deque())
        while waiting and waiting[0].done():
            waiting.popleft()
        if waiting:
            return waiting[0]
        self._waiting.pop(channel, None)
        return None

    def _fail(self, channel: str, error: LayerUnavailable) -> None:
        for future in self._waiting.pop(channel, ()):
            if not future.done():
                future.set_exception(error)

    # What is at the server

    async def _stream(self, wire: NatsWire, capacity: int) -> str:
        """Return the stream for a capacity, which there is from now on."""
        names = self._layer.names
        name = names.stream(capacity)
        await self.make(
            wire,
            name,
            names.lists(capacity),
            keep=2 * self._layer.expiry,  # who looks, counts it
            retention="workqueue",
            discard="new",
            discard_new_per_subject=True,
            max_msgs_per_subject=capacity,
            allow_direct=True,
        )
        return name

    async def make(
        self, wire: NatsWire, name: str, subjects: str, keep: float, **more: Any
    ) -> None:
        """See to it that there is a stream.

        Raises:
            LayerUnavailable: the server has none, or refuses it.
        """
        if name in wire.known:
            return
        answer = await wire.api(
            f"STREAM.CREATE.{name}",
            name=name,
            subjects=[subjects],
            storage="memory",
            max_age=int(keep * NANO),
            num_replicas=1,
            **more,
        )
        if answer is None:
            raise RequestRefused(
                f"{self._link.server} runs without JetStream, which keeps the"
                " channels that many processes read; start it with -js"
            )
        error = answer.get("error")
        if error and error["err_code"] != _OTHER_SETTINGS:
            raise self._refused(error)
        wire.known.add(name)

    async def purge(self, wire: NatsWire, name: str, **which: Any) -> None:
        """Remove messages from a stream, if there is one.

        Raises:
            LayerUnavailable: the server is away, or refuses it.
        """
        answer = await wire.api(f"STREAM.PURGE.{name}", **which) or {}
        error = answer.get("error")
        if error and error["err_code"] != _NO_STREAM:
            raise self._refused(error)

    async def forget(self) -> None:
        """Remove all messages from all channels."""
        wire = await self._link.wire()
        subject = self._layer.names.all_lists
        answer = await wire.api("STREAM.NAMES", subject=subject) or {}
        for name in answer.get("streams") or ():
            await self.purge(wire, name)

    async def _reader(
        self, wire: NatsWire, stream: str, channel: str, capacity: int
    ) -> str:
        """Return what all processes read a channel by."""
        subject = self._layer.names.list_of(channel, capacity)
        name = subject.rpartition(".")[2]
        if f"{stream} {name}" in wire.known:
            return name
        held = int(2 * self._layer.expiry * NANO)
        config = {
            "name": name,
            "durable_name": name,
            "filter_subject": subject,
            "ack_policy": "explicit",
            "ack_wait": held,
            "inactive_threshold": held,
            "max_ack_pending": -1,
            "mem_storage": True,
        }
        call = f"CONSUMER.CREATE.{stream}.{name}.{subject}"
        answer = await wire.api(call, stream_name=stream, config=config)
        if answer and answer.get("error"):
            raise self._refused(answer["error"])
        wire.known.add(f"{stream} {name}")
        return name

    def _refused(self, error: dict[str, Any]) -> RequestRefused:
        return RequestRefused(
            f"{self._link.server} refuses: {error['description']}"
        )
