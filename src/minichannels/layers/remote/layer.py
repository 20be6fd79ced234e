"""A channel layer whose messages pass through a server.

How it works: a channel whose name holds a ``!`` is the mailbox of one event
loop of one process. What is for it is published for that loop, and what is for
a group for the group; each process puts it into its own members' mailboxes,
which are those of the layer in memory. Any other channel waits at the server:
many processes read it, and each message goes to one of them.

    what          travels by                       is full when
    name!xyz      publishing, to the loop          its mailbox is: send() knows
                                                   it of its own process; what
                                                   came from others is dropped,
                                                   and counted
    a group       publishing, to the group         a mailbox is: dropped there,
                                                   and counted
    name          waiting at the server            the server says so

A mailbox's memberships are kept where it is, and end with it; another process
asks for them to be changed. Channels of all that are members stand at the
server: whoever sends to the group sends to each of them.

Source: Channels, "Channel Layer Specification".
"""

import abc
import asyncio
from collections import ChainMap
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from minichannels.exceptions import ChannelFull, LayerUnavailable
from minichannels.layers.base import Capacities
from minichannels.layers.freezing import copier, snapshot
from minichannels.layers.mailbox import Mailbox
from minichannels.layers.memory import Take, random_name
from minichannels.layers.remote.mail import RemoteMail, until
from minichannels.layers.remote.mailboxes import LocalMailboxes
from minichannels.layers.remote.names import session_of
from minichannels.layers.remote.options import (
    Seen,
    require_hook,
    require_seconds,
)
from minichannels.layers.remote.serializing import Envelope, Serializer
from minichannels.layers.remote.session import Session
from minichannels.layers.remote.sessions import Sessions
from minichannels.layers.remote.shard import Shard

Put = Callable[["RemoteChannelLayer", str, dict[str, Any]], Awaitable[bool]]


class RemoteChannelLayer(RemoteMail, abc.ABC):
    """What all channel layers for many processes do.

    At most once; in order for one sender; a message is a snapshot when it is
    sent, and a copy of its own for each receiver. What a group is sent reaches
    those processes that hear it: one whose connection broke does so again from
    when its ``on_reconnect`` is told. It may be used from several
    event loops and threads at once, and made outside of any. What it counts of
    what is lost, :class:`RemoteMail` says.

    Args:
        prefix: begins the names of all that is kept at the server.
        expiry: seconds after which an unread message is gone.
        group_expiry: seconds after which a membership ends by itself.
        capacity: how many messages may wait in one channel.
        channel_capacity: capacities for single channels, by pattern.
        symmetric_encryption_keys: the first encrypts, each is read with.
        serializer_format: ``msgpack`` or ``json``.
        on_disconnect: the type of a message that each mailbox gets when the
            server is away; or what to call then.
        on_reconnect: the same, when it is back.
        timeout: seconds after which it is an error that the server does not
            answer.
        clock: gives the time, in seconds since the epoch (for tests).

    Raises:
        ValueError: an argument that cannot be; the text says which.
    """

    extensions: ClassVar[list[str]] = ["groups", "flush", "release"]
    timeout = Seen[float](lambda layer: layer._minichannels.timeout)

    def __init__(  # noqa: PLR0913  # channels_redis has as many
        self,
        prefix: str,
        expiry: float,
        group_expiry: float,
        capacity: int,
        channel_capacity: Capacities | None,
        *,
        symmetric_encryption_keys: Sequence[str | bytes] | None,
        serializer_format: str,
        on_disconnect: str | Callable[[], object] | None,
        on_reconnect: str | Callable[[], object] | None,
        timeout: float,
        clock: Callable[[], float],
    ) -> None:
        require_seconds("expiry", expiry)
        require_seconds("group_expiry", group_expiry)
        require_seconds("timeout", timeout)
        require_hook("on_disconnect", on_disconnect)
        require_hook("on_reconnect", on_reconnect)
        serializer = Serializer(serializer_format, symmetric_encryption_keys)
        super().__init__(expiry, capacity, channel_capacity, serializer, clock)
        self.prefix = prefix
        self.group_expiry = group_expiry
        self._minichannels.timeout = timeout
        self._minichannels.on_disconnect = on_disconnect
        self._minichannels.on_reconnect = on_reconnect
        self._minichannels.sessions = Sessions(partial(_begun, self))

    # What is seen of it

    @Seen
    def channels(self) -> Mapping[str, Mailbox]:
        """This process's mailboxes that hold messages or readers, by name."""
        known = self._minichannels.sessions.mailboxes()
        return ChainMap(*(each.channels for each in known))

    @Seen
    def groups(self) -> Mapping[str, Mapping[str, float]]:
        """For each group, when each channel of this process joined."""
        merged: dict[str, dict[str, float]] = {}
        for mailboxes in self._minichannels.sessions.mailboxes():
            for group, joined in list(mailboxes.groups.items()):
                merged.setdefault(group, {}).update(joined)
        return merged

    # Channels

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        """Put a message into a channel.

        Raises:
            ChannelFull: as many messages wait as the channel may hold.
            LayerUnavailable: the server is away, or refuses it.
            TypeError: a bad name, or a message that cannot travel.
            MessageTooLarge: the message is over a megabyte.
        """
        self.require_valid_channel_name(channel)
        copy = snapshot(message)
        put: Put = _push
        if "!" in channel:
            left = self._minichannels.sessions.left_of(channel)
            put = _post if left is None else partial(_put, left)
        if not await put(self, channel, copy):
            capacity = self.get_capacity(channel)
            raise ChannelFull(
                f"channel {channel!r} is full ({capacity} messages wait)",
                channel=channel,
                capacity=capacity,
            )

    async def receive(self, channel: str) -> dict[str, Any]:
        """Take the oldest message of a channel, waiting if there is none.

        Raises:
            TypeError: a bad name.
            ValueError: it is the mailbox of another process.
            LayerUnavailable: the server was never there; or the layer is
                closed meanwhile.
        """
        for take in self._minichannels.sessions.takes:  # nearly always one
            if (found := take(channel)) is not None:
                return found
        self.require_valid_channel_name(channel)
        if "!" in channel:
            owner = self._minichannels.sessions.owner(channel)
            owner.hear_again()
            return await owner.mailboxes.receive(channel)
        shard = _shard(self, channel)
        while True:
            data = await shard.pop(channel)
            envelope = self._minichannels.opened(channel, data)
            if envelope is not None:
                return envelope.message

    def reader(self, channel: str, ring: Callable[[], object]) -> Take | None:
        """Return a function that takes a message; see the layer in memory."""
        if self.receive != _RECEIVE.__get__(self):
            return None
        owner = self._minichannels.sessions.of(channel)
        return None if owner is None else owner.mailboxes.reader(channel, ring)

    async def new_channel(self, prefix: str = "specific") -> str:
        """Return a channel name that nobody else has.

        It is read by this process. When this event loop has ended, it gets
        what this process sends, and nothing of others.

        Raises:
            LayerUnavailable: the server cannot be reached.
            TypeError: the prefix is not one for a name, or too long.
        """
        here = self._minichannels.sessions.here()
        name = f"{prefix}.{here.id}!{random_name()}"
        self.require_valid_channel_name(name)
        await here.listen()
        here.named = True
        return name

    async def release(self, channel: str) -> None:
        """Forget a mailbox: it leaves its groups, its messages are gone.

        Ours, not Channels': a consumer that ends calls it. What it had not
        read is counted in ``undelivered``, and told to the observer.
        """
        owner = self._minichannels.sessions.of(channel)
        left = self._minichannels.sessions.left_of(channel)
        if owner is not None:
            await owner.run(owner.release(channel))
        elif left is not None:
            await left.release(channel)

    # Groups

    async def group_add(self, group: str, channel: str) -> None:
        """Make a channel a member of a group; doing so again renews it.

        Raises:
            LayerUnavailable: the server is away.
            TypeError: a bad name.
        """
        self.require_valid_group_name(group)
        self.require_valid_channel_name(channel)
        if "!" in channel:
            await _change(self, "join", group, channel)
            return
        now = self._minichannels.clock()
        await _shard(self, group).add_member(group, channel, now)

    async def group_discard(self, group: str, channel: str) -> None:
        """End a membership, if there is one.

        Raises:
            LayerUnavailable: the server is away.
            TypeError: a bad name.
        """
        self.require_valid_channel_name(channel)
        self.require_valid_group_name(group)
        if "!" in channel:
            await _change(self, "leave", group, channel)
            return
        await _shard(self, group).discard_member(group, channel)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Send a message to each member of a group.

        A member whose mailbox is full does not get it; the others do. The
        loss is counted where the mailbox is.

        Raises:
            LayerUnavailable: the server is away.
            TypeError: a bad name, or a message that cannot travel.
            MessageTooLarge: the message is over a megabyte.
        """
        self.require_valid_group_name(group)
        copy = snapshot(message)
        data = self._minichannels.serializer.dumps(Envelope(copy, until(self)))
        since = self._minichannels.clock() - self.group_expiry
        shard = _shard(self, group)
        for channel in await shard.publish_in_group(group, data, since):
            if not await _push(self, channel, copy):
                capacity = self.get_capacity(channel)
                full = f"full {capacity}/{capacity}"
                self._minichannels.message_lost(channel, copy, full)
        for left in self._minichannels.sessions.left.values():
            left.arrives_in_group(group, copier(copy), until(self))

    async def flush(self) -> None:
        """Remove all messages and all groups; readers go on waiting."""
        here = self._minichannels.sessions.here()
        for left in self._minichannels.sessions.left.values():
            await left.flush()
        await here.forget()
        await here.ask(None, "flush")

    async def close(self) -> None:
        """End all connections and tasks of this layer, on all event loops.

        It may be used again: then it begins anew, with new channels. Whoever
        is cancelled here leaves it to a task that goes on.
        """
        closing = asyncio.create_task(
            end(self._minichannels.sessions.take_all())
        )
        self._minichannels.closing.add(closing)
        closing.add_done_callback(self._minichannels.closing.discard)
        await asyncio.wait([closing])
        closing.result()

    @abc.abstractmethod
    def _minichannels_connect(self, session: Session) -> Sequence[Shard]:
        """Return what a session has at each server."""


_RECEIVE = RemoteChannelLayer.receive  # a test may put another one there

# No methods: who makes a class of that one may call theirs as they like.


async def _change(
    layer: RemoteChannelLayer, verb: str, group: str, channel: str
) -> None:
    """Have a mailbox join a group or leave it, where it is."""
    sessions = layer._minichannels.sessions
    owner, left = sessions.of(channel), sessions.left_of(channel)
    if owner is not None:
        change = owner.join if verb == "join" else owner.leave
        await owner.run(change(group, channel))
    elif left is not None:
        act = left.group_add if verb == "join" else left.group_discard
        await act(group, channel)
    else:
        other = session_of(channel)
        await sessions.here().ask(other, verb, group, channel)


async def end(sessions: Iterable[Session]) -> None:
    """End all, whichever fails; then raise what one has raised."""
    ending = (session.run(session.close()) for session in sessions)
    ended = await asyncio.gather(*ending, return_exceptions=True)
    for error in ended:
        # Others say that the session has ended with its event loop.
        if isinstance(error, Exception) and not isinstance(
            error, LayerUnavailable
        ):
            raise error


async def _put(
    left: LocalMailboxes,
    layer: RemoteChannelLayer,
    channel: str,
    message: dict[str, Any],
) -> bool:
    """Put a message into a mailbox that is left; return whether it has room."""
    has_room = left.room(channel) > 0
    if has_room:
        left.arrives(channel, message, until(layer))
    return has_room


async def _post(
    layer: RemoteChannelLayer, channel: str, message: dict[str, Any]
) -> bool:
    """Publish a message to a mailbox; return whether it has room."""
    owner, ticket = layer._minichannels.sessions.of(channel), 0
    if owner is not None:
        room = owner.mailboxes.room(channel)
        ticket = owner.under_way.begin(channel, message, room)
        if not ticket:
            return False
    to = session_of(channel)
    envelope = Envelope(message, until(layer), channel, ticket)
    data, readers = layer._minichannels.serializer.dumps(envelope), 0
    try:
        readers = await _shard(layer, to).publish(("to", to), data)
    finally:
        if not readers and owner is not None:
            owner.under_way.end(channel, ticket)
    if not readers:
        layer._minichannels.message_lost(channel, message, "undelivered")
    return True


async def _push(
    layer: RemoteChannelLayer, channel: str, message: dict[str, Any]
) -> bool:
    """Put a message into a list; return whether there was room."""
    envelope = Envelope(message, until(layer), channel)
    return await _shard(layer, channel).push(
        channel,
        layer._minichannels.serializer.dumps(envelope),
        layer.get_capacity(channel),
        old=partial(layer._minichannels.makes_room, channel),
    )


def _begun(layer: RemoteChannelLayer) -> Session:
    """Return a session for the running event loop."""
    mailboxes = LocalMailboxes(
        layer.expiry,
        layer.group_expiry,
        layer.capacity,
        clock=layer._minichannels.clock,
    )
    mailboxes.channel_capacity = layer.channel_capacity
    mailboxes.observer = layer._minichannels
    return Session(
        layer._minichannels,
        mailboxes,
        layer._minichannels_connect,
        layer._minichannels.timeout,
    )


def _shard(layer: RemoteChannelLayer, name: str) -> Shard:
    return layer._minichannels.sessions.here().shard(name)
