"""Streams at the server, in which channels that many processes read wait.

How it works: for each capacity there is a work-queue stream; a channel is a
subject in it, and what is above capacity is refused. What a stream keeps goes
to one reader, and is gone when that has acknowledged it (``nats.readers``).

Source: NATS, "JetStream wire API Reference".
"""

import json
from typing import Any

from minichannels.exceptions import LayerUnavailable
from minichannels.layers.nats.link import NatsLink
from minichannels.layers.nats.names import reader_of
from minichannels.layers.nats.settings import NatsSettings
from minichannels.layers.nats.wire import NANO, NatsWire, RequestRefused
from minichannels.layers.remote.shard import TooOld

# What JetStream says, by number.
_FULL = 10077
_NO_STREAM = 10059
_OTHER_SETTINGS = 10058  # there is a stream, made by somebody else


# Each channel that is read has one, whoever reads it. Without a number of its
# own a stream has as many as the server thinks fit: a thousand, as a rule.
_MOST_READERS = 1_000_000


# In seconds. The server counts none shorter; who reads knows better.
_SHORTEST = 0.1


class Streams:
    """The streams of a layer, as one event loop uses them.

    Args:
        link: the connection.
        settings: what the layer was told.
    """

    def __init__(self, link: NatsLink, settings: NatsSettings) -> None:
        self._link = link
        self._settings = settings

    async def push(
        self, channel: str, data: bytes, capacity: int, old: TooOld
    ) -> bool:
        """Add a message to a channel; return whether there was room.

        Args:
            channel: the channel.
            data: the message.
            capacity: how many may wait there.
            old: tells of the first one that waits whether it is too old: if
                so, it makes room.

        Raises:
            LayerUnavailable: the server is away, refuses it, or has lost the
                stream.
        """
        subject = self._settings.names.list_of(channel, capacity)
        wire = await self._link.wire()
        stream = await self.stream(wire, capacity)
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

    # What is at the server

    async def stream(self, wire: NatsWire, capacity: int) -> str:
        """Return the stream for a capacity, which there is from now on.

        Raises:
            LayerUnavailable: see :meth:`make`.
        """
        names = self._settings.names
        name = names.stream(capacity)
        await self.make(
            wire,
            name,
            names.lists(capacity),
            keep=2 * self._settings.layer.expiry,  # who looks, counts it
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

        Args:
            wire: the connection.
            name: its name.
            subjects: what it keeps, as a subject with wildcards.
            keep: for how many seconds.
            more: what else JetStream may be told of a stream.

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
            max_age=int(max(keep, _SHORTEST) * NANO),
            max_consumers=_MOST_READERS,
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
        subject = self._settings.names.all_lists
        answer = await wire.api("STREAM.NAMES", subject=subject) or {}
        for name in answer.get("streams") or ():
            await self.purge(wire, name)

    async def reader(
        self, wire: NatsWire, stream: str, channel: str, capacity: int
    ) -> str:
        """Return what all processes read a channel by, made if need be.

        Args:
            wire: the connection.
            stream: the channel's stream.
            channel: the channel.
            capacity: that of the stream.

        Raises:
            RequestRefused: the server says so.
        """
        subject = self._settings.names.list_of(channel, capacity)
        name = reader_of(subject.rpartition(".")[2])
        if f"{stream} {name}" in wire.known:
            return name
        held = int(max(2 * self._settings.layer.expiry, _SHORTEST) * NANO)
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
