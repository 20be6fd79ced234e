"""A layer as its sessions know it: it opens what arrives, and counts losses.

How it works: a message travels in an envelope, which says until when it is
good. Whoever opens it may find that it is too late, or no message at all. Each
message that nobody will read is counted by the reason, and told to whoever
observes the layer.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

from minichannels.layers.base import BaseChannelLayer, Capacities
from minichannels.layers.forking import new_lock
from minichannels.layers.own import Count, tell_lost
from minichannels.layers.remote.names import CAUSE_KEY
from minichannels.layers.remote.options import Seen
from minichannels.layers.remote.serializing import (
    Envelope,
    Serializer,
    Unreadable,
)
from minichannels.layers.remote.session import Session
from minichannels.layers.remote.sessions import Sessions
from minichannels.types import LayerObserver

logger = logging.getLogger("minichannels")

Hook = str | Callable[[], object] | None


class Own:
    """What a layer has, under one name: classes are made of it.

    Its sessions ask it, and not the layer, whose names are somebody else's.

    Attributes:
        lost: how many messages were lost, by the reason.
        observer: a recorder that is told of them, too.
        serializer: reads and writes envelopes.
        clock: gives the time, in seconds since the epoch.
        lock: guards what was lost.
        sessions: what the layer has on each event loop.
        timeout: seconds after which it is an error that nobody answers.
        on_disconnect: the type of a message that each mailbox gets when the
            server is away; or what to call then.
        on_reconnect: the same, when it is back.
        closing: the tasks that end some of it.
    """

    sessions: Sessions
    timeout: float
    on_disconnect: Hook = None
    on_reconnect: Hook = None

    def __init__(
        self,
        layer: "RemoteMail",
        serializer: Serializer,
        clock: Callable[[], float],
    ) -> None:
        self.lost: Counter[str] = Counter()
        self.observer: LayerObserver | None = None
        self.serializer = serializer
        self.clock = clock
        self.lock = new_lock()
        self.closing: set[asyncio.Task[None]] = set()
        self._layer = layer

    def opened(self, channel: str, data: bytes) -> Envelope | None:
        """Return what arrived; None, counted, if it is of no use."""
        try:
            envelope = self.serializer.loads(data)
        except Unreadable as error:
            self.message_lost(channel, {}, str(error))
            logger.warning("a message on %r is %s", channel, error)
            return None
        if self._has_expired(channel, envelope):
            return None
        if self.observer is None:  # nobody records here what others record
            envelope.message.pop(CAUSE_KEY, None)
        return envelope

    def makes_room(self, channel: str, data: bytes) -> bool:
        """Return whether what waits in a channel is too old; count it then.

        What cannot be read here may be for others, who have its key.
        """
        try:
            return self._has_expired(channel, self.serializer.loads(data))
        except Unreadable:
            return False

    def message_lost(
        self, channel: str, message: dict[str, Any], reason: str
    ) -> None:
        """Count a message that will not be read, and tell who watches."""
        with self.lock:
            self.lost[reason.replace(":", " ").split()[0]] += 1
        tell_lost(self._layer, channel, message, reason)

    def link_changed(self, session: Session, is_up: bool) -> None:
        """Tell those who want to know that the server is away, or back."""
        wanted = self.on_reconnect if is_up else self.on_disconnect
        if wanted == "":
            return
        if isinstance(wanted, str):
            for channel in session.mailboxes.in_use():
                message = {"type": wanted}
                session.mailboxes.arrives(channel, message, until(self._layer))
        elif wanted is not None:
            try:
                wanted()
            except Exception:
                logger.exception("a channel layer's on_… function failed")

    def _has_expired(self, channel: str, envelope: Envelope) -> bool:
        expired = envelope.expires < self.clock()
        if expired:
            name = envelope.channel or channel
            self.message_lost(name, envelope.message, "expired")
        return expired


class RemoteMail(BaseChannelLayer):
    """What a layer counts, and whom it tells.

    Args:
        expiry: seconds after which an unread message is gone.
        capacity: how many messages may wait in one channel.
        channel_capacity: capacities for single channels, by pattern.
        serializer: reads and writes envelopes.
        clock: gives the time, in seconds since the epoch.

    Attributes:
        dropped: how many messages were dropped at full mailboxes.
        expired: how many messages expired unread.
        undelivered: how many messages nobody was there to read.
        unreadable: how many arrived that were no messages of this layer.
        observer: is told of each message that is lost, if not None.
        on_disconnect: the type of a message that each mailbox gets when the
            server is away; or what to call then.
        on_reconnect: the same, when it is back.
    """

    dropped = Count("full")
    expired = Count("expired")
    undelivered = Count("undelivered")
    unreadable = Count("unreadable")
    observer: LayerObserver | None = None
    on_disconnect = Seen[Hook](lambda layer: layer._minichannels.on_disconnect)
    on_reconnect = Seen[Hook](lambda layer: layer._minichannels.on_reconnect)

    def __init__(
        self,
        expiry: float,
        capacity: int,
        channel_capacity: Capacities | None,
        serializer: Serializer,
        clock: Callable[[], float],
    ) -> None:
        super().__init__(expiry, capacity, channel_capacity)
        self._minichannels = Own(self, serializer, clock)


def until(layer: RemoteMail) -> float:
    """Return when a message that is sent now is too old."""
    return float(layer._minichannels.clock() + layer.expiry)
