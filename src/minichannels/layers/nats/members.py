"""Channels that many processes read, as members of groups.

How it works: a membership is a message in a stream, whose subject says it all:
group, channel, and when it joined. JetStream lists the subjects that it keeps.
"""

from minichannels.layers.nats.settings import NatsSettings
from minichannels.layers.nats.streams import Streams
from minichannels.layers.nats.wire import NatsWire


class Members:
    """The memberships of such channels.

    Args:
        streams: makes streams.
        settings: what the layer was told.
    """

    def __init__(self, streams: Streams, settings: NatsSettings) -> None:
        self._streams = streams
        self._settings = settings
        self._names = settings.names

    async def add(
        self, wire: NatsWire, group: str, channel: str, now: float
    ) -> None:
        """Make a channel a member; doing so again renews it."""
        kept = self._settings.layer.group_expiry
        stream, names = self._names.members, self._names
        await self._streams.make(wire, stream, names.all_members, kept)
        when = str(int(now * 1000))
        await wire.ask(names.member(group, channel, when), b"")
        former = names.member(group, channel)
        await self._streams.purge(wire, stream, filter=former, keep=1)

    async def discard(self, wire: NatsWire, group: str, channel: str) -> None:
        """End a membership, if there is one."""
        former = self._names.member(group, channel)
        await self._streams.purge(wire, self._names.members, filter=former)

    async def of(self, wire: NatsWire, group: str, since: float) -> list[str]:
        """Return the members that have joined since a time."""
        wanted = self._names.members_of(group)
        call = f"STREAM.INFO.{self._names.members}"
        answer = await wire.api(call, subjects_filter=wanted) or {}
        # Without JetStream, or without such a stream, there are none.
        found = answer.get("state", {}).get("subjects") or {}
        joined = map(self._names.joined, found)
        least = int(since * 1000)
        return sorted({channel for channel, when in joined if when >= least})
