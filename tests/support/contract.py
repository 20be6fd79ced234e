"""Channel layers of which the same is asked.

One more layer is one more entry of ``KINDS``, and of ``SERVERS`` if it needs a
server.
"""

import asyncio
import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

from minichannels.exceptions import ChannelFull
from support.redis_servers import fresh_prefix

Message = dict[str, Any]
Make = Callable[..., Any]

LIMIT = 10.0
"""How many seconds a test waits for a message before it fails."""

_END = {"the": "end"}


class Kind(NamedTuple):
    """A layer: where its class is, and at which server, if it has one."""

    where: str  # it may need what is not installed, as the others need not
    server: str = ""
    servers: str = "hosts"  # what the argument with its URL is called

    def make(self, **config: Any) -> Any:
        """Return a new layer."""
        module, _, name = self.where.rpartition(".")
        return getattr(importlib.import_module(module), name)(**config)

    def at(self, url: str, **config: Any) -> Any:
        """Return a new layer; no other one gets its messages, by default."""
        if self.server:
            config = {"prefix": fresh_prefix(), self.servers: [url]} | config
        return self.make(**config)


_REDIS = "minichannels.layers.redis.RedisChannelLayer"

KINDS = {
    "memory": Kind("minichannels.layers.InMemoryChannelLayer"),
    "redis on valkey": Kind(_REDIS, "valkey"),
    "redis on redis-server": Kind(_REDIS, "redis-server"),
    "redis on fakeredis": Kind(_REDIS, "fakeredis"),
    "nats": Kind(
        "minichannels.layers.nats.NatsChannelLayer", "nats", "servers"
    ),
}


ENGINES = ("redis on valkey", "nats")
"""Of the kinds that cross processes, one for each sort of server."""


class Losses:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Message, str]] = []

    def message_lost(self, channel: str, message: Message, reason: str) -> None:
        self.seen.append((channel, message, reason))


async def got(layer: Any, channel: str) -> Message:
    """Return the next message of a channel, which has to come soon."""
    message: Message = await asyncio.wait_for(layer.receive(channel), LIMIT)
    return message


async def waiting(layer: Any, channel: str) -> list[Message]:
    """Take all that waits in a channel, or is under way to it."""
    found = []
    await _all_arrived(layer, channel)
    while True:
        try:
            await layer.send(channel, _END)
            break
        except ChannelFull:
            found.append(await got(layer, channel))
    while (message := await got(layer, channel)) != _END:
        found.append(message)
    return found


async def _all_arrived(layer: Any, channel: str) -> None:
    """Wait for what others sent; it could fill the mailbox before the end."""
    if hasattr(layer, "on_reconnect") and (
        session := layer._minichannels.sessions.of(channel)
    ):
        for shard in session._shards:
            await shard.caught_up()


async def numbers(layer: Any, channel: str) -> list[int]:
    """Take all that waits in a channel; return the numbers of it."""
    return [message["n"] for message in await waiting(layer, channel)]
