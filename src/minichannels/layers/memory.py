"""The channel layer that lives in this process's memory.

How it works: each channel is a mailbox of messages, each group a set of
channels. ``send`` puts a message into one mailbox, ``group_send`` into many,
``receive`` takes one out. Either messages wait in a mailbox, or readers:

    a mailbox is …   because …                  until …
    not there        nobody uses it             somebody sends, or receives
    holding          messages came, and nobody  they are read, expire, or
                     reads                      the channel is released
    awaited          readers came, and there    a message comes, or the last
                     is no message              reader is cancelled
    both, briefly    a message came, and the    the reader's loop runs it: it
                     reader was woken           takes the message out itself
    empty            all messages were read     one comes, or the first of
                                                them would have expired

A message is delivered at most once, and may be lost in three ways, each of
which is counted and told to the observer: its mailbox is full, its time is
over (:mod:`minichannels.layers.expiry`), or its reader has ended.

The layer may be used from several event loops and threads at once: a
notebook's cell, say, and the server beside it.

Rule 1: one lock guards all state, and is never held across an ``await``, nor
while the observer is told. A reader's bell is rung with it held: whatever is
rung only notes that there is something to take.
Rule 2: to take the oldest message out needs no lock, for a deque does that in
one step. So a message may be gone between any two lines; but none may come.
Rule 3: the cost of an operation does not grow with the channels that it does
not touch.

Source: Channels, "Channel Layer Specification" and "In-Memory Channel Layer";
Python, "collections.deque": pops from either side are thread-safe.
"""

import asyncio
import functools
import os
import string
import time
from collections.abc import Callable
from typing import Any, ClassVar

from minichannels.exceptions import ChannelFull
from minichannels.layers.base import (
    BaseChannelLayer,
    Capacities,
    require_positive,
)
from minichannels.layers.freezing import freeze, snapshot
from minichannels.layers.mailbox import Bell, Mailbox, Reader
from minichannels.layers.office import PostOffice
from minichannels.layers.own import Count, tell_lost
from minichannels.types import LayerObserver

Take = Callable[[], dict[str, Any] | None]

# A letter for each byte.
_LETTERS = (string.ascii_letters * 5).encode()[:256]


def random_name() -> str:
    """Return twelve random letters."""
    # From the system: a program that seeds a generator must not repeat names.
    return os.urandom(12).translate(_LETTERS).decode()


class InMemoryChannelLayer(BaseChannelLayer):
    """A channel layer for one process, its event loops and its threads.

    At most once, first in first out for one reader; a message is a snapshot
    when it is sent, and a copy of its own for each receiver.

    Args:
        expiry: seconds after which an unread message is gone. Its channel
            then leaves all groups: whoever read it is taken to be dead.
        group_expiry: seconds after which a membership ends by itself.
        capacity: how many messages may wait in one channel.
        channel_capacity: capacities for single channels, by pattern.
        clock: gives the time in seconds (ours, for tests); or ``time.time``.
        names: gives the random part of channel names (ours, for tests).

    Attributes:
        dropped: how many messages ``group_send`` dropped at full mailboxes.
        expired: how many messages expired unread.
        undelivered: how many messages waited for a reader that ended.
        observer: is told of each message that is lost, if not None.
    """

    extensions: ClassVar[list[str]] = ["groups", "flush", "release"]
    dropped = Count("full")
    expired = Count("expired")
    undelivered = Count("undelivered")
    observer: LayerObserver | None = None

    def __init__(
        self,
        expiry: float = 60,
        group_expiry: float = 86400,
        capacity: int = 100,
        channel_capacity: Capacities | None = None,
        *,
        clock: Callable[[], float] | None = None,
        names: Callable[[], str] = random_name,
    ) -> None:
        super().__init__(expiry, capacity, channel_capacity)
        require_positive("group_expiry", group_expiry)
        self.group_expiry = group_expiry
        self._minichannels = PostOffice(clock, names, group_expiry)

    def __repr__(self) -> str:
        counts = f"channels: {len(self.channels)}, groups: {len(self.groups)}"
        return f"<{type(self).__name__}, {counts}>"

    @property
    def channels(self) -> dict[str, Mailbox]:
        """The mailboxes that hold messages or readers, by name."""
        office = self._minichannels
        with office.lock:
            found = office.mailboxes.items()
            return {c: box for c, box in found if box.messages or box.readers}

    @property
    def groups(self) -> dict[str, dict[str, float]]:
        """For each group, when each of its channels joined."""
        return self._minichannels.membership.groups

    async def send(self, channel: str, message: dict[str, Any]) -> None:
        """Put a message into a channel's mailbox.

        Raises:
            ChannelFull: as many messages wait as the channel may hold.
            TypeError: a bad name, or a message that cannot travel.
            MessageTooLarge: the message is over a megabyte.
        """
        office = self._minichannels
        if type(channel) is not str or channel not in office.mailboxes:
            self.require_valid_channel_name(channel)  # once is enough
        # One reader will get it, so the snapshot is also the reader's copy.
        copy = snapshot(message)
        with office.lock:
            now = (office.clock or time.time)()
            expires = now + self.expiry
            if office.expiry.next < now or expires < office.expiry.last:
                office.lost["expired"] += office.sweep(now, [channel])
            mailbox = office.mailboxes.get(channel) or opened(self, channel)
            has_room = office.put(mailbox, channel, (expires, copy))
        if office.losses:
            report(self)
        if not has_room:
            raise ChannelFull(
                f"channel {channel!r} is full"
                f" ({mailbox.capacity} messages wait)",
                channel=channel,
                capacity=mailbox.capacity,
            )

    async def receive(self, channel: str) -> dict[str, Any]:
        """Take the oldest message of a channel, waiting if there is none.

        Several readers of one channel take turns; each message reaches one.

        Raises:
            TypeError: a bad name.
        """
        office = self._minichannels
        while (found := office.take(channel)) is None:
            if type(found := _look(self, channel)) is not Reader:
                break
            try:
                await found.future
            except asyncio.CancelledError:
                with office.lock:
                    office.stop_waiting(channel, found)
                raise
            except GeneratorExit:
                # Collected as garbage, perhaps while this thread has the lock.
                found.abandoned = True
                raise
        return found if isinstance(found, dict) else found()

    def reader(self, channel: str, ring: Callable[[], object]) -> Take | None:
        """Return a function that takes a channel's messages without waiting.

        Ours, not Channels': with it a consumer needs no task that waits.

        Args:
            channel: whose messages.
            ring: is called on this event loop once there is one to take, also
                for each after the first; perhaps with the layer's lock held,
                so that it must not ask the layer for anything. It returns
                whether the message is certain to be looked for soon.

        Returns:
            The function, which returns None if there is no message; or None
            if somebody replaced ``receive()``: then that is to be called.
        """
        if self.receive != RECEIVE.__get__(self):
            return None
        return functools.partial(_look, self, channel, Bell(ring))

    async def new_channel(self, prefix: str = "specific.") -> str:
        """Return a channel name that nobody else has.

        With two dots by default, as in Channels: programs write it out.

        Raises:
            TypeError: the prefix is not one for a name, or too long.
        """
        name = f"{prefix}.inmemory!{self._minichannels.names()}"
        self.require_valid_channel_name(name)
        return name

    async def group_add(self, group: str, channel: str) -> None:
        """Make a channel a member of a group; doing so again renews it.

        Raises:
            TypeError: a bad name.
        """
        self.require_valid_group_name(group)
        self.require_valid_channel_name(channel)
        office = self._minichannels
        with office.lock:
            office.membership.add(group, channel, (office.clock or time.time)())

    async def group_discard(self, group: str, channel: str) -> None:
        """End a membership, if there is one.

        Raises:
            TypeError: a bad name.
        """
        self.require_valid_channel_name(channel)
        self.require_valid_group_name(group)
        office = self._minichannels
        with office.lock:
            office.membership.discard(group, channel)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Send a message to each member of a group.

        A member whose mailbox is full does not get it; the others do. The
        loss is counted in ``dropped``, and told to the observer.

        Raises:
            TypeError: a bad name, or a message that cannot travel.
            MessageTooLarge: the message is over a megabyte.
        """
        self.require_valid_group_name(group)
        frozen, office = freeze(message), self._minichannels
        with office.lock:
            now = (office.clock or time.time)()
            waiting = now + self.expiry, frozen
            if office.expiry.next < now or waiting[0] < office.expiry.last:
                members = office.membership.groups.get(group, ())
                office.lost["expired"] += office.sweep(now, list(members))
            for channel in office.membership.members(group, now):
                mailbox = office.mailboxes.get(channel) or opened(self, channel)
                if not office.put(mailbox, channel, waiting):
                    office.lost["full"] += 1
                    reason = f"full {mailbox.capacity}/{mailbox.capacity}"
                    office.losses.append((channel, frozen, reason))
        report(self)
        # Let the readers on this event loop run: without this, a loop of sends
        # would fill their mailboxes before they could read.
        await asyncio.sleep(0)

    async def release(self, channel: str) -> None:
        """Forget a channel: it leaves its groups, its messages are gone.

        Ours, not Channels': a consumer that ends calls it. What it had not
        read is counted in ``undelivered``, and told to the observer.
        """
        office = self._minichannels
        with office.lock:
            office.membership.discard_channel(channel)
            mailbox = office.mailboxes.get(channel)
            if mailbox:
                while (stored := mailbox.take()) is not None:
                    office.lost["undelivered"] += 1
                    office.losses.append((channel, stored, "undelivered"))
                mailbox.detach_bells()
                office.tidy(channel, mailbox)
        report(self)

    async def flush(self) -> None:
        """Remove all messages and all groups; readers go on waiting."""
        office = self._minichannels
        with office.lock:
            office.membership.clear()
            office.expiry.clear()
            for channel, mailbox in list(office.mailboxes.items()):
                mailbox.messages.clear()
                office.tidy(channel, mailbox)

    async def close(self) -> None:
        """Do nothing: there is no connection to close."""


RECEIVE = InMemoryChannelLayer.receive
"""The method as it was made: a test may put another one in its place."""

# No methods: who makes a class of that one may call theirs as they like.


def _look(
    layer: InMemoryChannelLayer, channel: str, bell: Bell | None = None
) -> Any:
    """Return the oldest message, which is the reader's; or who waits."""
    office = layer._minichannels
    if type(channel) is not str or channel not in office.mailboxes:
        layer.require_valid_channel_name(channel)  # once is enough
    with office.lock:
        now = (office.clock or time.time)()
        if office.expiry.next < now:
            office.lost["expired"] += office.sweep(now, [channel])
        mailbox = office.mailboxes.get(channel) or opened(layer, channel)
        found = mailbox.pop(bell)
        if len(office.mailboxes) > office.most_kept:
            office.tidy(channel, mailbox)
    if office.losses:
        report(layer)
    return found() if callable(found) else found


def opened(layer: InMemoryChannelLayer, channel: str) -> Mailbox:
    """Return a new mailbox for a channel that has none."""
    return layer._minichannels.open(channel, layer.get_capacity(channel))


def report(layer: InMemoryChannelLayer) -> None:
    """Tell the observer what was lost; called without the lock."""
    losses = layer._minichannels.losses
    while losses:
        try:
            channel, stored, reason = losses.popleft()
        except IndexError:  # another thread was quicker
            return
        tell_lost(layer, channel, stored, reason)
