"""The channel layer on NATS: a second engine for the same contract.

How it works: see ``layers.remote.layer``. Here

    what          is
    publishing    one publish on a subject of the loop's or the group's; the
                  server says if nobody hears it
    waiting       a message of a work-queue stream (JetStream), which refuses
                  what is above capacity: send() raises ChannelFull
    members       messages of another stream

Source: Channels, "Channel Layer Specification"; NATS, "JetStream".
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from minichannels.layers.base import Capacities
from minichannels.layers.nats.link import without_secrets
from minichannels.layers.nats.names import Names
from minichannels.layers.nats.shard import NatsShard
from minichannels.layers.remote.layer import RemoteChannelLayer
from minichannels.layers.remote.session import Session

DEFAULT = "nats://localhost:4222"


class NatsChannelLayer(RemoteChannelLayer):
    """A channel layer for many processes, over NATS.

    At most once; in order for one sender; a message is a snapshot when it is
    sent, and a copy of its own for each receiver. It may be used from several
    event loops and threads at once, and made outside of any. All processes
    give a channel that many of them read the same capacity.

    Args:
        servers: the URL of a server, or those of a cluster (untested).
        prefix: begins the names of all that is kept at the server.
        expiry: seconds after which an unread message is gone.
        group_expiry: seconds after which a membership ends by itself.
        capacity: how many messages may wait in one channel.
        channel_capacity: capacities for single channels, by pattern.
        options: what else nats-py is told when it connects: ``token``, ``tls``
            and so on (all but ``token``, ``user`` and ``password``: untested).
        symmetric_encryption_keys: the first encrypts, each is read with.
        serializer_format: ``msgpack`` or ``json``.
        on_disconnect: the type of a message that each mailbox gets when the
            server is away; or what to call then.
        on_reconnect: the same, when it is back.
        timeout: seconds after which it is an error that the server does not
            answer.
        clock: gives the time, in seconds since the epoch (for tests).

    Attributes:
        dropped: how many messages were dropped at full mailboxes.
        expired: how many messages expired unread.
        undelivered: how many messages nobody was there to read.
        unreadable: how many arrived that were no messages of this layer.
        observer: is told of each message that is lost, if not None.

    Raises:
        ValueError: an argument that cannot be; the text says which.
    """

    def __init__(  # noqa: PLR0913  # as the layer on Redis
        self,
        servers: str | Sequence[str] = DEFAULT,
        prefix: str = "asgi",
        expiry: float = 60,
        group_expiry: float = 86400,
        capacity: int = 100,
        channel_capacity: Capacities | None = None,
        *,
        options: Mapping[str, Any] | None = None,
        symmetric_encryption_keys: Sequence[str | bytes] | None = None,
        serializer_format: str = "msgpack",
        on_disconnect: str | Callable[[], object] | None = None,
        on_reconnect: str | Callable[[], object] | None = None,
        timeout: float = 5,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(
            expiry,
            group_expiry,
            capacity,
            channel_capacity,
            symmetric_encryption_keys=symmetric_encryption_keys,
            serializer_format=serializer_format,
            on_disconnect=on_disconnect,
            on_reconnect=on_reconnect,
            timeout=timeout,
            clock=clock,
        )
        self.servers: Sequence[str] = servers_of(servers)
        self.options: Mapping[str, Any] = dict(options or {})
        self.prefix = prefix
        self.names = Names(prefix)

    def __repr__(self) -> str:
        at = ", ".join(map(without_secrets, self.servers))
        return f"<NatsChannelLayer at {at}>"

    def _connect(self, session: Session) -> list[NatsShard]:
        return [NatsShard(self, session)]


def servers_of(servers: Any) -> list[str]:
    """Return the URLs of a layer's servers.

    Raises:
        ValueError: there are none, or they are not URLs.
    """
    urls = [servers] if isinstance(servers, str) else servers
    if isinstance(urls, list | tuple) and urls and all(map(_is_url, urls)):
        return list(urls)
    raise ValueError(
        f"servers is a URL such as {DEFAULT!r}, or a list of URLs, not of the"
        f" kind {type(servers).__name__} or with another scheme"
    )


def _is_url(value: Any) -> bool:
    schemes = ("nats://", "tls://", "ws://", "wss://")
    return isinstance(value, str) and value.startswith(schemes)
