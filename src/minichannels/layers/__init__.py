"""Channel layers: how consumers reach each other.

A *channel* is a named mailbox, a *group* a named set of channels. Anyone who
knows the name may send; each message of a channel is read once, by whoever
reads it first.

Source: Channels, "Channel Layers" and "Channel Layer Specification".
"""

from minichannels.layers.base import BaseChannelLayer
from minichannels.layers.memory import InMemoryChannelLayer
from minichannels.layers.registry import (
    ChannelLayerManager,
    channel_layers,
    get_channel_layer,
)

__all__ = [
    "BaseChannelLayer",
    "ChannelLayerManager",
    "InMemoryChannelLayer",
    "channel_layers",
    "get_channel_layer",
]
