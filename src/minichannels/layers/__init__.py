"""Channel layers: how consumers reach each other.

A *channel* is a named mailbox, a *group* a named set of channels. Anyone who
knows the name may send; each message of a channel is read once, by whoever
reads it first.

Source: Channels, "Channel Layers" and "Channel Layer Specification".
"""

# Channels' module has these two, and people take them from there.
import asyncio as asyncio
import importlib
import time as time
from typing import Any

from minichannels import DEFAULT_CHANNEL_LAYER
from minichannels.exceptions import ChannelFull, InvalidChannelLayerError
from minichannels.layers.base import BaseChannelLayer
from minichannels.layers.memory import InMemoryChannelLayer
from minichannels.layers.registry import (
    ChannelLayerManager,
    channel_layers,
    get_channel_layer,
)

__all__ = [
    "DEFAULT_CHANNEL_LAYER",
    "BaseChannelLayer",
    "ChannelFull",
    "ChannelLayerManager",
    "InMemoryChannelLayer",
    "InvalidChannelLayerError",
    "channel_layers",
    "get_channel_layer",
]


def __getattr__(name: str) -> Any:
    # Channels has it here; whoever names it has Django.
    if name == "settings":
        return importlib.import_module("django.conf").settings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
