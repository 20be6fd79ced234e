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
from minichannels.layers.nats.names import Names
from minichannels.layers.nats.settings import (
    DEFAULT,
    NatsSettings,
    options_of,
    servers_of,
    without_secrets,
)
from minichannels.layers.nats.shard import NatsShard
from minichannels.layers.remote.layer import RemoteChannelLayer
from minichannels.layers.remote.options import Seen, require_whole
from minichannels.layers.remote.session import Session


class NatsChannelLayer(RemoteChannelLayer):
    """A channel layer for many processes, over NATS.

    What all such layers promise, count, and take besides, is said of
    ``RemoteChannelLayer`` (``layers.remote.layer``). All processes give a
    channel that many of them read the same capacity.

    Args:
        servers: the URL of a server, or those of a cluster (untested).
        options: what else nats-py is told when it connects: ``token``, ``tls``
            (an ``ssl.SSLContext``), ``nkeys_seed`` and so on.

    Raises:
        ValueError: an argument that cannot be; the text says which.
    """

    servers = Seen[Sequence[str]](
        lambda layer: layer._minichannels_settings.servers
    )
    options = Seen[Mapping[str, Any]](
        lambda layer: layer._minichannels_settings.options
    )

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
        clock: Callable[[], float] = lambda: time.time(),  # a test may move it
    ) -> None:
        super().__init__(
            prefix,
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
        # JetStream counts in whole numbers.
        require_whole("capacity", capacity)
        for pattern, own in (channel_capacity or {}).items():
            require_whole(f"capacity of {pattern!r}", own)
        self._minichannels_settings = NatsSettings(
            self,
            Names(prefix),
            options_of(options),
            servers_of(servers),
            timeout,
        )

    def __repr__(self) -> str:
        servers = self._minichannels_settings.servers
        return (
            f"<NatsChannelLayer at {', '.join(map(without_secrets, servers))}>"
        )

    def _minichannels_connect(self, session: Session) -> list[NatsShard]:
        return [NatsShard(self._minichannels_settings, session)]
