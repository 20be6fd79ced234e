"""Whether a layer across processes is connected, whatever its server is."""

from typing import Any

from support.redis_servers import shard_of


def is_up(layer: Any) -> bool:
    """Return whether a layer hears all that it wants to hear."""
    shard = shard_of(layer)
    if hasattr(shard, "link"):  # NATS: it has heard all before it is up
        return shard.link.up is not None
    commands = shard.commands.up or shard.commands._keeper is None
    return bool(commands and shard.topics.hears_all)


def is_away(layer: Any) -> bool:
    """Return whether a layer hears nothing now."""
    shard = shard_of(layer)
    if hasattr(shard, "link"):
        return shard.link.up is None
    return not (shard.commands.up or shard.topics.hears_all)
