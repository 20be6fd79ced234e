"""A channel layer on Redis or Valkey: the same contract, across processes.

Source: Channels, "Channel Layers", "Redis Channel Layer".
"""

from minichannels.layers.redis.layer import RedisChannelLayer

__all__ = ["RedisChannelLayer"]
