"""What one event loop of the layer has at NATS."""

import contextlib
from collections.abc import Callable

from minichannels.exceptions import LayerUnavailable
from minichannels.layers.nats.link import NatsLink
from minichannels.layers.nats.members import Members
from minichannels.layers.nats.readers import Readers
from minichannels.layers.nats.settings import NatsSettings
from minichannels.layers.nats.streams import Streams
from minichannels.layers.nats.wire import NatsWire
from minichannels.layers.remote.session import Session
from minichannels.layers.remote.shard import Subject, TooOld


class NatsShard:
    """A session's connection to NATS; see ``layers.remote.shard``.

    Args:
        settings: what the layer was told.
        session: the event loop's part of it.

    Attributes:
        link: the connection.
        readers: who waits here for what many processes read.
    """

    def __init__(self, settings: NatsSettings, session: Session) -> None:
        self._names = settings.names
        self._session = session
        self._heard: set[str] = set()
        self._was_lost = False
        self.link = NatsLink(
            settings,
            pushed=self._pushed,
            heard=self._heard,
            greet=self._is_there,
            lost=self._is_lost,
        )
        self._streams = Streams(self.link, settings)
        lost = session.list_lost
        self.readers = Readers(self.link, self._streams, settings, lost)
        self._members = Members(self._streams, settings)

    # Subjects

    async def publish(self, subject: Subject, data: bytes) -> int:
        """Publish; return 0 if nobody hears it."""
        wire = await self.link.wire()
        return int(await wire.publish(self._names.topic(subject), data))

    async def publish_in_group(
        self, group: str, data: bytes, since: float
    ) -> list[str]:
        """Publish to a group; return its members that many processes read."""
        wire = await self.link.wire()
        await wire.publish(self._names.topic(("group", group)), data)
        return await self._members.of(wire, group, since)

    async def subscribe(self, subject: Subject) -> None:
        """Hear a subject, from when this returns."""
        topic = self._names.topic(subject)
        wire = await self.link.wire()
        self._heard.add(topic)  # until nobody wants it, whoever fails to
        await wire.subscribe(topic)

    def unsubscribe(self, subject: Subject) -> None:
        """Hear a subject no more."""
        topic = self._names.topic(subject)
        self._heard.discard(topic)
        if self.link.up is not None:
            self.link.up.unsubscribe(topic)

    def keep(self, is_wanted: Callable[[Subject], bool]) -> None:
        """Hear no more of those subjects that nobody wants."""
        for subject in map(self._names.subject, list(self._heard)):
            if not is_wanted(subject):
                self.unsubscribe(subject)

    async def caught_up(self) -> None:
        """Wait until all has arrived that was published before this.

        If there is no connection, or it breaks, nothing is under way.
        """
        if self.link.up is not None:
            with contextlib.suppress(LayerUnavailable):
                await self.link.up.mark()

    def hear_again(self) -> None:
        """Begin to, if somebody has cancelled the task that does."""
        if self._was_lost:
            self.link.begin()

    def __len__(self) -> int:
        return len(self._heard)

    # Channels that many processes read

    async def push(
        self, channel: str, data: bytes, capacity: int, old: TooOld
    ) -> bool:
        """Add a message to a channel; return whether there was room."""
        return await self._streams.push(channel, data, capacity, old)

    async def pop(self, channel: str) -> bytes:
        """Take the first of a channel, waiting if there is none."""
        return await self.readers.pop(channel)

    async def add_member(self, group: str, channel: str, now: float) -> None:
        """Make such a channel a member of a group."""
        await self._members.add(await self.link.wire(), group, channel, now)

    async def discard_member(self, group: str, channel: str) -> None:
        """End such a channel's membership."""
        await self._members.discard(await self.link.wire(), group, channel)

    async def forget(self) -> None:
        """Remove what waits in such channels, and their memberships."""
        await self._streams.forget()
        wire = await self.link.wire()
        await self._streams.purge(wire, self._names.members)

    async def close(self) -> None:
        """End the connection."""
        await self.readers.close()
        await self.link.close()

    # What comes

    def _pushed(self, topic: str, data: bytes) -> int:
        return self._session.published(self._names.subject(topic), data)

    def _is_there(self, wire: NatsWire) -> None:
        if self._was_lost:
            self._was_lost = False
            self._session.link_changed(True)

    def _is_lost(self) -> None:
        self._was_lost = True
        self._session.link_changed(False)
