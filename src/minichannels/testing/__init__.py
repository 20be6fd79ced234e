"""Communicators: they play server and client for one application.

Source: Channels, "Testing".
"""

import importlib
from typing import Any

# Whoever imports this has that, too, as with Channels.
from minichannels import routing as routing
from minichannels.testing.application import ApplicationCommunicator
from minichannels.testing.http import HttpCommunicator
from minichannels.testing.websocket import WebsocketCommunicator

__all__ = [
    "ApplicationCommunicator",
    "HttpCommunicator",
    "WebsocketCommunicator",
]


def __getattr__(name: str) -> Any:
    # Channels has it here; whoever names it has Django.
    if name == "ChannelsLiveServerTestCase":
        live = importlib.import_module(f"{__name__}.live")
        return live.ChannelsLiveServerTestCase
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
