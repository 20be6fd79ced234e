"""The channel layer on Redis: one for all that a channel layer is asked for.

How it works: see ``layers.remote.layer``. Here

    what          is
    publishing    PUBLISH, on a topic of the loop's or the group's
    waiting       RPUSH, to a list. It tells whether more wait than may: then
                  send() takes its own message back; if it is gone, it was read
    members       a sorted set, by when they joined

Source: Channels, "Channel Layer Specification" and "Redis Channel Layer".
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from minichannels.layers.base import Capacities
from minichannels.layers.redis.hosts import hosts_of
from minichannels.layers.redis.keys import Keys
from minichannels.layers.redis.shard import RedisShard
from minichannels.layers.remote.layer import RemoteChannelLayer, end
from minichannels.layers.remote.session import Session


class RedisChannelLayer(RemoteChannelLayer):
    """A channel layer for many processes, over Redis or Valkey.

    What all such layers promise, count, and take besides, is said of
    ``RemoteChannelLayer`` (``layers.remote.layer``). Names and values of the
    arguments are those of channels_redis; ``timeout`` and ``clock`` are ours.

    Args:
        hosts: a list of servers: URLs, pairs of host and port, or dicts with
            an ``address`` or what redis-py takes. Names are spread over them.
        random_prefix_length: is of no effect, as each message has a number of
            its own.

    Raises:
        ValueError: an argument that cannot be; the text says which.
    """

    def __init__(  # noqa: PLR0913, PLR0917  # as channels_redis
        self,
        hosts: Sequence[Any] | None = None,
        prefix: str = "asgi",
        expiry: float = 60,
        group_expiry: float = 86400,
        capacity: int = 100,
        channel_capacity: Capacities | None = None,
        symmetric_encryption_keys: Sequence[str | bytes] | None = None,
        random_prefix_length: int = 12,
        serializer_format: str = "msgpack",
        *,
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
        self.hosts = hosts_of(hosts)
        self._minichannels_keys = Keys(prefix)

    def __repr__(self) -> str:
        at = ", ".join(host.address for host in self.hosts)
        return f"<RedisChannelLayer at {at}>"

    async def close_pools(self) -> None:
        """End the connections of the running event loop.

        Whoever sends from a loop that soon ends calls it, as on channels_redis.
        A loop on which there are mailboxes keeps them, and its connections;
        :meth:`close` ends all.

        Source: ``channels_redis.core``.
        """
        await end(self._minichannels.sessions.take_idle())

    def _minichannels_connect(self, session: Session) -> list[RedisShard]:
        keys, timeout = self._minichannels_keys, self._minichannels.timeout
        return [
            RedisShard(self, session, host, keys, timeout)
            for host in self.hosts
        ]
