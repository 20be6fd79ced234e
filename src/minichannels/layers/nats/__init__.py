"""A channel layer on NATS: the same contract, by another kind of server.

Source: Channels, "Channel Layers"; NATS, "Core NATS" and "JetStream".
"""

from minichannels.layers.nats.layer import NatsChannelLayer

__all__ = ["NatsChannelLayer"]
